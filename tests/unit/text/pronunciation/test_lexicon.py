"""Pinyin as text: marks become digits, tones are read and replaced."""

from __future__ import annotations

import pytest

from huisheng.text.pronunciation.lexicon import from_marks, tone, with_tone


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("lǜ", "lv4"),
        ("hǎo", "hao3"),
        ("zi", "zi5"),
        ("nüè", "nve4"),
        ("ḿ", "mu2"),
        ("ňg", "en3"),
        ("ê̄", "ei1"),
    ],
)
def test_tone_marks_become_digits(marked: str, plain: str) -> None:
    assert from_marks(marked) == plain


def test_a_tone_is_replaced_and_the_syllable_stays() -> None:
    assert with_tone("hao3", "2") == "hao2"


def test_a_character_without_a_reading_has_no_tone_and_gets_none() -> None:
    assert (tone(""), with_tone("", "2")) == ("", "")
