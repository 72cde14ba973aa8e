"""The training loop: resumable at any step, the same for the same seed.

Which batch a step sees, and every random number in it, follow from seed and step alone, so a training that
was interrupted goes on as if nothing had happened. With several processes (torchrun) each takes its share of
the batches and gradients are averaged.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, cast

import torch
from torch import nn

from huisheng.training import checkpoints
from huisheng.training.distributed import DistributedContext
from huisheng.training.logs import Log
from huisheng.training.settings import TrainingSettings
from huisheng.training.steps import Training


class Dataset(Protocol):
    """What a model is trained on, in batches."""

    def batches(self, seed: int) -> Sequence[Sequence[int]]:
        """One epoch: the indices of each batch."""
        ...

    def batch(self, indices: Sequence[int]) -> Any:  # noqa: ANN401
        """The batch of these indices, which can be moved to a device."""
        ...


class Evaluator(Protocol):
    """Measures how good a model is."""

    def __call__(self, step: int) -> Mapping[str, float]:
        """Measures with the averaged weights, the smaller the better; the first decides."""
        ...


class Trainer:
    """Trains a model to the last step, with evaluations, checkpoints and early stopping.

    Args:
        training: makes the steps.
        model: whose averaged weights are evaluated and saved.
        data: to train on.
        evaluator: of the model.
        settings: hyperparameters.
        folder: of the checkpoints.
        log: of the progress.
        context: among several processes.
    """

    def __init__(
        self,
        training: Training,
        model: nn.Module,
        data: Dataset,
        evaluator: Evaluator,
        settings: TrainingSettings,
        folder: Path,
        log: Log,
        context: DistributedContext,
    ) -> None:
        self._training = training
        self._model = model
        self._data = data
        self._evaluator = evaluator
        self._settings = settings
        self._folder = folder
        self._log = log
        self._context = context
        self._step = 0
        self._best = float("inf")
        self._failures = 0

    def run(self) -> float:
        """Go on to the last step, or until nothing gets better; the best evaluation.

        Raises:
            CorpusError: the checkpoint to go on from is damaged.
            KeyboardInterrupt: a signal with this number asked to stop; a checkpoint is saved.
        """
        self._resume()
        with _defer_signals() as signal_number:
            for batches in self._remaining_steps():
                self._train_step(batches)
                if self._is_due(self._settings.evaluate_every):
                    self._evaluate()
                if self._is_due(self._settings.save_every) or signal_number():
                    self._save()
                if number := signal_number():
                    raise KeyboardInterrupt(number)
                if self._failures >= self._settings.patience:
                    break
        return self._best

    def _is_due(self, every: int) -> bool:
        return self._step % every == 0 or self._step == self._settings.steps

    def _remaining_steps(self) -> Iterator[Sequence[Sequence[int]]]:
        """For each step that is left the indices of each batch of this process."""
        accumulation, world_size = self._settings.accumulation, self._context.world_size
        sampler = _BatchSampler(self._data, self._settings.seed)
        for step in range(self._step, self._settings.steps):
            first = step * accumulation * world_size + self._context.rank
            yield [sampler(first + part * world_size) for part in range(accumulation)]

    def _train_step(self, batches: Sequence[Sequence[int]]) -> None:
        start = time.monotonic()
        seed = self._settings.seed * 1_000_003 + self._step * self._context.world_size + self._context.rank
        cast("Any", torch).manual_seed(seed)
        tensors = [self._data.batch(indices).to(self._context.device) for indices in batches]
        losses = self._training.train_step(tensors, self._step)
        self._step += 1
        self._log.log_step(self._step, losses | {"seconds": time.monotonic() - start})

    def _evaluate(self) -> None:
        self._model.eval()
        with self._training.ema.average_parameters(), torch.no_grad():
            measures = self._evaluator(self._step)
            score = next(iter(measures.values()))
            better = score < self._best or self._training.adversarial
            if better and self._context.is_main:
                checkpoints.save({"learner": self._model.state_dict()}, self._folder, checkpoints.BEST)
        self._best = min(self._best, score)
        self._failures = 0 if better else self._failures + 1
        self._log.log_evaluation(self._step, measures)

    def _save(self) -> None:
        if self._context.is_main:
            progress = {"step": self._step, "best": self._best, "failures": self._failures}
            checkpoints.save(progress | self._training.state_dict(), self._folder)

    def _resume(self) -> None:
        state = checkpoints.load(self._folder)
        if state is not None:
            self._training.load_state_dict(state)
            self._step, self._best, self._failures = state["step"], state["best"], state["failures"]


class _BatchSampler:
    """Batch number → its indices, epoch after epoch."""

    def __init__(self, data: Dataset, seed: int) -> None:
        self._data = data
        self._seed = seed * 1_000
        self._count = len(data.batches(self._seed))
        self._epoch = -1
        self._batches: Sequence[Sequence[int]] = ()

    def __call__(self, number: int) -> Sequence[int]:
        epoch, index = divmod(number, self._count)
        if epoch != self._epoch:
            self._epoch, self._batches = epoch, self._data.batches(self._seed + epoch)
        return self._batches[index % len(self._batches)]


@contextmanager
def _defer_signals() -> Generator[Callable[[], int]]:
    """Within this SIGINT and SIGTERM are remembered instead of obeyed at once: the number of the first
    signal, 0 where none came.
    """
    received: list[int] = []

    def remember(number: int, _: object) -> None:
        received.append(number)

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: received[0] if received else 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
