"""What can be heard of an emotion, measured from the sound: pitch, its spread, the rate and the level.

All four are kept on scales on which a deviation from neutral grows in proportion to the intensity.
"""

from __future__ import annotations

import itertools
import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.loudness import active_level, amplitude
from huisheng.audio.pitch import track_pitch
from huisheng.types import Samples
from huisheng.units import Hertz, Seconds

Reals: TypeAlias = NDArray[np.float64]

MEASURES: Final = ("pitch", "spread", "rate", "level")
"""The axis Q of every array of measures: mean log-F0 in semitones re 1 Hz, logarithm of the standard
deviation of log-F0 in semitones, logarithm of the syllables a second without pauses, active level in dBFS."""

HIGHEST_F0: Final = 720.0
"""Hz. Just above what the engine will speak at the strongest."""

AROUND_QUARTILES: Final = np.array([0.5, 2.0])
"""An octave below the lower quartile, an octave above the upper one."""

FRAME: Final = Seconds(0.01)
QUIET: Final = -35.0
"""dB relative to the active level: below it there is no speech."""
SHORTEST_PAUSE: Final = Seconds(0.08)
"""Shorter stretches of quiet are the closures of stops."""


def measure(samples: Samples, sample_rate: Hertz, syllables: int) -> Reals:
    """(Q,) measures of one utterance.

    Args:
        samples: (N,) at `sample_rate`, with speech in it.
        sample_rate: of the samples.
        syllables: spoken in it.
    """
    pitch = 12.0 * np.log2(voiced_f0(samples, sample_rate))
    rate = syllables / speech_time(samples, sample_rate)
    level = active_level(samples, sample_rate)
    return np.array([pitch.mean(), math.log(float(pitch.std())), math.log(rate), level])


def voiced_f0(samples: Samples, sample_rate: Hertz) -> Reals:
    """(T,) F0 in Hz of the voiced frames of (N,) samples, searched where this utterance moves.

    Two passes, after Hirst, "The analysis by synthesis of speech melody" (2011): the quartiles of the first
    bound the second, so that hiss taken for a high voice does not count.
    """
    wide = track_pitch(samples, sample_rate, ceiling=HIGHEST_F0)
    low, high = np.percentile(wide[wide > 0], (25, 75)) * AROUND_QUARTILES
    f0 = track_pitch(samples, sample_rate, floor=max(60.0, low), ceiling=min(HIGHEST_F0, high))
    return f0[f0 > 0].astype(np.float64)


def speech_time(samples: Samples, sample_rate: Hertz) -> Seconds:
    """Seconds of (N,) samples without the quiet around them and without pauses."""
    length = round(FRAME * sample_rate)
    frames = samples[: len(samples) - len(samples) % length].astype(np.float64).reshape(-1, length)
    threshold = amplitude(active_level(samples, sample_rate) + QUIET)
    quiet = np.sqrt(np.square(frames).mean(axis=1)) < threshold
    runs = [(is_quiet, len(list(run))) for is_quiet, run in itertools.groupby(quiet.tolist())]
    inner = runs[runs[0][0] : len(runs) - runs[-1][0]]
    spoken = sum(run for is_quiet, run in inner if not is_quiet or run * FRAME <= SHORTEST_PAUSE)
    return Seconds(spoken * FRAME)
