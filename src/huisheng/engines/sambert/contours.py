"""Melody, voicing and effort of every frame, as predicted and as a request wants them.

What is asked is arithmetic on F0 in semitones and on energy; the decoder hears the result, and the vocoder's
pulses follow it to the sample.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.emotion.shaping import HIGHEST_F0, LOWEST_F0
from huisheng.engines.sambert.plan import Frames, Plan

Curve: TypeAlias = NDArray[np.float32]
"""(T,) one value a frame."""

MIDDLE: Final = 200.0
"""Hz that a pitch of 0 stands for."""

PER_OCTAVE: Final = 2.0
"""Pitch from one octave to the next."""

_SEMITONES: Final = 12.0 / PER_OCTAVE
"""Per unit of pitch."""


class Contours(NamedTuple):
    """What frames are sung like.

    Attributes:
        pitch: (T,) height of F0, `f0_of` Hz, finite also where nothing is voiced.
        voicing: (T,) 1 where a frame is voiced, else 0.
        energy: (T,) normalised.
    """

    pitch: Curve
    voicing: Curve
    energy: Curve


def wished(plan: Plan, frames: Frames, said: Contours, ratio: float | None) -> Contours:
    """Contours as a plan wants them: words higher, wider around the mean of the whole, with more effort.

    Args:
        plan: of L symbols.
        frames: (L,) that each lasts, T together.
        said: as predicted, voicing as log odds, all finite.
        ratio: mean energy over its deviation; None where the corpus is not known.
    """

    def each(values: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.repeat(values.astype(np.float64), frames)  # (L,) → (T,)

    voiced = said.voicing > 0.0
    heights = said.pitch.astype(np.float64) * _SEMITONES
    middle = heights[voiced].mean() if voiced.any() else 0.0
    moved = middle + (heights - middle) * each(plan.widths) + each(plan.intervals)
    lowest, highest = (12.0 * math.log2(end / MIDDLE) for end in (LOWEST_F0, HIGHEST_F0))
    factor, bias = plan.effort(ratio)
    return Contours(
        (np.clip(moved, lowest, highest) / _SEMITONES).astype(np.float32),
        voiced.astype(np.float32),
        (said.energy * each(factor) + each(bias)).astype(np.float32),
    )


def height_of(hertz: NDArray[np.float64]) -> Curve:
    """(T,) pitch for (T,) Hz, all above 0."""
    return (PER_OCTAVE * np.log2(hertz / MIDDLE)).astype(np.float32)


def f0_of(pitch: Curve, voicing: Curve) -> Curve:
    """(T,) Hz, 0 where a frame is not voiced."""
    return np.where(voicing > 0.0, MIDDLE * np.exp2(pitch / PER_OCTAVE), 0.0).astype(np.float32)
