"""What is accepted: bands, contrasts and tolerances, from bands.toml."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import numpy as np
from benchmarks.emotion.measure import MEASURES, Reals
from pydantic import BaseModel, ConfigDict, Field

from huisheng.types import EmotionName

Measure: TypeAlias = Literal["pitch", "spread", "rate", "level"]

Interval: TypeAlias = tuple[float, float]

UNITS: Final = {"pitch": "st", "spread": "%", "rate": "%", "level": "dB"}

_RATIO: Final = np.array([UNITS[name] == "%" for name in MEASURES])


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Band(_Data):
    """Lowest and highest deviation from neutral at intensity 1, in `UNITS`."""

    pitch: Interval
    spread: Interval
    rate: Interval
    level: Interval

    def of(self, measure: str) -> Interval:
        """The interval of one measure."""
        return self.model_dump()[measure]


class Tolerance(_Data):
    """The error of a median, in `UNITS`."""

    pitch: float
    spread: float
    rate: float
    level: float


class Contrast(_Data):
    """Each of `higher` lies above each of `lower` by more than `margin`, in `UNITS`."""

    rule: str
    higher: tuple[EmotionName, ...]
    lower: tuple[EmotionName, ...]
    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]
    margin: float = 0.0


class Acceptance(_Data):
    """All of it."""

    bands: dict[EmotionName, Band]
    contrasts: tuple[Contrast, ...]
    tolerance: Tolerance


@functools.cache
def acceptance() -> Acceptance:
    """From bands.toml."""
    text = Path(__file__).with_name("bands.toml").read_text(encoding="utf-8")
    return Acceptance.model_validate(tomllib.loads(text))


def in_units(deviation: Reals) -> Reals:
    """(…, Q) deviations as `measure` scales them, in `UNITS`: logarithms of ratios become per cent."""
    return np.where(_RATIO, 100.0 * np.expm1(np.where(_RATIO, deviation, 0.0)), deviation)


def check_band(emotion: str, deviation: Reals) -> dict[str, bool]:
    """Measure → whether the (Q,) deviation in `UNITS` lies in the band of the emotion."""
    band = acceptance().bands[emotion]  # pyright: ignore[reportArgumentType]
    limits = {name: band.of(name) for name in MEASURES}
    return {
        name: low <= value <= high
        for (name, (low, high)), value in zip(limits.items(), deviation.tolist(), strict=True)
    }


def broken_contrasts(deviations: dict[str, Reals]) -> list[str]:
    """The contrasts that do not hold, with the pair and the measure.

    Args:
        deviations: emotion → (Q,) deviation in `UNITS`, without neutral; absent ones are not judged.
    """
    known = {"neutral": np.zeros(len(MEASURES)), **deviations}
    return [
        f"{contrast.rule}: {higher} − {lower} {measure} {difference:+.2f} {UNITS[measure]}"
        for contrast in acceptance().contrasts
        for higher in contrast.higher
        for lower in contrast.lower
        for measure in contrast.measures
        if higher in known and lower in known
        for difference in [float((known[higher] - known[lower])[MEASURES.index(measure)])]
        if difference <= contrast.margin
    ]
