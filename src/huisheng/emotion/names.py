"""The names a feeling goes by, and what each stands for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, cast, get_args

from huisheng.errors import OutOfRange, UnknownEmotion
from huisheng.types import Emotion, EmotionName

NAMES: Final = cast("tuple[EmotionName, ...]", get_args(EmotionName))
"""In the order in which people are shown them."""

INTENSITY_RANGE: Final = (0.0, 2.0)


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name: `emotion` at `strength` of the intensity asked for, 2 at most."""

    emotion: EmotionName
    strength: float


def resolve(name: str, intensity: float = 1.0) -> Emotion:
    """The emotion that a name stands for; case and surrounding blanks do not matter.

    Args:
        name: one of `NAMES`, or an alias; empty is neutral.
        intensity: 0…2.

    Raises:
        UnknownEmotion: no emotion goes by this name.
        OutOfRange: intensity outside 0…2.
    """
    low, high = INTENSITY_RANGE
    if not low <= intensity <= high:
        raise OutOfRange("intensity", intensity, low, high)
    key = name.strip().lower() or "neutral"
    if key in NAMES:
        return Emotion(key, intensity)
    alias = aliases().get(key)
    if alias is None:
        raise UnknownEmotion(name, NAMES)
    return Emotion(alias.emotion, min(high, intensity * alias.strength))


@cache
def aliases() -> dict[str, Alias]:
    """Every other name, from data/aliases.tsv."""
    text = resources.files("huisheng.emotion").joinpath("data", "aliases.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: Alias(cast("EmotionName", emotion), float(strength)) for name, emotion, strength in rows}
