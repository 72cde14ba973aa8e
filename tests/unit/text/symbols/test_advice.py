"""Whoever writes for a voice of another language is told what to do."""

from __future__ import annotations

import pytest

from huisheng.text.symbols.advice import advice


@pytest.mark.parametrize(
    ("languages", "chinese", "english"),
    [
        (("zh-CN", "en-US"), "普通话", "pinyin"),
        (("zh-CN-sichuan", "en-US"), "四川话", "Sichuanese"),
        (("yue", "en-US"), "粤拼", "jyutping"),
        (("yue-HK",), "粤拼", "jyutping"),
        (("wuu", "en-US"), "上海话", "Shanghainese"),
        (("en-GB",), "英语", "English"),
        (("und",), "换用其他音色", "choose another"),
        ((), "换用其他音色", "choose another"),
    ],
)
def test_the_first_language_of_a_voice_says_what_to_do(
    languages: tuple[str, ...], chinese: str, english: str
) -> None:
    told = advice(languages)

    assert chinese in told[0]
    assert english in told[1]
