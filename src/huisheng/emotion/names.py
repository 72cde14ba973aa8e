"""The names of emotions, and what each stands for."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Final, cast, get_args

from huisheng.errors import OutOfRange, UnknownEmotion
from huisheng.types import Emotion, EmotionName

NAMES: Final = cast("tuple[EmotionName, ...]", get_args(EmotionName))
"""In the order in which people are shown them."""

INTENSITY_RANGE: Final = (0.0, 2.0)

MOST_PARTS: Final = 4
"""Emotions at once."""

_JOINT: Final = "+"
_SHOWN: Final = 40
"""Characters of a name that a message repeats."""
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class NameAlias:
    """Another name: `emotion` at `strength` of the intensity asked for, 2 at most."""

    emotion: EmotionName
    strength: float


def resolve(name: str, intensity: float = 1.0) -> Emotion:
    """The emotion that a name stands for; case and surrounding blanks do not matter.

    Args:
        name: one of `NAMES`, or an alias; empty is neutral. Several with `+` between them sound at
            once, in equal shares or in those behind colons: `happy+surprised`, `sad:0.7+calm:0.3`.
        intensity: 0…2, of the whole.

    Raises:
        UnknownEmotion: no emotion goes by this name.
        OutOfRange: intensity outside 0…2, or shares that are together more than 1.
    """
    low, high = INTENSITY_RANGE
    if not low <= intensity <= high:
        raise OutOfRange("intensity", intensity, low, high)
    if name in NAMES:
        return Emotion(name, intensity)
    if name.count(_JOINT) >= MOST_PARTS:
        raise UnknownEmotion(name[:_SHOWN], NAMES)
    parts = name.split(_JOINT)
    shares = [_part(part, 1.0 / len(parts)) for part in parts]
    total = math.fsum(share for _, share in shares)
    if total > 1.0 + _ROUNDING:
        raise OutOfRange("emotion", total, 0.0, 1.0)
    first, *others = (_find(part, intensity * share) for part, share in shares)
    return replace(first, also=tuple((other.name, other.intensity) for other in others))


def _part(text: str, share: float) -> tuple[str, float]:
    """One emotion of several: a name, and its share behind a colon or that of the others."""
    name, colon, written = text.partition(":")
    if share < 1.0 and not name.strip():
        raise UnknownEmotion(text, NAMES)
    return name, _share(name, written) if colon else share


def _share(name: str, written: str) -> float:
    try:
        share = float(written)
    except ValueError as error:
        raise UnknownEmotion(f"{name}:{written}", NAMES) from error
    if not 0.0 <= share <= 1.0:
        raise OutOfRange("emotion", share, 0.0, 1.0)
    return share


def _find(name: str, intensity: float) -> Emotion:
    key = name.strip().lower() or "neutral"
    if key in NAMES:
        return Emotion(key, intensity)
    alias = aliases().get(key)
    if alias is None:
        raise UnknownEmotion(name, NAMES)
    return Emotion(alias.emotion, min(INTENSITY_RANGE[1], intensity * alias.strength))


@cache
def aliases() -> dict[str, NameAlias]:
    """Every other name, from data/aliases.tsv."""
    text = resources.files("huisheng.emotion").joinpath("data", "aliases.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {
        name: NameAlias(cast("EmotionName", emotion), float(strength)) for name, emotion, strength in rows
    }
