"""The names that markup may use, and sounds that an engine cannot make."""

from __future__ import annotations

from dataclasses import replace

import pytest

from huisheng.errors import MarkupError
from huisheng.runtime.vocabulary import check_languages, vocabulary
from huisheng.testing import SILENT_VOICE
from huisheng.text.markup import ssml
from huisheng.text.markup.script import Script, Vocabulary

CANTONESE = '<phoneme alphabet="jyutping" ph="hou2">好</phoneme>'


def parsed(inside: str) -> Script:
    return ssml.parse(f"<speak>{inside}</speak>", Vocabulary())


def test_a_voice_goes_by_its_id_and_its_name() -> None:
    other = replace(SILENT_VOICE, id="other", name="另一个")

    assert vocabulary([SILENT_VOICE, other], ()).voices == {
        "silent": "silent",
        "无声": "silent",
        "other": "other",
        "另一个": "other",
    }


def test_a_feeling_goes_by_its_name_and_its_aliases() -> None:
    emotions = vocabulary([], ("neutral", "happy")).emotions

    assert emotions["happy"] == ("happy", 1.0)
    assert emotions["开心"][0] == "happy"


def test_a_feeling_that_the_engine_does_not_show_has_no_name() -> None:
    emotions = vocabulary([], ("neutral", "happy")).emotions

    assert {kind for kind, _ in emotions.values()} == {"neutral", "happy"}
    assert "sad" not in emotions


@pytest.mark.parametrize("languages", [("zh-CN",), ("zh-CN", "en-US"), ("zh",)])
def test_jyutping_is_refused_where_it_stands_by_an_engine_without_cantonese(
    languages: tuple[str, ...],
) -> None:
    source = parsed(f"你好。\n{CANTONESE}")

    with pytest.raises(MarkupError, match="jyutping") as refused:
        check_languages(source, languages)

    assert (refused.value.line, refused.value.column) == (
        2,
        len('<phoneme alphabet="jyutping" ph="hou2">') + 1,
    )


def test_jyutping_is_taken_by_an_engine_with_cantonese() -> None:
    check_languages(parsed(CANTONESE), ("zh-CN", "yue-HK"))


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
    check_languages(parsed(inside), ("zh-CN",))
