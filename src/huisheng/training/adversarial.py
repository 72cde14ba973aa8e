"""Adversarial training: a vocoder or an acoustic model against discriminators of what it generates.

Discriminators make spectra sharp and voices lifelike, which no distance to the recording does.
"""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple, TypeVar

import torch
from torch import Tensor

from huisheng.acoustic.parallel import ParallelOutput
from huisheng.training.acoustic import (
    AcousticBatch,
    AcousticLosses,
    AcousticModelWithLoss,
    acoustic_losses,
)
from huisheng.training.discriminators import MelDiscriminator, SmallDiscriminators
from huisheng.training.steps import AdversarialModel
from huisheng.training.vocoder import VocoderBatch, VocoderLosses, VocoderWithLoss
from huisheng.vocoder.loss import (
    DiscriminatorLoss,
    adversarial_loss,
    discriminator_loss,
    feature_matching_loss,
)

_Batch = TypeVar("_Batch")

ADVERSARIAL_WEIGHT: Final = 1.0
FEATURE_MATCHING_WEIGHT: Final = 2.0
SPECTRAL_WEIGHT: Final = 8.0
"""Weights of a vocoder's adversarial loss, feature matching loss and own losses."""

MEL_ADVERSARIAL_WEIGHT: Final = 0.1
MEL_FEATURE_MATCHING_WEIGHT: Final = 0.2
"""Weights of the same beside the losses of an acoustic model."""

CROP: Final = 64
"""Frames of a mel spectrogram that the discriminator sees."""


class GeneratorLosses(NamedTuple):
    """Weighted losses of the model by its discriminators, each a scalar.

    Attributes:
        adversarial: of `adversarial_loss`.
        matching: of `feature_matching_loss`.
    """

    adversarial: Tensor
    matching: Tensor

    @property
    def total(self) -> Tensor:
        """Their sum, of shape ()."""
        return self.adversarial + self.matching


class WeightedLosses(NamedTuple):
    """A vocoder's own losses as they count in adversarial training, a scalar."""

    spectral: Tensor

    @property
    def total(self) -> Tensor:
        """The same, of shape ()."""
        return self.spectral


class LeastSquaresGan(AdversarialModel[_Batch]):
    """A model trained against discriminators by least-squares losses and feature matching.

    Attributes:
        discriminators: of (B, 1, N) samples or (B, T, M) mel.
        adversarial_weight: of the adversarial loss of the model.
        matching_weight: of its feature matching loss.
    """

    discriminators: SmallDiscriminators | MelDiscriminator
    adversarial_weight: ClassVar[float]
    matching_weight: ClassVar[float]

    def discriminator_losses(self, generated: Tensor, recorded: Tensor) -> DiscriminatorLoss:
        """Losses of the discriminators, on (B, 1, N) samples or (B, T, M) mel each."""
        return discriminator_loss(self.discriminators(recorded), self.discriminators(generated))

    def generator_losses(self, generated: Tensor, recorded: Tensor) -> GeneratorLosses:
        """Losses of the model by its discriminators, on (B, 1, N) samples or (B, T, M) mel each."""
        with torch.no_grad():
            of_recorded = self.discriminators(recorded)
        of_generated = self.discriminators(generated)
        return GeneratorLosses(
            self.adversarial_weight * adversarial_loss(of_generated),
            self.matching_weight * feature_matching_loss(of_recorded, of_generated),
        )


class AdversarialVocoder(LeastSquaresGan[VocoderBatch]):
    """A vocoder and discriminators of its samples.

    Args:
        model: the vocoder with its losses.
        discriminators: of (B, 1, N) samples.
    """

    model: VocoderWithLoss
    adversarial_weight = ADVERSARIAL_WEIGHT
    matching_weight = FEATURE_MATCHING_WEIGHT

    def generate(self, batch: VocoderBatch) -> tuple[Tensor, Tensor, WeightedLosses]:
        """(B, 1, N) generated and recorded samples, and the vocoder's own losses."""
        generated, recorded = self.model.generate(batch)
        own: VocoderLosses = self.model.losses(generated, recorded)
        return generated, recorded, WeightedLosses(SPECTRAL_WEIGHT * own.total)


class AdversarialAcousticModel(LeastSquaresGan[AcousticBatch]):
    """An acoustic model and a discriminator of its spectrograms.

    Args:
        model: the acoustic model with its losses.
        discriminators: of (B, T, M) mel.
    """

    model: AcousticModelWithLoss
    adversarial_weight = MEL_ADVERSARIAL_WEIGHT
    matching_weight = MEL_FEATURE_MATCHING_WEIGHT

    def generate(self, batch: AcousticBatch) -> tuple[Tensor, Tensor, AcousticLosses]:
        """(B, CROP, M) crops of predicted and recorded mel, and the model's own losses."""
        output = self.model.predict(batch)
        return *crop_mels(output, batch), acoustic_losses(batch, output)


def crop_mels(output: ParallelOutput, batch: AcousticBatch) -> tuple[Tensor, Tensor]:
    """(B, CROP, M) of predicted and recorded mel, from anywhere; rows that are shorter are left out."""
    frames = output.valid.sum(dim=1)
    rows = torch.nonzero(frames >= CROP)[:, 0]
    if not len(rows):
        rows = frames.argmax()[None]
    latest = (frames[rows] - CROP).clamp(min=0)
    starts = (torch.rand(len(rows), device=latest.device) * (latest + 1)).long()
    columns = (starts[:, None] + torch.arange(CROP, device=latest.device)).clamp(max=output.mel.shape[1] - 1)
    return output.mel[rows[:, None], columns], batch.mels[rows[:, None], columns]
