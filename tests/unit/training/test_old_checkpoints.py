"""Checkpoints that earlier code wrote are loaded, and training goes on from them to the same weights.

`checkpoints/*.pt` were written after one step of the models below, before classes and attributes were
renamed; the weights after two more steps were printed by the same code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import torch
from torch import Tensor, nn

from huisheng.training import checkpoints
from huisheng.training.distributed import SINGLE_PROCESS
from huisheng.training.settings import TrainingSettings
from huisheng.training.steps import AdversarialModel, AdversarialTraining, SupervisedTraining, Training

FOLDER: Final = Path(__file__).with_name("checkpoints")
BATCH: Final = torch.tensor([[1.0], [2.0]])
SETTINGS: Final = TrainingSettings(
    steps=8, peak_rate=0.05, warmup_steps=2, ema_decay=0.5, mixed_precision=False
)


class Distance(NamedTuple):
    distance: Tensor

    @property
    def total(self) -> Tensor:
        return self.distance


class Line(nn.Module):
    """Learns to double."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Linear(1, 1)

    def forward(self, batch: Tensor) -> Distance:
        return Distance((self.slope(batch) - 2.0 * batch).square().mean())


class AdversarialLine(AdversarialModel[Tensor]):
    """The same, and a line that tells its output from the truth."""

    model: Line
    discriminators: nn.Linear

    def generate(self, batch: Tensor) -> tuple[Tensor, Tensor, Distance]:
        return self.model.slope(batch), 2.0 * batch, self.model(batch)

    def discriminator_losses(self, generated: Tensor, recorded: Tensor) -> Distance:
        fake, real = self.discriminators(generated), self.discriminators(recorded)
        return Distance(fake.square().mean() + (real - 1.0).square().mean())

    def generator_losses(
        self,
        generated: Tensor,
        recorded: Tensor,
    ) -> Distance:
        return Distance((self.discriminators(generated) - 1.0).square().mean())


def two_more_steps(training: Training, name: str) -> None:
    state = checkpoints.load(FOLDER, name)
    assert state is not None
    training.load_state_dict(state)
    for step in (1, 2):
        training.train_step([BATCH], step)


def weights(*modules: nn.Module) -> list[float]:
    return [weight.item() for module in modules for weight in module.parameters()]


def test_a_supervised_training_goes_on_from_an_old_checkpoint() -> None:
    model = Line()

    two_more_steps(SupervisedTraining(model, SETTINGS, SINGLE_PROCESS), "supervised.pt")

    expected = [0.6395702958106995, -0.31587904691696167]
    torch.testing.assert_close(weights(model), expected, rtol=1e-6, atol=1e-7)


def test_an_adversarial_training_goes_on_from_an_old_checkpoint() -> None:
    model, discriminator = Line(), nn.Linear(1, 1)
    gan = AdversarialLine(model, discriminator)

    two_more_steps(AdversarialTraining(gan, SETTINGS, SINGLE_PROCESS), "adversarial.pt")

    expected = [0.6395695209503174, -0.31587710976600647, -0.06862236559391022, 0.5917064547538757]
    torch.testing.assert_close(weights(model, discriminator), expected, rtol=1e-6, atol=1e-7)


def test_a_checkpoint_has_the_keys_that_it_always_had() -> None:
    cast("Any", torch).manual_seed(1)
    gan = AdversarialLine(Line(), nn.Linear(1, 1))

    state = AdversarialTraining(gan, SETTINGS, SINGLE_PROCESS).state_dict()

    old = checkpoints.load(FOLDER, "adversarial.pt")
    assert old is not None
    assert state.keys() == old.keys() - {"step", "best", "failures"}
    assert list(state["contest"]) == list(old["contest"])
