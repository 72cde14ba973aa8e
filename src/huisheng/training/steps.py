"""One step of learning: downhill, or against judges that learn at the same time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Generic, Protocol, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from huisheng.training.averages import Averages
from huisheng.training.checkpoints import State
from huisheng.training.distributed import Place, share_gradients
from huisheng.training.settings import Settings

_Batch = TypeVar("_Batch")

_JUDGES_BETAS: Final = (0.8, 0.99)


class Losses(Protocol):
    """Parts of what a batch costs, a named tuple of scalars."""

    @property
    def total(self) -> Tensor:
        """What is made small."""
        ...

    def _asdict(self) -> dict[str, Tensor]: ...


class Stepper(Protocol):
    """Learns from batches.

    Attributes:
        averages: of the weights.
        contested: whether judges say what is good. The distance to what was recorded then grows while speech
            gets better, so the latest weights are the best.
    """

    averages: Averages
    contested: bool

    def step(self, batches: Sequence[Any], number: int) -> dict[str, float]:
        """Learn from batches whose gradients are added up; their mean losses."""
        ...

    def state(self) -> State:
        """What `restore` takes."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        ...


class Descent:
    """Adam on what a learner says that a batch costs.

    Args:
        learner: batch → losses.
        settings: rates and bounds.
        place: of this process.
    """

    contested = False

    def __init__(self, learner: nn.Module, settings: Settings, place: Place) -> None:
        self.learner = learner.to(place.device)
        self.averages = Averages(learner, settings.averaging)
        self._settings = settings
        self._place = place
        self._optimizer = _adam(learner, settings)
        self._shared = _shared(learner, place)

    def step(self, batches: Sequence[Any], number: int) -> dict[str, float]:
        """Learn from batches whose gradients are added up; their mean losses and the norm of the gradient."""
        self.learner.train()
        _set_rate(self._optimizer, self._settings.rate(number))
        values: list[Mapping[str, Tensor]] = []
        for batch in batches:
            with _half(self._settings, self._place):
                losses: Losses = self._shared(batch)
            _backward(losses.total / len(batches))
            values.append(losses._asdict())
        norm = _climb(self._optimizer, self.learner, self._settings)
        self.averages.update()
        return means(values) | {"norm": norm}

    def state(self) -> State:
        """What `restore` takes."""
        return {
            "learner": self.learner.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "averages": self.averages.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.learner.load_state_dict(state["learner"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.averages.restore(state["averages"])


class Contest(nn.Module, ABC, Generic[_Batch]):
    """A learner, and judges of what it makes.

    Args:
        learner: whose own losses go on counting.
        judges: tell what was recorded from what was made.
    """

    def __init__(self, learner: nn.Module, judges: nn.Module) -> None:
        super().__init__()
        self.learner = learner
        self.judges = judges

    @abstractmethod
    def made(self, batch: _Batch) -> tuple[Tensor, Tensor, Losses]:
        """What the learner makes of a batch, what was recorded, and the learner's own losses."""
        ...

    @abstractmethod
    def judges_losses(self, made: Tensor, recorded: Tensor) -> Losses:
        """Of the judges, about what was made, which gets no gradient."""
        ...

    @abstractmethod
    def makers_losses(self, made: Tensor, recorded: Tensor) -> Losses:
        """Of the learner, for not deceiving the judges."""
        ...


class Duel:
    """Adam for a learner and for its judges in turn (Goodfellow et al. 2014, arXiv 1406.2661).

    Args:
        contest: of both.
        settings: of the learner; the judges learn at the same rate.
        place: of this process; gradients are means over all processes.
    """

    contested = True

    def __init__(self, contest: Contest[Any], settings: Settings, place: Place) -> None:
        self._contest = contest.to(place.device)
        self.averages = Averages(contest.learner, settings.averaging)
        self._settings = settings
        self._place = place
        self._maker = _adam(contest.learner, settings)
        self._judge = torch.optim.AdamW(
            contest.judges.parameters(), lr=settings.peak, betas=_JUDGES_BETAS, fused=True
        )

    def step(self, batches: Sequence[Any], number: int) -> dict[str, float]:
        """Judges first, then the learner; mean losses of both."""
        contest, settings = self._contest, self._settings
        contest.train()
        for optimizer in (self._maker, self._judge):
            _set_rate(optimizer, settings.rate(number))
        values: list[Mapping[str, Tensor]] = []
        for batch in batches:
            with _half(settings, self._place):
                made, recorded, own = contest.made(batch)
                judged = contest.judges_losses(made.detach(), recorded)
            _backward(judged.total / len(batches))
            share_gradients(contest.judges, self._place)
            _climb(self._judge, contest.judges, settings)
            with _half(settings, self._place), _unmoved(contest.judges):
                felt = contest.makers_losses(made, recorded)
                _backward((own.total + felt.total) / len(batches))
            values.append(own._asdict() | judged._asdict() | felt._asdict())
        share_gradients(contest.learner, self._place)
        norm = _climb(self._maker, contest.learner, settings)
        self.averages.update()
        return means(values) | {"norm": norm}

    def state(self) -> State:
        """What `restore` takes."""
        return {
            "contest": self._contest.state_dict(),
            "maker": self._maker.state_dict(),
            "judge": self._judge.state_dict(),
            "averages": self.averages.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._contest.load_state_dict(state["contest"])
        self._maker.load_state_dict(state["maker"])
        self._judge.load_state_dict(state["judge"])
        self.averages.restore(state["averages"])


def means(values: Sequence[Mapping[str, Tensor]]) -> dict[str, float]:
    """Mean of each value over several batches."""
    return {name: sum(float(part[name].detach()) for part in values) / len(values) for name in values[0]}


def _adam(learner: nn.Module, settings: Settings) -> torch.optim.AdamW:
    weights = [each for each in learner.parameters() if each.requires_grad]
    return torch.optim.AdamW(
        weights, lr=settings.peak, betas=settings.betas, weight_decay=settings.decay, fused=True
    )


def _shared(learner: nn.Module, place: Place) -> nn.Module:
    """The learner, with gradients averaged over all processes."""
    return DistributedDataParallel(learner) if place.count > 1 else learner


@contextmanager
def _unmoved(judges: nn.Module) -> Generator[None]:
    """Within this judges get no gradient, which saves a third of the way back."""
    judges.requires_grad_(False)
    try:
        yield
    finally:
        judges.requires_grad_(True)


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def _climb(optimizer: torch.optim.Optimizer, network: nn.Module, settings: Settings) -> float:
    """Apply the gradients, scaled down to the bound, and forget them; their norm before."""
    norm = nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
    cast("Any", optimizer).step()
    optimizer.zero_grad(set_to_none=True)
    return float(norm)


def _backward(loss: Tensor) -> None:
    cast("Any", loss).backward()


@contextmanager
def _half(settings: Settings, place: Place) -> Generator[None]:
    """Within this products are made in bfloat16, if that is wanted."""
    with torch.autocast(place.device.type, torch.bfloat16, enabled=settings.half):
        yield
