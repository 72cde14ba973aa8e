"""Evaluates an acoustic model on held-out recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

import torch

from huisheng.acoustic.contours import SEMITONE
from huisheng.acoustic.inputs import valid_positions
from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.training.acoustic import (
    AcousticBatch,
    AcousticData,
    AcousticModelWithLoss,
    acoustic_losses,
)
from huisheng.training.corpus import Corpus

_DECIBELS: Final = 12.5
"""Decibels of one unit of the spectrogram: −4…4 is 100 dB."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Means over the held-out part.

    Attributes:
        cost: total of `AcousticLosses`.
        mel: dB of difference, mean over bands and frames, for recorded durations and pitch.
        duration: milliseconds of difference, mean over symbols.
        pitch: semitones of difference, mean over voiced frames.
    """

    cost: float
    mel: float
    duration: float
    pitch: float


@torch.inference_mode()
def evaluate(
    model: ParallelSamBert, corpus: Corpus, batches: Sequence[AcousticBatch], speaker: int
) -> Evaluation:
    """Distance of one speaker of a model from recordings.

    Args:
        model: in evaluation mode.
        corpus: of the recordings.
        batches: of B recordings each.
        speaker: that all of them are predicted for.
    """
    model_with_loss = AcousticModelWithLoss(model)
    parts = [_evaluate_batch(model_with_loss, corpus, _with_speaker(batch, speaker)) for batch in batches]
    weights = [len(batch.lengths) / sum(len(one.lengths) for one in batches) for batch in batches]
    names = asdict(parts[0])
    means = {
        name: sum(getattr(one, name) * weight for one, weight in zip(parts, weights, strict=True))
        for name in names
    }
    return Evaluation(means["cost"], means["mel"], means["duration"], means["pitch"])


def nearest_speaker(
    model: ParallelSamBert, corpus: Corpus, batches: Sequence[AcousticBatch], speakers: int
) -> tuple[int, Evaluation]:
    """The one of the first speakers with the least loss on recordings, and its evaluation."""
    evaluations = [evaluate(model, corpus, batches, speaker) for speaker in range(speakers)]
    best = min(range(speakers), key=lambda speaker: evaluations[speaker].cost)
    return best, evaluations[best]


def load_batches(data: AcousticData, most: int) -> list[AcousticBatch]:
    """Batches of B recordings each, at most so many, always the same."""
    return [data.batch(indices) for indices in data.batches(0)[:most]]


def _with_speaker(batch: AcousticBatch, speaker: int) -> AcousticBatch:
    return replace(batch, speakers=torch.full_like(batch.speakers, speaker))


def _evaluate_batch(model: AcousticModelWithLoss, corpus: Corpus, batch: AcousticBatch) -> Evaluation:
    output = model.predict(batch)
    losses = acoustic_losses(batch, output)
    symbols = valid_positions(batch.lengths, batch.symbols.shape[1])
    frames = (output.log_durations.expm1() - batch.durations)[symbols].abs().mean()
    return Evaluation(
        cost=float(losses.total),
        mel=_DECIBELS * float(losses.mel),
        duration=1_000.0 * corpus.hop / corpus.sample_rate * float(frames),
        pitch=float(losses.pitch) / SEMITONE,
    )
