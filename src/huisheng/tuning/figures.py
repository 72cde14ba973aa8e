"""How far a voice is from recordings that it did not learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

import torch

from huisheng.acoustic.contours import SEMITONE
from huisheng.acoustic.inputs import valid_positions
from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.training.acoustic import AcousticBatch, AcousticData, AcousticLearner, losses
from huisheng.training.corpus import Corpus

_DECIBELS: Final = 12.5
"""Of one unit of the spectrogram: −4…4 is 100 dB."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over the part that was held out.

    Attributes:
        cost: of `AcousticLosses`, all together.
        mel: dB of difference, mean over bands and frames, where time and melody are given.
        duration: milliseconds of difference, mean over symbols.
        pitch: semitones of difference, mean over voiced frames.
    """

    cost: float
    mel: float
    duration: float
    pitch: float


@torch.inference_mode()
def measured(
    model: ParallelSamBert, corpus: Corpus, batches: Sequence[AcousticBatch], speaker: int
) -> Figures:
    """What one speaker of a model would make of recordings.

    Args:
        model: for speaking.
        corpus: of the recordings.
        batches: of B recordings each.
        speaker: who says them all.
    """
    learner = AcousticLearner(model)
    found = [_measured(learner, corpus, _said_by(batch, speaker)) for batch in batches]
    weights = [len(batch.lengths) / sum(len(one.lengths) for one in batches) for batch in batches]
    names = asdict(found[0])
    means = {
        name: sum(getattr(one, name) * weight for one, weight in zip(found, weights, strict=True))
        for name in names
    }
    return Figures(means["cost"], means["mel"], means["duration"], means["pitch"])


def nearest(
    model: ParallelSamBert, corpus: Corpus, batches: Sequence[AcousticBatch], speakers: int
) -> tuple[int, Figures]:
    """Of the first so many speakers the one whom recordings cost least, and what they cost."""
    found = [measured(model, corpus, batches, speaker) for speaker in range(speakers)]
    best = min(range(speakers), key=lambda speaker: found[speaker].cost)
    return best, found[best]


def batches_of(data: AcousticData, most: int) -> list[AcousticBatch]:
    """Batches of B recordings each, at most so many, always the same."""
    return [data.batch(places) for places in data.batches(0)[:most]]


def _said_by(batch: AcousticBatch, speaker: int) -> AcousticBatch:
    return replace(batch, speakers=torch.full_like(batch.speakers, speaker))


def _measured(learner: AcousticLearner, corpus: Corpus, batch: AcousticBatch) -> Figures:
    said = learner.predict(batch)
    cost = losses(batch, said)
    symbols = valid_positions(batch.lengths, batch.symbols.shape[1])
    frames = (said.log_durations.expm1() - batch.durations)[symbols].abs().mean()
    return Figures(
        cost=float(cost.total),
        mel=_DECIBELS * float(cost.mel),
        duration=1_000.0 * corpus.hop / corpus.sample_rate * float(frames),
        pitch=float(cost.pitch) / SEMITONE,
    )
