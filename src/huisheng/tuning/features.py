"""Measures the training arrays of one recording, which `recipes.builtin.features` takes from a teacher."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.decoding import decoding
from huisheng.audio.pitch import HOP, track_pitch
from huisheng.audio.resampling import resample
from huisheng.audio.spectrogram import SpectrogramSettings, log_mel
from huisheng.training.acoustic import interpolate_f0
from huisheng.training.corpus import FULL_SCALE, Arrays, mel_energy
from huisheng.tuning.forced_alignment import ForcedAlignment
from huisheng.tuning.symbols import SymbolSequence
from huisheng.types import Samples
from huisheng.units import Decibels, Hertz

LEVEL: Final = Decibels(-26.0)
"""dB of full scale that the speech of trainers' corpora has, pauses not counted."""

LEAD: Final = 4
TAIL: Final = 8
"""Frames of silence that are kept before and after the speech, at most."""

_SCALE: Final = 8.0
"""Factor from log mel of 0…1 to −4…4."""


def read_samples(path: Path, settings: SpectrogramSettings) -> Samples:
    """(N,) samples of a piece at the rate of the spectrogram, N a multiple of its hop.

    Raises:
        UnreadableAudio: it is no audio file.
    """
    with decoding(path) as file:
        mono = np.concatenate([np.zeros(0, np.float32), *(block.mean(axis=1) for block in file.blocks())])
        samples = resample(mono.astype(np.float32), Hertz(file.sample_rate), settings.sample_rate)
    return samples[: len(samples) // settings.hop * settings.hop]


def spectrogram(samples: Samples, settings: SpectrogramSettings) -> NDArray[np.float32]:
    """(N,) samples → (T, M) log mel, −4…4, T = N / hop."""
    return _SCALE * (log_mel(samples, settings) - np.float32(0.5))


class Excerpt(NamedTuple):
    """T frames of a piece that are kept.

    Attributes:
        start: first frame.
        durations: (L,) int64 frames of each symbol from there on; their sum is T.
    """

    start: int
    durations: NDArray[np.int64]


def trim_silence(line: SymbolSequence, alignment: ForcedAlignment) -> Excerpt:
    """The speech with a little silence. That before belongs to the first symbol, that behind to the last, as
    in the corpora that models are trained on.
    """
    durations = alignment.durations.copy()
    lead = min(alignment.lead, LEAD)
    durations[0] += lead
    if not line.spoken[-1]:
        durations[-1] = min(durations[-1], TAIL)
    return Excerpt(alignment.lead - lead, durations)


def make_arrays(
    samples: Samples,
    settings: SpectrogramSettings,
    line: SymbolSequence,
    part: Excerpt,
    predicted_voicing: NDArray[np.bool_],
) -> Arrays:
    """The training arrays of a piece: mel (T, M) and more.

    Args:
        samples: (N,) of a piece.
        settings: of the spectrogram.
        line: its L symbols.
        part: frames that are kept.
        predicted_voicing: (T,) frames that the base predicts to be voiced. Its teacher has F0 in voiceless
            consonants, too; no recording has, so it is interpolated between voiced frames.
    """
    count = int(part.durations.sum())
    frames = slice(part.start, part.start + count)
    speech = samples[frames.start * settings.hop : frames.stop * settings.hop]
    mel = spectrogram(speech, settings).astype(np.float16)
    track = frame_f0(samples, settings)[frames]
    voiced = (track > 0.0) | (predicted_voicing & (track > 0.0).any())
    return Arrays(
        symbols=line.ids.astype(np.int16),
        durations=part.durations.astype(np.int16),
        f0=np.where(voiced, interpolate_f0(track), np.float32(0.0)),
        energy=mel_energy(mel),
        mel=mel,
        samples=np.rint(np.clip(speech, -1.0, 1.0) * FULL_SCALE).astype(np.int16),
        turns=0.0,
    )


def frame_f0(samples: Samples, settings: SpectrogramSettings) -> NDArray[np.float32]:
    """F0 of shape (T,), Hz in the middle of each frame of (N,) samples, 0 where unvoiced, T = N / hop."""
    track = track_pitch(samples, settings.sample_rate)  # (T′,) every 10 ms
    middles = (np.arange(len(samples) // settings.hop) + 0.5) * (settings.hop / settings.sample_rate / HOP)
    nearest = np.minimum(np.rint(middles).astype(np.int64), len(track) - 1)
    between = np.exp(np.interp(middles, np.arange(len(track)), np.log(interpolate_f0(track))))
    return np.where(track[nearest] > 0.0, between, 0.0).astype(np.float32)
