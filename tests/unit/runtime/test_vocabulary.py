"""The names that markup may use, and what the voices behind them cannot do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from huisheng.engines.protocol import Capabilities
from huisheng.errors import MarkupError
from huisheng.runtime.vocabulary import check_emotions, check_languages, list_voices, make_vocabulary
from huisheng.testing import SILENT_VOICE
from huisheng.text.markup import ssml
from huisheng.text.markup.script import Script, plain_script
from huisheng.types import Emotion, EmotionName, ResolvedOptions, VoiceInfo

CANTONESE = '<phoneme alphabet="jyutping" ph="hou2">好</phoneme>'

LIVELY = replace(SILENT_VOICE, id="lively", name="活泼", emotions=("neutral", "happy"))
PLAIN = replace(SILENT_VOICE, id="plain", name="平淡", emotions=("neutral",))
HONGKONG = replace(SILENT_VOICE, id="hongkong", name="香港", languages=("yue-HK",), emotions=("neutral",))
ALL = Capabilities("all", (LIVELY, PLAIN, HONGKONG))


def only(voice: VoiceInfo) -> Capabilities:
    return Capabilities("one", (voice,))


def parse(inside: str) -> Script:
    return ssml.parse(f"<speak>{inside}</speak>", make_vocabulary(ALL))


def resolved_options(voice: str, emotion: EmotionName = "neutral") -> ResolvedOptions:
    return ResolvedOptions(voice, Emotion(emotion))


# Names


def test_a_voice_goes_by_its_id_and_its_name() -> None:
    assert make_vocabulary(Capabilities("two", (LIVELY, PLAIN))).voices == {
        "lively": "lively",
        "活泼": "lively",
        "plain": "plain",
        "平淡": "plain",
    }


def test_a_name_means_the_voice_with_that_id_before_one_that_is_called_so() -> None:
    impostor = replace(PLAIN, id="other", name="lively")

    assert make_vocabulary(Capabilities("two", (impostor, LIVELY))).voices["lively"] == "lively"


def test_a_name_that_two_voices_share_means_the_first() -> None:
    twin = replace(LIVELY, id="twin")

    assert make_vocabulary(Capabilities("two", (LIVELY, twin))).voices["活泼"] == "lively"


def test_an_emotion_goes_by_its_name_and_its_aliases() -> None:
    emotions = make_vocabulary(only(LIVELY)).emotions

    assert emotions["happy"] == ("happy", 1.0)
    assert emotions["开心"][0] == "happy"


def test_an_emotion_that_no_voice_shows_has_no_name() -> None:
    emotions = make_vocabulary(Capabilities("two", (PLAIN, LIVELY))).emotions

    assert {kind for kind, _ in emotions.values()} == {"neutral", "happy"}
    assert "sad" not in emotions


# Languages


@pytest.mark.parametrize("languages", [("zh-CN",), ("zh-CN", "en-US"), ("zh",)])
def test_jyutping_is_refused_where_it_stands_by_a_voice_without_cantonese(languages: tuple[str, ...]) -> None:
    source = parse(f"你好。\n{CANTONESE}")

    with pytest.raises(MarkupError, match="jyutping") as refused:
        check_languages(source, only(replace(PLAIN, languages=languages)), PLAIN.id)

    assert (refused.value.line, refused.value.column) == (
        2,
        len('<phoneme alphabet="jyutping" ph="hou2">') + 1,
    )


def test_jyutping_is_taken_by_a_voice_with_cantonese() -> None:
    check_languages(parse(CANTONESE), ALL, HONGKONG.id)


def test_jyutping_is_taken_where_markup_gives_it_to_a_voice_with_cantonese() -> None:
    check_languages(parse(f'你好<voice name="香港">{CANTONESE}</voice>'), ALL, PLAIN.id)


def test_jyutping_is_refused_where_markup_gives_it_to_another_voice() -> None:
    source = parse(f'<voice name="plain">{CANTONESE}</voice>')

    with pytest.raises(MarkupError, match="plain"):
        check_languages(source, ALL, HONGKONG.id)


def test_without_a_named_voice_one_voice_with_cantonese_is_enough() -> None:
    check_languages(parse(CANTONESE), ALL)


def test_without_a_voice_that_could_say_it_jyutping_is_refused() -> None:
    with pytest.raises(MarkupError):
        check_languages(parse(CANTONESE), only(PLAIN))


@pytest.mark.parametrize(
    "inside",
    [
        "你好",
        '<phoneme ph="hao3">好</phoneme>',
        "<w>你好</w>",
        '<phoneme alphabet="ipa" ph="ɹiːd">read</phoneme>',
    ],
)
def test_mandarin_and_english_are_taken(inside: str) -> None:
    check_languages(parse(inside), only(PLAIN), PLAIN.id)


# Emotions


REFUSED = {
    "markup asks the voice of the whole": (
        '你<emotion category="happy">好</emotion>',
        resolved_options("plain"),
    ),
    "markup asks a voice of its own": (
        '<voice name="plain"><emotion category="happy">好</emotion></voice>',
        resolved_options("lively"),
    ),
    "the whole asks a voice of markup": (
        '你<voice name="plain">好</voice>',
        resolved_options("lively", "happy"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_emotion_that_a_voice_does_not_show_is_refused_where_it_begins(case: str) -> None:
    inside, options = REFUSED[case]
    source = parse(inside)

    with pytest.raises(MarkupError, match=r"plain.*happy.*neutral") as refused:
        check_emotions(source, ALL, options)

    assert (refused.value.line, refused.value.column) == (1, source.source.index("好") + 1)


TAKEN = {
    "plain text": ("你好", resolved_options("lively", "happy")),
    "a voice that shows it": (
        '<voice name="lively"><emotion category="happy">好</emotion></voice>',
        resolved_options("plain"),
    ),
    "nothing but blanks before it": (
        '<voice name="plain"> <emotion category="neutral">好</emotion></voice>',
        resolved_options("lively", "happy"),
    ),
}


@pytest.mark.parametrize("case", TAKEN)
def test_an_emotion_that_its_voice_shows_is_taken(case: str) -> None:
    inside, options = TAKEN[case]

    check_emotions(parse(inside), ALL, options)


# Who is heard


@pytest.mark.parametrize(
    ("inside", "heard"),
    [
        ("你好", ["lively"]),
        ('你<voice name="plain">好</voice>', ["lively", "plain"]),
        ('<voice name="plain">你好</voice>', ["plain"]),
        (' <voice name="plain">你好</voice>\n', ["plain"]),
        ('<voice name="plain">你</voice>好', ["plain", "lively"]),
    ],
)
def test_only_voices_with_something_to_say_are_used(inside: str, heard: list[str]) -> None:
    assert [voice.id for voice in list_voices(parse(inside), ALL, resolved_options("lively"))] == heard


def test_a_text_without_markup_is_said_by_the_voice_of_the_whole() -> None:
    assert list_voices(plain_script("你好"), ALL, resolved_options("plain")) == (PLAIN,)
