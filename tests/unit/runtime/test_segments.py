"""A sentence in the pieces that an engine says in one go."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.emotion.emphasis import apply_emphasis
from huisheng.runtime.segments import SpeechSegment, segments
from huisheng.types import (
    PLAIN,
    Emotion,
    Inflection,
    Mark,
    ResolvedOptions,
    Sentence,
    Span,
    SpokenItem,
    Syllable,
    Utterance,
)
from huisheng.units import Seconds

DELIVERY = ResolvedOptions(voice="qinglan", emotion=Emotion("calm"), speed=1.2, pitch=1.0, volume=2.0)
HAPPY = Inflection(emotion=Emotion("happy", 1.5))
OTHER = Inflection(voice="xingye")
FAST = Inflection(speed=2.0, volume=3.0)
ITEMS = st.lists(
    st.one_of(
        st.sampled_from([PLAIN, HAPPY, OTHER, FAST, Inflection(emphasis=2)]),
        st.sampled_from(["，", "。"]),
        st.sampled_from([0.5, 2.0]),
    ),
    max_size=12,
)


def sentence(*said: Inflection | str | float) -> Sentence:
    """Syllables with these inflections, marks, and rests of so many seconds, between two tags."""
    items = [_item(place, each) for place, each in enumerate(said, start=1)]
    return Sentence(Span(0, len(said) + 2), "", tuple(items))


def _item(place: int, said: Inflection | str | float) -> SpokenItem:
    span = Span(place, place + 1)
    if isinstance(said, Inflection):
        return Syllable(span, "好", "hao3", "hao3", inflection=said)
    if isinstance(said, str):
        return Mark(span, said, Seconds(0.2))
    return Mark(Span(place, place), "，", Seconds(said), exact=True)


def cut(*said: Inflection | str | float) -> list[SpeechSegment]:
    return list(segments(sentence(*said), DELIVERY))


def utterances(cuts: list[SpeechSegment]) -> list[Utterance]:
    return [stretch.utterance for stretch in cuts if stretch.utterance is not None]


def lengths(cuts: list[SpeechSegment]) -> list[int]:
    """How many items each piece says; none is silence."""
    return [len(stretch.utterance.sentence.items) if stretch.utterance else 0 for stretch in cuts]


def test_a_plain_sentence_is_said_as_it_is() -> None:
    plain = sentence(PLAIN, "，", PLAIN, "。")

    assert list(segments(plain, DELIVERY)) == [SpeechSegment(Utterance(plain, DELIVERY), 0.0)]


@pytest.mark.parametrize("other", [HAPPY, OTHER])
def test_another_emotion_or_voice_is_another_piece(other: Inflection) -> None:
    assert lengths(cut(PLAIN, other, other, PLAIN)) == [1, 2, 1]


def test_other_controls_of_a_word_stay_in_the_piece() -> None:
    assert lengths(cut(PLAIN, FAST, Inflection(pitch=2.0), PLAIN)) == [4]


def test_marks_go_with_what_they_end() -> None:
    assert lengths(cut("。", PLAIN, "，", HAPPY, "。")) == [3, 2]


def test_a_piece_is_said_in_its_own_voice_and_emotion_and_otherwise_as_the_whole() -> None:
    plain, happy, other = utterances(cut(PLAIN, HAPPY, OTHER))

    assert plain.options == DELIVERY
    assert happy.options == replace(DELIVERY, emotion=Emotion("happy", 1.5))
    assert other.options == replace(DELIVERY, voice="xingye")


def test_a_rest_ends_a_piece_and_is_its_silence() -> None:
    cuts = cut(PLAIN, PLAIN, 1.5, PLAIN)

    assert (lengths(cuts), [stretch.rest for stretch in cuts]) == ([2, 1], [1.5, 0.0])


def test_a_rest_at_the_beginning_is_silence_alone() -> None:
    first, second = cut(1.5, PLAIN)

    assert first == SpeechSegment(None, 1.5)
    assert second.utterance is not None


def test_a_rest_behind_another_is_silence_alone() -> None:
    assert [(stretch.utterance is None, stretch.rest) for stretch in cut(PLAIN, 0.5, 2.0)] == [
        (False, 0.5),
        (True, 2.0),
    ]


def test_what_is_said_after_a_rest_and_is_no_more_than_a_mark_is_nothing() -> None:
    assert lengths(cut(PLAIN, 0.5, "。")) == [1, 0]


def test_emphasis_has_become_other_controls() -> None:
    strong = Inflection(speed=1.1, emphasis=2)

    (said,) = utterances(cut(PLAIN, strong))

    items = [item for item in said.sentence.items if not isinstance(item, Mark)]
    assert [item.inflection for item in items] == [PLAIN, apply_emphasis(strong)]


@given(ITEMS)
def test_every_spoken_item_is_said_once_in_order(said: list[Inflection | str | float]) -> None:
    heard = [item.span for piece in utterances(cut(*said)) for item in piece.sentence.items]

    spoken = [item.span for item in sentence(*said).items if not isinstance(item, Mark)]
    assert [span for span in heard if span in spoken] == spoken


@given(ITEMS)
def test_all_silence_that_was_asked_for_is_kept(said: list[Inflection | str | float]) -> None:
    rests = [each for each in said if isinstance(each, float)]

    assert [stretch.rest for stretch in cut(*said) if stretch.rest] == rests


@given(ITEMS)
def test_spans_of_what_is_said_cover_the_sentence_once_in_order(
    said: list[Inflection | str | float],
) -> None:
    spans = [piece.sentence.span for piece in utterances(cut(*said))]

    whole = sentence(*said).span
    assert all(left.end == right.start for left, right in pairwise(spans))
    assert not spans or (spans[0].start, spans[-1].end) == whole


def test_an_alias_that_reaches_over_the_end_of_its_sentence_leaves_the_span_there() -> None:
    reaching = Sentence(
        Span(0, 3),
        "",
        (
            Syllable(Span(2, 9), "好", "hao3", "hao3", inflection=HAPPY),
            Syllable(Span(2, 9), "好", "hao3", "hao3"),
        ),
    )

    spans = [stretch.utterance.sentence.span for stretch in segments(reaching, DELIVERY) if stretch.utterance]

    assert spans == [Span(0, 3), Span(3, 3)]


def test_a_voice_that_can_shift_says_several_emotions_in_one_go() -> None:
    said = list(segments(sentence(PLAIN, HAPPY, PLAIN), DELIVERY, lambda voice: voice == "qinglan"))

    (utterance, _), *others = said
    assert utterance is not None
    assert not others
    assert utterance.options.emotion == DELIVERY.emotion
    emotions = [item.inflection.emotion for item in utterance.sentence.items if not isinstance(item, Mark)]
    assert emotions == [None, HAPPY.emotion, None]


def test_an_emotion_of_the_whole_stretch_is_that_of_its_delivery() -> None:
    ((utterance, _),) = segments(sentence(HAPPY, HAPPY), DELIVERY, lambda _: True)

    assert utterance is not None
    assert utterance.options.emotion == HAPPY.emotion


def test_another_voice_cuts_a_sentence_though_the_engine_can_shift() -> None:
    assert len(list(segments(sentence(PLAIN, OTHER, HAPPY), DELIVERY, lambda _: True))) == 3
