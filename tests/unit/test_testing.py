"""The silent engine keeps the promises of the Protocol."""

from __future__ import annotations

from huisheng.emotion.names import NAMES
from huisheng.engines.protocol import Engine
from huisheng.testing import SilentEngine
from huisheng.types import Mark, ResolvedOptions, Sentence, Span, Syllable, Utterance
from huisheng.units import Seconds

SENTENCE = Sentence(
    Span(3, 6),
    "好，好",
    (
        Syllable(Span(3, 4), "好", "hao3", "hao3"),
        Mark(Span(4, 5), "，", Seconds(0.2)),
        Syllable(Span(5, 6), "好", "hao3", "hao3"),
    ),
)


def test_it_is_an_engine_with_one_voice_and_every_emotion() -> None:
    engine: Engine = SilentEngine()

    assert len(engine.capabilities.voices) == 1
    assert engine.capabilities.emotions == NAMES


def test_it_says_silence_at_its_pace() -> None:
    (chunk,) = SilentEngine(0.5).synthesize(Utterance(SENTENCE, ResolvedOptions(speed=2.0)))

    assert chunk.duration == 0.5
    assert not chunk.samples.any()


def test_every_item_but_a_mark_has_its_timing() -> None:
    (chunk,) = SilentEngine(0.5).synthesize(Utterance(SENTENCE, ResolvedOptions()))

    assert [(timing.span, timing.start, timing.end) for timing in chunk.timings] == [
        ((3, 4), 0.0, 0.5),
        ((5, 6), 0.5, 1.0),
    ]


def test_it_is_loaded_by_the_first_request() -> None:
    engine = SilentEngine()
    before = engine.loaded
    list(engine.synthesize(Utterance(SENTENCE, ResolvedOptions())))

    assert (before, engine.loaded) == (False, True)
