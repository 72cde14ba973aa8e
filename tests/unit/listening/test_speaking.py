"""Every sentence in every way."""

from __future__ import annotations

import pytest
from tests.unit.listening.choir import PACE, make_session, make_takes, synthesizer

from huisheng.errors import RequestError
from huisheng.labels.reading import read_label
from huisheng.listening.candidates import Choice
from huisheng.listening.speaking import LONGEST, Session, speak_all

BOTH = Choice(("lan",), ("neutral", "sad"), (1.0, 2.0))


def test_takes_come_sentence_by_sentence_and_in_each_way_in_turn() -> None:
    takes = make_takes(make_session(("春", "春江花月"), BOTH))

    assert [round(take.duration / PACE, 3) for take in takes] == [1, 0.5, 1, 0.5, 4, 2, 4, 2]


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "wav", "flac"])
def test_every_take_carries_the_label_of_the_provider_and_a_number_of_its_own(audio_format: str) -> None:
    session = make_session(("春江", "秋水"), BOTH)

    takes = tuple(speak_all(session, synthesizer(), audio_format, "SOMEBODY"))  # pyright: ignore[reportArgumentType]

    labels = [label for take in takes if (label := read_label(take.data))]
    assert [label.content_producer for label in labels] == ["SOMEBODY"] * 8
    assert len({label.produce_id for label in labels}) == 8


@pytest.mark.parametrize(
    "text", ["。。。", "<speak>春", "春" * (LONGEST + 1)], ids=["silent", "markup", "long"]
)
def test_what_is_wrong_with_a_sentence_is_told_with_its_number_before_anything_is_spoken(text: str) -> None:
    session = make_session(("春江", text), BOTH)

    with pytest.raises(RequestError, match="第 2 句"):
        next(speak_all(session, synthesizer(), "mp3", "SOMEBODY"))


def test_brackets_are_read_as_text_where_there_is_to_be_no_markup() -> None:
    marked = make_session(("[停顿 1s]春",), BOTH)
    plain = Session(marked.sentences, marked.candidates, "none")

    assert make_takes(marked)[0].duration == pytest.approx(1.0 + PACE, abs=0.01)
    assert make_takes(plain)[0].duration < 1.0
