"""The first question: does each emotion, as designed, lie where it should?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks.emotion.bands import check_band, in_units
from benchmarks.emotion.deviations import Measured, median_deviation
from benchmarks.emotion.measure import Reals
from benchmarks.emotion.takes import Take

from huisheng.types import EmotionName


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """One emotion at intensity 1, in `UNITS`.

    Attributes:
        emotion: its name.
        pooled: (Q,) median over voices and sentences.
        voices: (V, Q) median of each voice over the sentences.
        accepted: measure → whether `pooled` lies in the band.
    """

    emotion: EmotionName
    pooled: Reals
    voices: Reals
    accepted: dict[str, bool]


def standing(
    measured: Measured, emotion: EmotionName, voices: Sequence[str], texts: Sequence[str]
) -> Standing:
    """Where an emotion stands with these voices on these sentences."""
    takes = {voice: [Take(voice, emotion, 1.0, text) for text in texts] for voice in voices}
    pooled = in_units(median_deviation(measured, [take for its in takes.values() for take in its]))
    medians = in_units(np.stack([median_deviation(measured, its) for its in takes.values()]))
    return Standing(emotion, pooled, medians, check_band(emotion, pooled))
