"""Stress on a word, as the same controls that everything else has."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import resources
from typing import NamedTuple

from huisheng.types import Inflection


class EmphasisLevel(NamedTuple):
    """What one level changes: factors of speed, width and effort, semitones, decibels."""

    speed: float
    pitch: float
    range: float
    volume: float
    effort: float


def apply_emphasis(inflection: Inflection) -> Inflection:
    """The same inflection with its emphasis turned into speed, pitch, range, volume and effort."""
    if not inflection.emphasis:
        return inflection
    level = _levels()[inflection.emphasis]
    return replace(
        inflection,
        emphasis=0,
        speed=inflection.speed * level.speed,
        pitch=inflection.pitch + level.pitch,
        range=inflection.range * level.range,
        volume=inflection.volume + level.volume,
        effort=inflection.effort * level.effort,
    )


@cache
def _levels() -> dict[int, EmphasisLevel]:
    text = resources.files("huisheng.emotion").joinpath("data", "emphasis.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {int(number): EmphasisLevel(*map(float, values)) for number, *values in rows}
