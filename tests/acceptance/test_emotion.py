"""Every emotion moves a real voice where it should; the whole proof is benchmarks/emotion."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pytest
from benchmarks.emotion.bands import acceptance, broken_contrasts, in_units
from benchmarks.emotion.casts import Product
from benchmarks.emotion.deviations import median_deviation
from benchmarks.emotion.measure import MEASURES, Reals
from benchmarks.emotion.sentences import read_sentences
from benchmarks.emotion.takes import Ledger, Take, measure_all
from benchmarks.emotion.trends import trends

from huisheng.emotion.names import NAMES
from huisheng.types import EmotionName

pytestmark = pytest.mark.voice

VOICE = "qinglan"
TEXTS = sorted(read_sentences().training, key=len)[:3:2]
"""A statement and a question; both are short, since the voice needs a core for half as long as it speaks."""
EMOTIONS: list[EmotionName] = [name for name in NAMES if name != "neutral"]
GRADED: tuple[EmotionName, ...] = ("happy", "sad")
GRADES = (0.5, 1.0, 2.0)

Measured: TypeAlias = Mapping[Take, Reals]

DIRECTIONS = [
    pytest.param(name, measure, np.sign(low + high), id=f"{name}-{measure}")
    for name in EMOTIONS
    for measure in MEASURES
    for low, high in [acceptance().bands[name].of(measure)]
    if low * high > 0
]
"""Where a band leaves no doubt about the direction."""


@pytest.fixture(scope="module")
def measures_by_take(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    degrees = {(name, 1.0) for name in NAMES} | set(itertools.product(GRADED, GRADES))
    takes = [Take(VOICE, name, degree, text) for name, degree in sorted(degrees) for text in TEXTS]
    ledger = Ledger(tmp_path_factory.mktemp("emotion") / "takes.jsonl")
    return dict(measure_all(takes, Product(), ledger, jobs=2))


def median_units(measured: Measured, emotion: EmotionName) -> Reals:
    """(Q,) median deviation from neutral at intensity 1, in the units of the bands."""
    return in_units(median_deviation(measured, [Take(VOICE, emotion, 1.0, text) for text in TEXTS]))


@pytest.mark.parametrize(("emotion", "measure", "sign"), DIRECTIONS)
def test_an_emotion_moves_the_voice_in_its_direction(
    measures_by_take: Measured, emotion: EmotionName, measure: str, sign: float
) -> None:
    assert median_units(measures_by_take, emotion)[MEASURES.index(measure)] * sign > 0


def test_the_contrasts_between_the_emotions_hold(measures_by_take: Measured) -> None:
    assert broken_contrasts({emotion: median_units(measures_by_take, emotion) for emotion in EMOTIONS}) == []


@pytest.mark.parametrize("emotion", GRADED)
def test_more_intensity_is_more_of_the_same(measures_by_take: Measured, emotion: EmotionName) -> None:
    found = trends(measures_by_take, emotion, VOICE, TEXTS, GRADES)

    assert [trend for trend in found if not trend.monotone] == []
