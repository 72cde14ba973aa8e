"""The numbers of one recording: what `recipes.builtin.features` takes from a teacher, measured."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.decoding import decoding
from huisheng.audio.pitch import HOP, track_pitch
from huisheng.audio.resampling import resample
from huisheng.audio.spectrogram import SpectrogramSettings, log_mel
from huisheng.training.acoustic import filled
from huisheng.training.corpus import FULL_SCALE, Arrays, effort
from huisheng.tuning.alignment import Alignment
from huisheng.tuning.lines import Line
from huisheng.types import Samples
from huisheng.units import Decibels, Hertz

LEVEL: Final = Decibels(-26.0)
"""dB of full scale that the speech of trainers' corpora has, pauses not counted."""

LEAD: Final = 4
TAIL: Final = 8
"""Frames of silence that are kept before and after the speech, at most."""

_SCALE: Final = 8.0
"""A mel of 0…1 becomes one of −4…4."""


def read(path: Path, settings: SpectrogramSettings) -> Samples:
    """(N,) samples of a piece at the rate of the spectrogram, N a multiple of its hop.

    Raises:
        UnreadableAudio: it is no sound.
    """
    with decoding(path) as file:
        mono = np.concatenate([np.zeros(0, np.float32), *(block.mean(axis=1) for block in file.blocks())])
        samples = resample(mono.astype(np.float32), Hertz(file.sample_rate), settings.sample_rate)
    return samples[: len(samples) // settings.hop * settings.hop]


def spectrogram(samples: Samples, settings: SpectrogramSettings) -> NDArray[np.float32]:
    """(N,) → (T, M), −4…4, T = N / hop."""
    return _SCALE * (log_mel(samples, settings) - np.float32(0.5))


class Kept(NamedTuple):
    """What of a piece is kept, T frames.

    Attributes:
        start: first frame.
        durations: (L,) int64 frames of each symbol from there on; their sum is T.
    """

    start: int
    durations: NDArray[np.int64]


def kept(line: Line, found: Alignment) -> Kept:
    """Speech with a little silence. That before belongs to the first symbol, that behind to the last, as in
    the corpora that models are trained on.
    """
    durations = found.durations.copy()
    lead = min(found.lead, LEAD)
    durations[0] += lead
    if not line.spoken[-1]:
        durations[-1] = min(durations[-1], TAIL)
    return Kept(found.lead - lead, durations)


def arrays(
    samples: Samples, settings: SpectrogramSettings, line: Line, part: Kept, sung: NDArray[np.bool_]
) -> Arrays:
    """
    Args:
        samples: (N,) of a piece.
        settings: of the spectrogram.
        line: its L symbols.
        part: what is kept of it.
        sung: (T,) frames that the base gives a pitch. Its teacher gives one to voiceless consonants, too; no
            recording has that, so it is drawn as a line between what is voiced.
    """
    count = int(part.durations.sum())
    frames = slice(part.start, part.start + count)
    speech = samples[frames.start * settings.hop : frames.stop * settings.hop]
    mel = spectrogram(speech, settings).astype(np.float16)
    track = pitch(samples, settings)[frames]
    voiced = (track > 0.0) | (sung & (track > 0.0).any())
    return Arrays(
        symbols=line.ids.astype(np.int16),
        durations=part.durations.astype(np.int16),
        f0=np.where(voiced, filled(track), np.float32(0.0)),
        energy=effort(mel),
        mel=mel,
        samples=np.rint(np.clip(speech, -1.0, 1.0) * FULL_SCALE).astype(np.int16),
        turns=0.0,
    )


def pitch(samples: Samples, settings: SpectrogramSettings) -> NDArray[np.float32]:
    """(N,) → (T,) Hz in the middle of each frame, 0 where unvoiced, T = N / hop."""
    track = track_pitch(samples, settings.sample_rate)  # (T′,) every 10 ms
    middles = (np.arange(len(samples) // settings.hop) + 0.5) * (settings.hop / settings.sample_rate / HOP)
    nearest = np.minimum(np.rint(middles).astype(np.int64), len(track) - 1)
    between = np.exp(np.interp(middles, np.arange(len(track)), np.log(filled(track))))
    return np.where(track[nearest] > 0.0, between, 0.0).astype(np.float32)
