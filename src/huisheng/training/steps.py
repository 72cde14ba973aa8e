"""One training step: of a model by its losses alone, or of a model and its discriminators in turn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Generic, Protocol, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from huisheng.training.checkpoints import State
from huisheng.training.distributed import DistributedContext, average_gradients
from huisheng.training.ema import ExponentialMovingAverage
from huisheng.training.settings import TrainingSettings

_Batch = TypeVar("_Batch")

_DISCRIMINATOR_BETAS: Final = (0.8, 0.99)


class LossParts(Protocol):
    """Parts of the loss of a batch, a named tuple of scalars."""

    @property
    def total(self) -> Tensor:
        """What is minimized, of shape ()."""
        ...

    def _asdict(self) -> dict[str, Tensor]: ...


class Training(Protocol):
    """How a model is trained: its optimizers, and what one step of them is.

    Attributes:
        ema: moving average of the model's weights.
        adversarial: whether discriminators take part. The distance to the recordings then grows while speech
            gets better, so the latest weights are the best.
    """

    ema: ExponentialMovingAverage
    adversarial: bool

    def train_step(self, batches: Sequence[Any], step: int) -> dict[str, float]:
        """Make one step, counted from 0, from the summed gradients of batches; their mean losses."""
        ...

    def state_dict(self) -> State:
        """What `load_state_dict` takes."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        ...


class SupervisedTraining:
    """AdamW on the loss of a model.

    Args:
        model: batch → losses.
        settings: rates and bounds.
        context: of this process.
    """

    adversarial = False

    def __init__(self, model: nn.Module, settings: TrainingSettings, context: DistributedContext) -> None:
        self.model = model.to(context.device)
        self.ema = ExponentialMovingAverage(model, settings.ema_decay)
        self._settings = settings
        self._context = context
        self._optimizer = _adam(model, settings)
        self._distributed = DistributedDataParallel(model) if context.world_size > 1 else model

    def train_step(self, batches: Sequence[Any], step: int) -> dict[str, float]:
        """Make one step from the summed gradients of batches; their mean losses and the gradient's norm."""
        self.model.train()
        _set_learning_rate(self._optimizer, self._settings.learning_rate(step))
        losses: list[Mapping[str, Tensor]] = []
        for batch in batches:
            with _autocast(self._settings, self._context):
                loss: LossParts = self._distributed(batch)
            _backward(loss.total / len(batches))
            losses.append(loss._asdict())
        norm = _optimizer_step(self._optimizer, self.model, self._settings)
        self.ema.update()
        return means(losses) | {"norm": norm}

    def state_dict(self) -> State:
        """What `load_state_dict` takes."""
        return {
            "learner": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "averages": self.ema.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.model.load_state_dict(state["learner"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.ema.load_state_dict(state["averages"])


class AdversarialModel(nn.Module, ABC, Generic[_Batch]):
    """A model that generates, and discriminators of what it generates.

    Args:
        model: with losses of its own, which go on counting.
        discriminators: tell what was recorded from what was generated.
    """

    def __init__(self, model: nn.Module, discriminators: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.discriminators = discriminators

    @abstractmethod
    def generate(self, batch: _Batch) -> tuple[Tensor, Tensor, LossParts]:
        """Generated and recorded signals, (B, 1, N) or (B, T, M) each, and the model's own losses."""
        ...

    @abstractmethod
    def discriminator_losses(self, generated: Tensor, recorded: Tensor) -> LossParts:
        """Losses of the discriminators for signals of one shape; `generated` gets no gradient."""
        ...

    @abstractmethod
    def generator_losses(self, generated: Tensor, recorded: Tensor) -> LossParts:
        """Losses of the model by the discriminators, for signals of one shape."""
        ...


class AdversarialTraining:
    """AdamW on a model and on its discriminators in turn (Goodfellow et al. 2014, arXiv 1406.2661).

    Args:
        gan: model and discriminators.
        settings: of the model; the discriminators learn at the same rate.
        context: of this process; gradients are means over all processes.
    """

    adversarial = True

    def __init__(
        self, gan: AdversarialModel[Any], settings: TrainingSettings, context: DistributedContext
    ) -> None:
        self._gan = gan.to(context.device)
        self.ema = ExponentialMovingAverage(gan.model, settings.ema_decay)
        self._settings = settings
        self._context = context
        self._optimizer = _adam(gan.model, settings)
        self._discriminator_optimizer = torch.optim.AdamW(
            gan.discriminators.parameters(), lr=settings.peak_rate, betas=_DISCRIMINATOR_BETAS, fused=True
        )

    def train_step(self, batches: Sequence[Any], step: int) -> dict[str, float]:
        """Update the discriminators with each batch, then the model; mean losses of both."""
        gan, settings = self._gan, self._settings
        gan.train()
        for optimizer in (self._optimizer, self._discriminator_optimizer):
            _set_learning_rate(optimizer, settings.learning_rate(step))
        losses: list[Mapping[str, Tensor]] = []
        for batch in batches:
            with _autocast(settings, self._context):
                generated, recorded, own = gan.generate(batch)
                discriminator_losses = gan.discriminator_losses(generated.detach(), recorded)
            _backward(discriminator_losses.total / len(batches))
            average_gradients(gan.discriminators, self._context)
            _optimizer_step(self._discriminator_optimizer, gan.discriminators, settings)
            with _autocast(settings, self._context), _without_gradients(gan.discriminators):
                generator_losses = gan.generator_losses(generated, recorded)
                _backward((own.total + generator_losses.total) / len(batches))
            losses.append(own._asdict() | discriminator_losses._asdict() | generator_losses._asdict())
        average_gradients(gan.model, self._context)
        norm = _optimizer_step(self._optimizer, gan.model, settings)
        self.ema.update()
        return means(losses) | {"norm": norm}

    def state_dict(self) -> State:
        """What `load_state_dict` takes."""
        networks = self._gan.model.state_dict(prefix="learner.")
        self._gan.discriminators.state_dict(destination=networks, prefix="judges.")
        return {
            "contest": networks,
            "maker": self._optimizer.state_dict(),
            "judge": self._discriminator_optimizer.state_dict(),
            "averages": self.ema.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._gan.model.load_state_dict(_with_prefix(state["contest"], "learner."))
        self._gan.discriminators.load_state_dict(_with_prefix(state["contest"], "judges."))
        self._optimizer.load_state_dict(state["maker"])
        self._discriminator_optimizer.load_state_dict(state["judge"])
        self.ema.load_state_dict(state["averages"])


def means(values: Sequence[Mapping[str, Tensor]]) -> dict[str, float]:
    """Mean of each value, of shape (), over several batches."""
    return {name: sum(float(part[name].detach()) for part in values) / len(values) for name in values[0]}


def _with_prefix(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The entries whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def _adam(model: nn.Module, settings: TrainingSettings) -> torch.optim.AdamW:
    weights = [each for each in model.parameters() if each.requires_grad]
    return torch.optim.AdamW(
        weights, lr=settings.peak_rate, betas=settings.betas, weight_decay=settings.weight_decay, fused=True
    )


@contextmanager
def _without_gradients(discriminators: nn.Module) -> Generator[None]:
    """Within this discriminators get no gradient, which saves a third of the backward pass."""
    discriminators.requires_grad_(False)
    try:
        yield
    finally:
        discriminators.requires_grad_(True)


def _set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def _optimizer_step(
    optimizer: torch.optim.Optimizer, network: nn.Module, settings: TrainingSettings
) -> float:
    """Clip the gradients, make a step and zero them; their norm before clipping."""
    norm = nn.utils.clip_grad_norm_(network.parameters(), settings.gradient_clip)
    cast("Any", optimizer).step()
    optimizer.zero_grad(set_to_none=True)
    return float(norm)


def _backward(loss: Tensor) -> None:
    cast("Any", loss).backward()


@contextmanager
def _autocast(settings: TrainingSettings, context: DistributedContext) -> Generator[None]:
    """Within this matrix products are in bfloat16, if the settings ask for it."""
    with torch.autocast(context.device.type, torch.bfloat16, enabled=settings.mixed_precision):
        yield
