"""What one request may cost: refused before any work where that can be known, held while it goes on."""

from __future__ import annotations

import pytest
from tests.unit.runtime.counting import CountingEngine

from huisheng.errors import AudioTooLarge, SpeechTooLong, SpokenTextTooLong
from huisheng.runtime.budget import UNLIMITED, Budget
from huisheng.runtime.options import SynthesisOptions
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.text.frontend import Frontend
from huisheng.units import Hertz, Seconds

RATE = Hertz(8_000)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("啊，" * 20, {"lexicon": {"啊": "=" + "好" * 199}}),
        ("½" * 30, {}),
        ("⩥" * 10, {}),
        ("1234567890" * 11, {}),
        ('<speak><sub alias="' + "好" * 101 + '">啊</sub></speak>', {}),
        ('<speak><say-as interpret-as="characters">' + "⩥" * 10 + "</say-as></speak>", {}),
    ],
    ids=["lexicon", "fractions", "names of signs", "digits", "alias", "say-as"],
)
def test_what_is_said_counts_and_is_refused_before_any_work(
    frontend: Frontend, text: str, given: dict[str, dict[str, str]]
) -> None:
    engine = CountingEngine()

    with pytest.raises(SpokenTextTooLong) as refusal:
        Synthesizer(engine, frontend).synthesize(
            text, SynthesisOptions.parse(given), budget=Budget(characters=100)
        )

    assert (refusal.value.length > 100, refusal.value.limit, engine.asked) == (True, 100, 0)


def test_a_text_of_just_the_limit_is_said(synthesizer: Synthesizer) -> None:
    assert list(synthesizer.synthesize("好" * 100, SynthesisOptions(), budget=Budget(characters=100)).chunks)


@pytest.mark.parametrize(
    "text", ["好[停顿 10s]" * 7, '<speak>好<break time="9s"/>' * 1 + '好<break time="9s"/>' * 6 + "</speak>"]
)
def test_pauses_count_and_are_refused_before_any_work(frontend: Frontend, text: str) -> None:
    engine = CountingEngine()

    with pytest.raises(SpeechTooLong):
        Synthesizer(engine, frontend).synthesize(
            text, SynthesisOptions(), budget=Budget(seconds=Seconds(60.0))
        )

    assert engine.asked == 0


def test_a_text_that_no_voice_says_so_fast_is_refused_before_any_work(frontend: Frontend) -> None:
    engine = CountingEngine()

    with pytest.raises(SpeechTooLong):
        Synthesizer(engine, frontend).synthesize(
            "好" * 2_000, SynthesisOptions(), budget=Budget(seconds=Seconds(60.0))
        )

    assert engine.asked == 0


def test_sound_is_held_while_it_is_made(frontend: Frontend) -> None:
    engine = CountingEngine(seconds_per_item=10.0)
    stream = Synthesizer(engine, frontend).synthesize(
        "好。" * 100, SynthesisOptions(), budget=Budget(seconds=Seconds(60.0))
    )

    with pytest.raises(SpeechTooLong):
        list(stream.chunks)

    assert engine.asked <= 7


def test_what_earlier_parts_have_taken_counts(synthesizer: Synthesizer) -> None:
    budget = Budget(seconds=Seconds(60.0), spent=Seconds(59.9))

    with pytest.raises(SpeechTooLong):
        list(synthesizer.synthesize("你好。", SynthesisOptions(), budget=budget).chunks)


def test_chunks_within_the_budget_are_those_without_one(synthesizer: Synthesizer) -> None:
    text = "你好。再见。"
    within, free = (
        [chunk.duration for chunk in synthesizer.synthesize(text, SynthesisOptions(), budget=budget).chunks]
        for budget in (Budget(seconds=Seconds(60.0)), UNLIMITED)
    )

    assert within == free


def test_bytes_are_held() -> None:
    Budget(bytes=10).require_bytes(10)

    with pytest.raises(AudioTooLarge):
        Budget(bytes=10).require_bytes(11)


def test_an_explanation_is_as_long_as_a_speech_may_be(synthesizer: Synthesizer) -> None:
    with pytest.raises(SpokenTextTooLong):
        synthesizer.explain_reading(
            "啊" * 20, SynthesisOptions(lexicon={"啊": "=" + "好" * 199}), Budget(characters=100)
        )
