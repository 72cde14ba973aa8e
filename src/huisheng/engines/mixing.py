"""Several speakers as one voice: `lan:0.7+mei:0.3`, written by ids and shares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

JOINT: Final = "+"
"""Between the speakers."""
MOST_PARTS: Final = 16
LARGEST_SHARE: Final = 1_000_000.0
"""Before shares are scaled to add up to 1."""
_SHOWN: Final = 64
"""Characters of a voice that is none which a message repeats."""


def shares(voice: str) -> dict[str, float]:
    """Ids and how much each has of the voice, together 1; a single id has all of it.

    Shares that are left out are equal. What is no share, or leaves nothing to hear, is taken for an id that
    no voice has.
    """
    if JOINT not in voice:
        return {voice: 1.0}
    if voice.count(JOINT) >= MOST_PARTS:
        return {voice[:_SHOWN]: 1.0}
    parts = [_part(part.strip()) for part in voice.split(JOINT)]
    total = math.fsum(share for _, share in parts)
    known: dict[str, float] = {}
    for name, share in parts:
        known[name] = known.get(name, 0.0) + share / total if total > 0.0 else 0.0
    return known


def format_mixture(parts: Mapping[str, float]) -> str:
    """The voice that `shares` reads."""
    if len(parts) == 1:
        return next(iter(parts))
    return JOINT.join(f"{name}:{share:.6g}" for name, share in parts.items())


def _part(text: str) -> tuple[str, float]:
    """An id, which may itself have a colon, and its share."""
    name, colon, number = text.rpartition(":")
    try:
        share = float(number) if colon else math.nan
    except ValueError:
        share = math.nan
    if not colon or math.isnan(share):
        return text, 1.0
    return (name.strip(), share) if 0.0 <= share <= LARGEST_SHARE else (text, 0.0)
