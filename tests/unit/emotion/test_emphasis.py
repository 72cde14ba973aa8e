"""Stress on a word, turned into the controls that everything else has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.emotion.emphasis import apply_emphasis
from huisheng.types import PLAIN, Emotion, Inflection

INFLECTIONS = st.builds(
    Inflection,
    speed=st.floats(0.25, 4.0),
    pitch=st.floats(-12.0, 12.0),
    range=st.floats(0.25, 4.0),
    volume=st.floats(-20.0, 20.0),
    emphasis=st.sampled_from([-1, 0, 1, 2]),
)


def test_a_word_without_emphasis_stays_as_it_is() -> None:
    assert apply_emphasis(PLAIN) is PLAIN


def test_a_stressed_word_is_slower_higher_wider_and_louder() -> None:
    moderate, strong = apply_emphasis(Inflection(emphasis=1)), apply_emphasis(Inflection(emphasis=2))

    assert 1.0 > moderate.speed > strong.speed
    assert 0.0 < moderate.pitch < strong.pitch
    assert 1.0 < moderate.range < strong.range
    assert 0.0 < moderate.volume < strong.volume
    assert 1.0 < moderate.effort < strong.effort


def test_a_reduced_word_is_faster_lower_narrower_and_softer() -> None:
    reduced = apply_emphasis(Inflection(emphasis=-1))

    assert (reduced.speed > 1.0, reduced.pitch < 0.0, reduced.range < 1.0, reduced.volume < 0.0) == (
        True,
    ) * 4


@given(INFLECTIONS)
def test_stress_comes_on_top_of_what_was_asked_for(inflection: Inflection) -> None:
    alone, both = apply_emphasis(Inflection(emphasis=inflection.emphasis)), apply_emphasis(inflection)

    assert both.emphasis == 0
    assert both.speed == pytest.approx(inflection.speed * alone.speed)
    assert both.pitch == pytest.approx(inflection.pitch + alone.pitch)
    assert both.range == pytest.approx(inflection.range * alone.range)
    assert both.volume == pytest.approx(inflection.volume + alone.volume)


def test_voice_and_emotion_stay() -> None:
    inflection = apply_emphasis(Inflection(voice="qinglan", emotion=Emotion("happy"), emphasis=2))

    assert (inflection.voice, inflection.emotion) == ("qinglan", Emotion("happy"))


@given(INFLECTIONS)
def test_what_has_been_stressed_is_not_stressed_again(inflection: Inflection) -> None:
    once = apply_emphasis(inflection)

    assert apply_emphasis(once) == once
