"""Stress on a word, as the same controls that everything else has."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import resources
from typing import NamedTuple

from huisheng.types import Inflection


class Stress(NamedTuple):
    """What a level of emphasis changes: factors of speed, width and effort, semitones, decibels."""

    speed: float
    pitch: float
    range: float
    volume: float
    effort: float


def stressed(inflection: Inflection) -> Inflection:
    """The same inflection with its emphasis turned into speed, pitch, range, volume and effort."""
    if not inflection.emphasis:
        return inflection
    stress = _levels()[inflection.emphasis]
    return replace(
        inflection,
        emphasis=0,
        speed=inflection.speed * stress.speed,
        pitch=inflection.pitch + stress.pitch,
        range=inflection.range * stress.range,
        volume=inflection.volume + stress.volume,
        effort=inflection.effort * stress.effort,
    )


@cache
def _levels() -> dict[int, Stress]:
    text = resources.files("huisheng.emotion").joinpath("data", "emphasis.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {int(level): Stress(*map(float, values)) for level, *values in rows}
