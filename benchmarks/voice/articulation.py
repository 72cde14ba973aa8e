"""How the syllables of a recording were spoken, by when each of them is heard."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from benchmarks.voice.readers import frontend
from benchmarks.voice.takes import Take, clip, read_recording

from huisheng.audio.loudness import SILENCE_LEVEL, active_level
from huisheng.runtime.speech import Speech
from huisheng.types import EnglishWord, Mark, SpokenItem, Timing

_WINDOW: Final = 480
"""Samples of which a loudest moment consists: 20 ms."""


class Articulation(NamedTuple):
    """How the syllables of a text were spoken.

    Attributes:
        pace: seconds a syllable, pauses left out.
        shortest: seconds of the shortest.
        faintest: decibels of the faintest, by its loudest moment, above the level of the whole.
    """

    pace: float
    shortest: float
    faintest: float


def articulation(take: Take) -> Articulation:
    """How a take was spoken that is recorded."""
    speech = read_recording(clip(take))
    lengths = [timing.end - timing.start for timing in speech.timings]
    items = (item for sentence in frontend().sentences(take.text) for item in sentence.items)
    level = active_level(speech.samples, speech.sample_rate)
    return Articulation(
        pace=sum(lengths) / max(1, sum(map(_syllables, items))),
        shortest=min(lengths, default=0.0),
        faintest=min((_loudest(speech, timing) for timing in speech.timings), default=SILENCE_LEVEL) - level,
    )


def _loudest(speech: Speech, timing: Timing) -> float:
    """Level of an item at its loudest, dB of full scale."""
    start, end = (round(seconds * speech.sample_rate) for seconds in (timing.start, timing.end))
    samples = np.pad(speech.samples[start:end], (0, _WINDOW)).astype(np.float64)
    moments = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[:: _WINDOW // 2]
    power = float(np.square(moments).mean(axis=1).max())
    return max(SILENCE_LEVEL, 10.0 * math.log10(max(power, 1e-30)))


def _syllables(item: SpokenItem) -> int:
    """Syllables of one item; those of an English word are its vowels, which bear the stress digits."""
    if isinstance(item, EnglishWord):
        return sum(phone[-1].isdigit() for phone in item.phones)
    return 0 if isinstance(item, Mark) else 1
