"""A long recording as pieces of a few seconds, cut where it is quietest: recognizers learn from short ones.

Runs in the environment of the ear too, so it needs nothing but numpy.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

FRAME: Final = 0.01
"""Seconds."""
SHORTEST: Final = 2.0
LONGEST: Final = 6.0
"""Seconds of a piece; the last one may be longer, by less than `SHORTEST`, or shorter."""
SMOOTHED: Final = 0.15
"""Seconds over which quiet is judged: the closure of a stop is shorter, a pause between clauses is not."""


def pieces(samples: NDArray[np.float32], sample_rate: int) -> list[NDArray[np.float32]]:
    """Cut a recording at the quietest moment within reach of the last cut, until what is left is short.

    Args:
        samples: (N,) at `sample_rate`.
        sample_rate: Hz.

    Returns:
        Pieces (n,) that follow each other; together the whole.
    """
    frame = round(FRAME * sample_rate)
    whole = samples[: len(samples) // frame * frame].astype(np.float64)
    power = np.square(whole).reshape(-1, frame).mean(axis=1)
    width = round(SMOOTHED / FRAME)
    smooth = np.convolve(power, np.ones(width) / width, mode="same")
    return np.split(samples, [cut * frame for cut in _cuts(smooth)])


def _cuts(power: NDArray[np.float64]) -> list[int]:
    """Frames of (T,) smoothed power at which it is cut."""
    shortest, longest = round(SHORTEST / FRAME), round(LONGEST / FRAME)
    cuts: list[int] = []
    begin = 0
    while len(power) - begin > longest + shortest:
        first = begin + shortest
        begin = first + int(power[first : begin + longest].argmin())
        cuts.append(begin)
    return cuts
