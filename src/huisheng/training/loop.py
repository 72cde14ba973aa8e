"""Step after step, whatever learns: resumable to the step, the same for the same seed.

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
from huisheng.training.distributed import Place
from huisheng.training.logs import Log
from huisheng.training.settings import Settings
from huisheng.training.steps import Stepper


class Data(Protocol):
    """What is learned from."""

    def batches(self, seed: int) -> Sequence[Sequence[int]]:
        """One epoch: the places that make each batch."""
        ...

    def batch(self, places: Sequence[int]) -> Any:  # noqa: ANN401
        """The batch of these places, which can be brought to a device."""
        ...


class Judge(Protocol):
    """What a learner is worth."""

    def __call__(self, step: int) -> Mapping[str, float]:
        """Measures with the averaged weights, the smaller the better; the first decides."""
        ...


class Training:
    """One training.

    Args:
        stepper: learns.
        learner: whose averaged weights are judged and kept.
        data: to learn from.
        judge: of the learner.
        settings: how it goes.
        folder: of its state.
        log: of its progress.
        place: among several processes.
    """

    def __init__(
        self,
        stepper: Stepper,
        learner: nn.Module,
        data: Data,
        judge: Judge,
        settings: Settings,
        folder: Path,
        log: Log,
        place: Place,
    ) -> None:
        self._stepper = stepper
        self._learner = learner
        self._data = data
        self._judge = judge
        self._settings = settings
        self._folder = folder
        self._log = log
        self._place = place
        self._step = 0
        self._best = float("inf")
        self._failures = 0

    def run(self) -> float:
        """Go on to the last step, or until nothing gets better; the best that was judged.

        Raises:
            CorpusError: the state to go on from is damaged.
            KeyboardInterrupt: somebody asked to stop, by the signal with this number; the state is saved.
        """
        self._restore()
        with _asked_to_stop() as asked:
            for batches in self._remaining():
                self._learn(batches)
                if self._due(self._settings.evaluated):
                    self._evaluate()
                if self._due(self._settings.saved) or asked():
                    self._save()
                if number := asked():
                    raise KeyboardInterrupt(number)
                if self._failures >= self._settings.patience:
                    break
        return self._best

    def _due(self, every: int) -> bool:
        return self._step % every == 0 or self._step == self._settings.steps

    def _remaining(self) -> Iterator[Sequence[Sequence[int]]]:
        """For each step that is left the places of each batch of this process."""
        accumulated, count = self._settings.accumulated, self._place.count
        chosen = _Choice(self._data, self._settings.seed)
        for step in range(self._step, self._settings.steps):
            first = step * accumulated * count + self._place.rank
            yield [chosen(first + part * count) for part in range(accumulated)]

    def _learn(self, batches: Sequence[Sequence[int]]) -> None:
        begun = time.monotonic()
        seed = self._settings.seed * 1_000_003 + self._step * self._place.count + self._place.rank
        cast("Any", torch).manual_seed(seed)
        made = [self._data.batch(places).to(self._place.device) for places in batches]
        values = self._stepper.step(made, self._step)
        self._step += 1
        self._log.step(self._step, values | {"seconds": time.monotonic() - begun})

    def _evaluate(self) -> None:
        self._learner.eval()
        with self._stepper.averages.swapped(), torch.no_grad():
            found = self._judge(self._step)
            score = next(iter(found.values()))
            better = score < self._best or self._stepper.contested
            if better and self._place.first:
                checkpoints.save({"learner": self._learner.state_dict()}, self._folder, checkpoints.BEST)
        self._best = min(self._best, score)
        self._failures = 0 if better else self._failures + 1
        self._log.evaluation(self._step, found)

    def _save(self) -> None:
        if self._place.first:
            own = {"step": self._step, "best": self._best, "failures": self._failures}
            checkpoints.save(own | self._stepper.state(), self._folder)

    def _restore(self) -> None:
        state = checkpoints.load(self._folder)
        if state is not None:
            self._stepper.restore(state)
            self._step, self._best, self._failures = state["step"], state["best"], state["failures"]


class _Choice:
    """Which places make the batch of a number, epoch after epoch."""

    def __init__(self, data: Data, seed: int) -> None:
        self._data = data
        self._seed = seed * 1_000
        self._count = len(data.batches(self._seed))
        self._epoch = -1
        self._batches: Sequence[Sequence[int]] = ()

    def __call__(self, number: int) -> Sequence[int]:
        epoch, place = divmod(number, self._count)
        if epoch != self._epoch:
            self._epoch, self._batches = epoch, self._data.batches(self._seed + epoch)
        return self._batches[place % len(self._batches)]


@contextmanager
def _asked_to_stop() -> Generator[Callable[[], int]]:
    """Within this Ctrl-C and a request to end are remembered instead of obeyed at once: the number of the
    first signal, 0 where none came.
    """
    asked: list[int] = []

    def remember(number: int, _: object) -> None:
        asked.append(number)

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked[0] if asked else 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
