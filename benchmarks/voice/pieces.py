"""A long recording as pieces of a few seconds, cut where it is quietest: recognizers learn from short ones.

Runs in the environment of the ear too, so it needs nothing but numpy.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

FRAME: Final = 0.01
"""Seconds."""
SMOOTHED: Final = 0.15
"""Seconds over which quiet is judged: the closure of a stop is shorter, a pause between clauses is not."""


class TranscriptionSetup(NamedTuple):
    """A way of listening.

    Attributes:
        stretch: how much slower, and lower, a recording is played.
        shortest, longest: seconds of a piece; the last may be longer, by less than `shortest`, or shorter.
    """

    stretch: float = 1.0
    shortest: float = 2.0
    longest: float = 6.0


PLAIN: Final = TranscriptionSetup()
OTHERS: Final = (
    TranscriptionSetup(1.06),
    TranscriptionSetup(0.94),
    TranscriptionSetup(1.0, 1.2, 3.5),
    TranscriptionSetup(1.06, 3.0, 9.0),
)
"""A recognizer that goes wrong in one of them mostly does not in the next; a word that was not said is
missing in all."""


def pieces(
    samples: NDArray[np.float32], sample_rate: int, setup: TranscriptionSetup = PLAIN
) -> list[NDArray[np.float32]]:
    """Cut a recording at the quietest moment within reach of the last cut, until what is left is short.

    Args:
        samples: (N,) at `sample_rate`, already stretched.
        sample_rate: Hz.
        setup: tells how long the pieces are.

    Returns:
        Pieces (n,) that follow each other; together the whole.
    """
    frame = round(FRAME * sample_rate)
    whole = samples[: len(samples) // frame * frame].astype(np.float64)
    power = np.square(whole).reshape(-1, frame).mean(axis=1)
    width = round(SMOOTHED / FRAME)
    smooth = np.convolve(power, np.ones(width) / width, mode="same")
    return np.split(samples, [cut * frame for cut in _cuts(smooth, setup)])


def _cuts(power: NDArray[np.float64], setup: TranscriptionSetup) -> list[int]:
    """Frames of (T,) smoothed power at which it is cut."""
    shortest, longest = round(setup.shortest / FRAME), round(setup.longest / FRAME)
    cuts: list[int] = []
    begin = 0
    while len(power) - begin > longest + shortest:
        first = begin + shortest
        begin = first + int(power[first : begin + longest].argmin())
        cuts.append(begin)
    return cuts
