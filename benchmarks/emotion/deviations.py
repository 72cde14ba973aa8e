"""How far an emotion lies from the same voice's neutral."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from benchmarks.emotion.measure import Reals
from benchmarks.emotion.takes import Take

Measured: TypeAlias = Mapping[Take, Reals]
"""Take → (Q,) measures; holds the neutral of every take too."""


def paired_deviations(measured: Measured, takes: Sequence[Take]) -> Reals:
    """(S, Q) measures of S takes less those of neutral on the same sentence."""
    return np.stack([measured[take] - measured[take.neutral] for take in takes])


def unpaired_deviations(measured: Measured, takes: Sequence[Take], known: Sequence[str]) -> Reals:
    """(S, Q) measures of S takes less the mean of their voice's neutral over the `known` sentences."""
    means = {voice: _mean(measured, voice, known) for voice in {take.voice for take in takes}}
    return np.stack([measured[take] - means[take.voice] for take in takes])


def _mean(measured: Measured, voice: str, texts: Sequence[str]) -> Reals:
    return np.mean([measured[Take(voice, "neutral", 1.0, text)] for text in texts], axis=0)


def median_deviation(measured: Measured, takes: Sequence[Take]) -> Reals:
    """(Q,) median of the paired deviations."""
    return np.median(paired_deviations(measured, takes), axis=0)
