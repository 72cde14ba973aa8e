"""What one request may cost: refused before any work where that can be known, held while it goes on."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import pytest
from tests.unit.runtime.counting import CountingEngine

from huisheng.errors import AudioTooLarge, SpeechTooLong, SpokenTextTooLong
from huisheng.runtime.budget import Budget
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.text.frontend import Frontend
from huisheng.types import AudioChunk
from huisheng.units import Hertz, Seconds

RATE = Hertz(8_000)


def chunks(count: int) -> Generator[AudioChunk, None, str]:
    """Each a second long."""
    for _ in range(count):
        yield AudioChunk(np.zeros(RATE, np.float32), RATE)
    return "the end"


def collected(source: Generator[AudioChunk, None, str]) -> tuple[list[float], str]:
    """The lengths of all chunks, and what the generator returns."""
    lengths: list[float] = []
    returned: list[str] = []

    def drive() -> Generator[AudioChunk]:
        returned.append((yield from source))

    lengths += [chunk.duration for chunk in drive()]
    return lengths, returned[0]


@pytest.mark.parametrize(
    ("text", "manner"),
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
    frontend: Frontend, text: str, manner: dict[str, dict[str, str]]
) -> None:
    engine = CountingEngine()

    with pytest.raises(SpokenTextTooLong) as refusal:
        Synthesizer(engine, frontend).render(text, budget=Budget(characters=100), **manner)  # pyright: ignore[reportArgumentType]

    assert (refusal.value.length > 100, refusal.value.limit, engine.asked) == (True, 100, 0)


def test_a_text_of_just_the_limit_is_said(synthesizer: Synthesizer) -> None:
    assert list(synthesizer.render("好" * 100, budget=Budget(characters=100)).chunks)


@pytest.mark.parametrize(
    "text", ["好[停顿 10s]" * 7, '<speak>好<break time="9s"/>' * 1 + '好<break time="9s"/>' * 6 + "</speak>"]
)
def test_pauses_count_and_are_refused_before_any_work(frontend: Frontend, text: str) -> None:
    engine = CountingEngine()

    with pytest.raises(SpeechTooLong):
        Synthesizer(engine, frontend).render(text, budget=Budget(seconds=Seconds(60.0)))

    assert engine.asked == 0


def test_a_text_that_no_voice_says_so_fast_is_refused_before_any_work(frontend: Frontend) -> None:
    engine = CountingEngine()

    with pytest.raises(SpeechTooLong):
        Synthesizer(engine, frontend).render("好" * 2_000, budget=Budget(seconds=Seconds(60.0)))

    assert engine.asked == 0


def test_sound_is_held_while_it_is_made(frontend: Frontend) -> None:
    engine = CountingEngine(seconds_per_item=10.0)
    rendition = Synthesizer(engine, frontend).render("好。" * 100, budget=Budget(seconds=Seconds(60.0)))

    with pytest.raises(SpeechTooLong):
        list(rendition.chunks)

    assert engine.asked <= 7


def test_what_earlier_parts_have_taken_counts(synthesizer: Synthesizer) -> None:
    budget = Budget(seconds=Seconds(60.0), spent=Seconds(59.9))

    with pytest.raises(SpeechTooLong):
        list(synthesizer.recite("你好。", budget=budget).chunks)


def test_chunks_within_the_budget_are_the_same_and_end_the_same() -> None:
    held = Budget(seconds=Seconds(3.0)).hold(chunks(3))
    assert collected(held) == ([1.0] * 3, "the end")


def test_chunks_are_closed_with_their_hold() -> None:
    closed: list[bool] = []

    def source() -> Generator[AudioChunk]:
        try:
            yield from chunks(3)
        finally:
            closed.append(True)

    held = Budget().hold(source())
    next(held)
    held.close()

    assert closed == [True]


def test_bytes_are_held() -> None:
    Budget(bytes=10).require_bytes(10)

    with pytest.raises(AudioTooLarge):
        Budget(bytes=10).require_bytes(11)


def test_an_explanation_is_as_long_as_a_speech_may_be(synthesizer: Synthesizer) -> None:
    with pytest.raises(SpokenTextTooLong):
        synthesizer.explain("啊" * 20, lexicon={"啊": "=" + "好" * 199}, budget=Budget(characters=100))
