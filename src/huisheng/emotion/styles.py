"""What an emotion does to speech: targets for pitch, time, effort and voice quality, as data.

A style is a set of deviations from neutral. Intensity scales them in the logarithm (semitones and decibels
by multiplication, ratios by power), so 0 is neutral, 1 as designed and 2 twice as far; more gently where a
voice would strain (`shaping.Register`) or hurry.
"""

from __future__ import annotations

import math
import tomllib
from functools import lru_cache, reduce
from importlib import resources
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from huisheng.emotion.names import NAMES
from huisheng.emotion.shaping import soften
from huisheng.types import Emotion, EmotionName

LARGEST_SHARE: Final = 0.36
"""Share of other voices in each half of a style, whatever the intensity: a speaker stays the same person."""

_REMEMBERED: Final = 256
"""Shapes that are kept: an emotion is used by every sentence of a request, and by the next request."""

QUICKEST: Final = 1.14
"""Rate that no emotion passes, whatever its intensity: beyond it syllables get lost (docs/experiments.md)."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Quantity(_Data):
    """One value with its unit and where it comes from."""

    value: float
    unit: str
    source: str


class Blend(_Data):
    """A share of another voice of the engine, mixed into one half of the speaker's style."""

    voice: str
    share: Annotated[float, Field(ge=0, le=LARGEST_SHARE)]
    source: str


class Blends(_Data):
    """Mixtures for one engine: `prosody` moves melody and time, `timbre` the quality of the voice."""

    prosody: tuple[Blend, ...] = ()
    timbre: tuple[Blend, ...] = ()


class Style(_Data):
    """One emotion, as designed (intensity 1).

    Attributes:
        f0_shift: mean of log-F0 against neutral, semitones.
        f0_range: standard deviation of log-F0 against neutral, ratio.
        rate: syllables a second without pauses against neutral, ratio.
        pause: length of pauses against neutral, ratio.
        final_lengthening: length of the last syllable before a pause, ratio.
        final_f0: rise (+) or fall (−) added over that syllable, semitones.
        energy: the model's energy curve (vocal effort), ratio.
        level: loudness, decibels.
        blends: engine name → mixtures.
    """

    name: EmotionName
    label: str
    label_en: str
    description: str
    description_en: str
    f0_shift: Quantity
    f0_range: Quantity
    rate: Quantity
    pause: Quantity
    final_lengthening: Quantity
    final_f0: Quantity
    energy: Quantity
    level: Quantity
    blends: dict[str, Blends] = {}


class Shape(_Data):
    """A style at one intensity: what an engine has to do. Units as in `Style`."""

    f0_shift: float
    f0_range: float
    rate: float
    pause: float
    final_lengthening: float
    final_f0: float
    energy: float
    level: float
    prosody: tuple[tuple[str, float], ...]
    timbre: tuple[tuple[str, float], ...]


@lru_cache(_REMEMBERED)
def shape(emotion: Emotion, engine: str) -> Shape:
    """The style of an emotion at its intensity, for one engine; several at once add up."""
    first, *others = (_shape(STYLES[name], degree, engine) for name, degree in emotion.parts)
    return reduce(_add, others, first)


def _shape(style: Style, degree: float, engine: str) -> Shape:
    blends = style.blends.get(engine, Blends())
    return Shape(
        f0_shift=style.f0_shift.value * degree,
        f0_range=style.f0_range.value**degree,
        rate=_rate(style.rate.value, degree),
        pause=style.pause.value**degree,
        final_lengthening=style.final_lengthening.value**degree,
        final_f0=style.final_f0.value * degree,
        energy=style.energy.value**degree,
        level=style.level.value * degree,
        prosody=_limit_shares(tuple((blend.voice, blend.share * degree) for blend in blends.prosody)),
        timbre=_limit_shares(tuple((blend.voice, blend.share * degree) for blend in blends.timbre)),
    )


def _add(one: Shape, other: Shape) -> Shape:
    """Both deviations from neutral at once: intervals and levels are added, ratios multiplied."""
    return Shape(
        f0_shift=one.f0_shift + other.f0_shift,
        f0_range=one.f0_range * other.f0_range,
        rate=min(QUICKEST, one.rate * other.rate),
        pause=one.pause * other.pause,
        final_lengthening=one.final_lengthening * other.final_lengthening,
        final_f0=one.final_f0 + other.final_f0,
        energy=one.energy * other.energy,
        level=one.level + other.level,
        prosody=_limit_shares(one.prosody + other.prosody),
        timbre=_limit_shares(one.timbre + other.timbre),
    )


def _rate(designed: float, degree: float) -> float:
    """Slower without end; quicker as designed, and from there more gently towards `QUICKEST`."""
    once, more = math.log(designed), max(0.0, degree - 1.0)
    return math.exp(once * min(degree, 1.0) + soften(once * more, math.log(QUICKEST) - once))


def _limit_shares(shares: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    """Shares of voices, scaled back together where their sum would pass `LARGEST_SHARE`; none that are 0."""
    total = sum(share for _, share in shares)
    scale = min(1.0, LARGEST_SHARE / total) if total else 0.0
    return tuple((voice, share * scale) for voice, share in shares if share)


def _read(name: EmotionName) -> Style:
    path = resources.files("huisheng.emotion").joinpath("data", f"{name}.toml")
    return Style.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


STYLES: Final = MappingProxyType({name: _read(name) for name in NAMES})
"""Every emotion, in the order in which people are shown them."""
