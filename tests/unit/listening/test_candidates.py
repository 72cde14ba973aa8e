"""What is compared with what."""

from __future__ import annotations

import pytest
from tests.unit.listening.choir import NAMES, synthesizer

from huisheng.errors import HuishengError, OutOfRange, RequestError, UnknownEmotion, UnknownVoice
from huisheng.listening.candidates import Candidate, Choice, candidates


def choose(
    voices: tuple[str, ...] = (), emotions: tuple[str, ...] = (), speeds: tuple[float, ...] = ()
) -> tuple[Candidate, ...]:
    return candidates(Choice(voices, emotions, speeds), synthesizer())


def test_every_voice_has_every_emotion_at_every_speed() -> None:
    ids = [candidate.id for candidate in choose(("lan", "mei"), ("happy:1.5", "sad"), (1.0, 1.2))]

    assert ids == [
        *("lan happy:1.5", "lan happy:1.5 ×1.2", "lan sad", "lan sad ×1.2"),
        *("mei happy:1.5", "mei happy:1.5 ×1.2", "mei sad", "mei sad ×1.2"),
    ]


def test_without_voice_and_emotion_all_voices_are_compared() -> None:
    assert [candidate.voice.id for candidate in choose()] == [voice for voice, _, _ in NAMES]


def test_emotions_without_a_voice_are_those_of_the_default_voice() -> None:
    assert [candidate.id for candidate in choose(emotions=("neutral", "sad"))] == ["lan neutral", "lan sad"]


def test_a_mixture_of_voices_is_a_voice() -> None:
    assert choose(("lan", "lan:0.7+mei:0.3"))[1].voice.id == "lan:0.7+mei:0.3"


def test_a_mixture_of_emotions_keeps_its_shares() -> None:
    _, mixed = choose(emotions=("sad", "sad:0.7+calm:0.3"))

    assert (mixed.emotion, mixed.intensity) == ("sad:0.7+calm:0.3", 1.0)
    assert mixed.emotion_label(english=False) == "悲伤 0.7＋舒缓 0.3"


def test_a_voice_by_its_two_names_and_an_emotion_by_its_alias_are_there_once() -> None:
    assert len(choose(("lan", "岚", "mei"), ("happy", "开心"))) == 2


def test_the_words_may_decide_how_it_feels() -> None:
    told, _ = choose(emotions=("auto:1.2", "sad"))

    assert (told.id, told.emotion_label(english=False)) == ("lan auto:1.2", "按文字推测 1.2")


@pytest.mark.parametrize("voices", [("lan",), ("lan", "岚")])
def test_fewer_than_two_cannot_be_compared(voices: tuple[str, ...]) -> None:
    with pytest.raises(RequestError, match="两种"):
        choose(voices)


def test_more_than_there_are_letters_cannot_be_compared() -> None:
    speeds = tuple(0.5 + step / 100 for step in range(27))

    with pytest.raises(RequestError, match="26"):
        choose(("lan",), (), speeds)


@pytest.mark.parametrize(
    ("voice", "emotion", "speed", "kind"),
    [
        ("nobody", "sad", 1.0, UnknownVoice),
        ("lan", "bored", 1.0, UnknownEmotion),
        ("lan", "happy:much", 1.0, UnknownEmotion),
        ("lan", "happy:2.1", 1.0, OutOfRange),
        ("lan", "happy:nan", 1.0, OutOfRange),
        ("lan", "sad", 3.0, OutOfRange),
    ],
)
def test_what_no_voice_can_do_is_refused(
    voice: str, emotion: str, speed: float, kind: type[HuishengError]
) -> None:
    with pytest.raises(kind):
        choose((voice, "mei"), (emotion,), (speed,))
