"""The fourth question: what do the emotions cost in quality, in clearness, and in being oneself?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from benchmarks.emotion.measure import Reals
from benchmarks.emotion.takes import Take

INTENSITIES: Final = (1.0, 2.0)

LARGEST_FALL: Final = {1.0: 0.15, 2.0: 0.4}
"""Intensity → fall of DNSMOS overall (1…5) against neutral."""

LARGEST_RISE: Final = 2.0
"""Percentage points of syllables misheard, against neutral."""

QUALITY, ERRORS, SYLLABLES, SPEAKER = 0, 1, 2, slice(3, None)
"""Places in what an ear says of a take."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one emotion costs at one intensity, over all voices and sentences.

    Attributes:
        quality: DNSMOS overall, mean change against neutral.
        errors: syllables misheard, change against neutral in percentage points.
        accepted: whether both are within the limits.
    """

    emotion: str
    intensity: float
    quality: float
    errors: float
    accepted: bool


def cost(heard: Mapping[Take, Reals], takes: Sequence[Take]) -> Cost:
    """What the takes of one emotion at one intensity cost against neutral on the same sentences."""
    here = np.stack([heard[take] for take in takes])
    plain = np.stack([heard[take.neutral] for take in takes])
    quality = float((here[:, QUALITY] - plain[:, QUALITY]).mean())
    errors = 100.0 * float((here[:, ERRORS] - plain[:, ERRORS]).sum() / here[:, SYLLABLES].sum())
    emotion, intensity = takes[0].emotion, takes[0].intensity
    fine = quality >= -LARGEST_FALL[intensity] and errors <= LARGEST_RISE
    return Cost(emotion, intensity, quality, errors, fine)


@dataclass(frozen=True, slots=True)
class Identity:
    """Distances (1 − cosine, 0…1) between speakers, and between one speaker's emotions.

    A speaker in one emotion is the mean direction of that emotion's takes.

    Attributes:
        within: between two emotions (or neutral) of one speaker, on average; of the speaker who varies most.
        between: between two speakers in whatever emotions, on average; of the two who are nearest.
        within_max: between the two emotions of one speaker that are furthest apart.
        between_min: between the two speakers and emotions that are nearest.
    """

    within: float
    between: float
    within_max: float
    between_min: float

    @property
    def distinct(self) -> bool:
        """Whether every two speakers are further apart than the emotions of any one speaker, on average."""
        return self.within < self.between

    @property
    def always_distinct(self) -> bool:
        """Whether that is so of every single pair of emotions."""
        return self.within_max < self.between_min


def identity(heard: Mapping[Take, Reals], intensity: float) -> Identity | None:
    """Distances of all voices at this intensity, neutral included.

    Returns:
        None for fewer than two voices or no emotions.
    """
    groups: dict[tuple[str, str], list[Reals]] = {}
    for take, values in heard.items():
        if take.emotion == "neutral" or take.intensity == intensity:
            groups.setdefault((take.voice, take.emotion), []).append(values[SPEAKER])
    means = {name: _unit(np.mean(vectors, axis=0)) for name, vectors in groups.items()}
    pairs: dict[tuple[str, ...], list[float]] = {}
    for one, other in itertools.combinations(means, 2):
        voices = tuple(sorted({one[0], other[0]}))
        pairs.setdefault(voices, []).append(1.0 - float(means[one] @ means[other]))
    within = [distances for voices, distances in pairs.items() if len(voices) == 1]
    between = [distances for voices, distances in pairs.items() if len(voices) == 2]
    if not within or not between:
        return None
    return Identity(
        within=max(float(np.mean(distances)) for distances in within),
        between=min(float(np.mean(distances)) for distances in between),
        within_max=max(map(max, within)),
        between_min=min(map(min, between)),
    )


def _unit(vector: Reals) -> Reals:
    return vector / np.linalg.norm(vector)
