"""Learners against judges: what makes spectra sharp and voices lifelike, which no distance does."""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor

from huisheng.acoustic.parallel import ParallelOutput
from huisheng.training.acoustic import AcousticBatch, AcousticLearner, AcousticLosses, losses
from huisheng.training.judges import MelJudge, SmallJudges
from huisheng.training.steps import Contest
from huisheng.training.vocoder import VocoderBatch, VocoderLearner, VocoderLosses
from huisheng.vocoder.loss import adversarial_loss, discriminator_loss, feature_matching_loss

DECEPTION: Final = 1.0
MATCHING: Final = 2.0
SPECTRAL: Final = 8.0
"""Weights of deceiving judges, of matching what they see, and of a vocoder's own losses."""

MEL_DECEPTION: Final = 0.1
MEL_MATCHING: Final = 0.2
"""The same beside the losses of an acoustic model."""

CROP: Final = 64
"""Frames that a judge of mel spectrograms sees."""


class JudgesLosses(NamedTuple):
    """Of the judges; each a scalar, as of `discriminator_loss`."""

    recorded: Tensor
    made: Tensor

    @property
    def total(self) -> Tensor:
        """Their sum."""
        return self.recorded + self.made


class MakersLosses(NamedTuple):
    """Of the learner, weighted; each a scalar.

    Attributes:
        deception: of `adversarial_loss`.
        matching: of `feature_matching_loss`.
    """

    deception: Tensor
    matching: Tensor

    @property
    def total(self) -> Tensor:
        """Their sum."""
        return self.deception + self.matching


class WeightedLosses(NamedTuple):
    """A vocoder's own losses as they count in a contest."""

    spectral: Tensor

    @property
    def total(self) -> Tensor:
        """The same."""
        return self.spectral


class VocoderContest(Contest[VocoderBatch]):
    """A vocoder and judges of its samples.

    Args:
        learner: the vocoder.
        judges: each judges (B, 1, N) samples.
    """

    learner: VocoderLearner
    judges: SmallJudges

    def made(self, batch: VocoderBatch) -> tuple[Tensor, Tensor, WeightedLosses]:
        """(B, 1, N) made and recorded."""
        made, recorded = self.learner.judged(batch)
        own: VocoderLosses = self.learner.losses(made, recorded)
        return made, recorded, WeightedLosses(SPECTRAL * own.total)

    def judges_losses(self, made: Tensor, recorded: Tensor) -> JudgesLosses:
        """Of the judges, about (B, 1, N) each."""
        return JudgesLosses(*discriminator_loss(self.judges(recorded), self.judges(made)))

    def makers_losses(self, made: Tensor, recorded: Tensor) -> MakersLosses:
        """Of the vocoder, about (B, 1, N) each."""
        with torch.no_grad():
            wanted = self.judges(recorded)
        judged = self.judges(made)
        return MakersLosses(
            DECEPTION * adversarial_loss(judged), MATCHING * feature_matching_loss(wanted, judged)
        )


class AcousticContest(Contest[AcousticBatch]):
    """An acoustic model and a judge of its spectrograms.

    Args:
        learner: the model.
        judges: judges (B, T, M) mel.
    """

    learner: AcousticLearner
    judges: MelJudge

    def made(self, batch: AcousticBatch) -> tuple[Tensor, Tensor, AcousticLosses]:
        """(B, T, M) crops of what was said and of the truth."""
        said = self.learner.predict(batch)
        return *crops(said, batch), losses(batch, said)

    def judges_losses(self, made: Tensor, recorded: Tensor) -> JudgesLosses:
        """Of the judge, about (B, T, M) each."""
        return JudgesLosses(*discriminator_loss(self.judges(recorded), self.judges(made)))

    def makers_losses(self, made: Tensor, recorded: Tensor) -> MakersLosses:
        """Of the model, about (B, T, M) each."""
        with torch.no_grad():
            wanted = self.judges(recorded)
        judged = self.judges(made)
        return MakersLosses(
            MEL_DECEPTION * adversarial_loss(judged), MEL_MATCHING * feature_matching_loss(wanted, judged)
        )


def crops(said: ParallelOutput, batch: AcousticBatch) -> tuple[Tensor, Tensor]:
    """(B, CROP, M) of what was said and of the truth, from anywhere; rows that are shorter are left out."""
    frames = said.valid.sum(dim=1)
    rows = torch.nonzero(frames >= CROP)[:, 0]
    if not len(rows):
        rows = frames.argmax()[None]
    latest = (frames[rows] - CROP).clamp(min=0)
    starts = (torch.rand(len(rows), device=latest.device) * (latest + 1)).long()
    places = (starts[:, None] + torch.arange(CROP, device=latest.device)).clamp(max=said.mel.shape[1] - 1)
    return said.mel[rows[:, None], places], batch.mels[rows[:, None], places]
