"""Steps: the same for the same seed, resumable at any of them, shared out among processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from huisheng.errors import CorpusError
from huisheng.training import checkpoints
from huisheng.training.distributed import SINGLE_PROCESS
from huisheng.training.logs import Log
from huisheng.training.settings import TrainingSettings
from huisheng.training.steps import SupervisedTraining
from huisheng.training.trainer import Trainer

SETTINGS = TrainingSettings(
    steps=8,
    peak_rate=0.05,
    warmup_steps=2,
    ema_decay=0.5,
    evaluate_every=2,
    save_every=3,
    accumulation=2,
    mixed_precision=False,
    seed=3,
)


@dataclass(frozen=True)
class Numbers:
    """A batch of places."""

    values: Tensor

    def to(self, device: torch.device) -> Numbers:
        return Numbers(self.values.to(device))


class Cost(NamedTuple):
    distance: Tensor

    @property
    def total(self) -> Tensor:
        return self.distance


class Line(nn.Module):
    """Learns to double, through dropout, so that it matters which random numbers a step sees."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Linear(1, 1)
        self.drop = nn.Dropout(0.5)

    def forward(self, batch: Numbers) -> Cost:
        return Cost((self.slope(self.drop(batch.values)) - 2.0 * batch.values).square().mean())


class Counting:
    """Places from 0 to 11 in batches of two, shuffled; it remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def batches(self, seed: int) -> list[list[int]]:
        order = [int(place) for place in np.random.default_rng(seed).permutation(12)]
        return [order[start : start + 2] for start in range(0, 12, 2)]

    def batch(self, indices: Sequence[int]) -> Numbers:
        self.asked.append(tuple(indices))
        return Numbers(torch.tensor(indices, dtype=torch.float32)[:, None])


class Watched(Counting):
    """The same; after so many batches somebody presses Ctrl-C."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self._left = batches

    def batch(self, indices: Sequence[int]) -> Numbers:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return super().batch(indices)


def line() -> Line:
    cast("Any", torch).manual_seed(7)
    return Line()


def train(
    folder: Path, data: Counting, settings: TrainingSettings = SETTINGS, costs: list[float] | None = None
) -> Line:
    model = line()
    given = iter(costs or [])

    def evaluate(step: int) -> Mapping[str, float]:
        assert step

        return {"cost": next(given, 0.0) if costs else float(model.slope.weight.detach().sum())}

    training = SupervisedTraining(model, settings, SINGLE_PROCESS)
    Trainer(training, model, data, evaluate, settings, folder, Log(None), SINGLE_PROCESS).run()
    return model


def weights(model: Line) -> list[float]:
    return [float(value) for each in model.parameters() for value in each.detach().flatten()]


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    assert weights(train(tmp_path / "a", Counting())) == weights(train(tmp_path / "b", Counting()))


def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    other = replace(SETTINGS, seed=4)

    assert weights(train(tmp_path / "a", Counting())) != weights(train(tmp_path / "b", Counting(), other))


@pytest.mark.parametrize("batches", [1, 4, 5, 11])
def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(tmp_path: Path, batches: int) -> None:
    whole = Counting()
    expected = weights(train(tmp_path / "whole", whole))

    first, second = Watched(batches), Counting()
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "cut", first)
    resumed = weights(train(tmp_path / "cut", second))

    assert resumed == expected
    assert first.asked + second.asked == whole.asked


def test_a_finished_training_is_not_trained_again(tmp_path: Path) -> None:
    train(tmp_path, Counting())
    again = Counting()

    train(tmp_path, again)

    assert again.asked == []


def test_every_batch_of_an_epoch_is_seen_once(tmp_path: Path) -> None:
    data = Counting()

    train(tmp_path, data, replace(SETTINGS, steps=3))

    assert sorted(place for places in data.asked for place in places) == list(range(12))


def test_the_best_weights_are_the_averages_of_the_step_with_the_best_evaluation(tmp_path: Path) -> None:
    train(tmp_path / "all", Counting(), costs=[3.0, 1.0, 2.0, 5.0])
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "four", Watched(8), costs=[3.0, 1.0])

    best = checkpoints.load(tmp_path / "all", checkpoints.BEST)
    state = checkpoints.load(tmp_path / "four")

    assert best is not None
    assert state is not None
    torch.testing.assert_close(list(best["learner"].values()), state["averages"]["shadow"])


class AsIfAdversarial(SupervisedTraining):
    """A trainer as if discriminators took part."""

    adversarial = True


def test_in_adversarial_training_the_latest_weights_are_the_best(tmp_path: Path) -> None:
    model = line()
    training, costs = AsIfAdversarial(model, SETTINGS, SINGLE_PROCESS), iter([1.0, 2.0, 3.0, 4.0])

    def evaluate(step: int) -> Mapping[str, float]:
        assert step

        return {"cost": next(costs)}

    settings = replace(SETTINGS, patience=1)
    Trainer(training, model, Counting(), evaluate, settings, tmp_path, Log(None), SINGLE_PROCESS).run()

    best, last = (checkpoints.load(tmp_path, name) for name in (checkpoints.BEST, checkpoints.LAST))
    assert best is not None
    assert last is not None
    assert last["step"] == SETTINGS.steps
    torch.testing.assert_close(list(best["learner"].values()), last["averages"]["shadow"])


def test_it_ends_when_nothing_gets_better(tmp_path: Path) -> None:
    data = Counting()

    train(tmp_path, data, replace(SETTINGS, steps=100, patience=2), costs=[3.0, 1.0, 2.0, 2.0])

    assert len(data.asked) == 2 * 8


def test_a_damaged_state_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / checkpoints.LAST).write_bytes(b"nothing of the kind")

    with pytest.raises(CorpusError, match=r"last\.pt"):
        train(tmp_path, Counting())


def test_accumulated_batches_make_the_step_of_one_large_batch(tmp_path: Path) -> None:
    model = line()
    model.drop.p = 0.0
    batches = [Numbers(torch.tensor([[1.0], [2.0]])), Numbers(torch.tensor([[5.0], [6.0]]))]
    SupervisedTraining(model, SETTINGS, SINGLE_PROCESS).train_step(batches, 0)

    other = line()
    other.drop.p = 0.0
    SupervisedTraining(other, SETTINGS, SINGLE_PROCESS).train_step(
        [Numbers(torch.tensor([[1.0], [2.0], [5.0], [6.0]]))], 0
    )

    torch.testing.assert_close(weights(model), weights(other))


@pytest.mark.parametrize(("step", "share"), [(0, 0.5), (1, 1.0), (2, 1.0), (8, 0.02), (5, 0.51), (100, 0.02)])
def test_the_rate_rises_and_falls_on_a_cosine(step: int, share: float) -> None:
    assert SETTINGS.learning_rate(step) == pytest.approx(SETTINGS.peak_rate * share)
