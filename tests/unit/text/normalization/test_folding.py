"""Folding: one form for each character, and the way back to the source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.normalization.normalizer import fold
from huisheng.text.normalization.rule import character_class


@pytest.mark.parametrize(
    ("source", "folded"),
    [
        ("ＡＢＣ１２３", "ABC123"),
        ("٣٤", "34"),
        ("國語", "国语"),
        ("a\u00a0b", "a b"),
        ("e\u0301", "é"),
        ("a&lt;b", "a<b"),
        ("<b>粗</b>", "粗"),
        ("甲<br>乙", "甲\n乙"),
        ("x<y", "x<y"),
        ("看著著名的", "看著著名的"),
        ("看著著名的東西", "看着著名的东西"),
        ("１，２３４", "1,234"),
        ("1，234", "1，234"),
        ('"好"', "“好”"),
        ('"甲"和"乙"', "“甲”和“乙”"),
        ('"甲\n"乙', "“甲\n“乙"),
        ('55"电视', "55″电视"),
        ("&unknown;", "&unknown;"),
    ],
)
def test_source_is_folded_into_its_normal_form(source: str, folded: str) -> None:
    assert fold(source).text == folded


@given(st.text(st.characters(exclude_categories=())))
def test_every_folded_character_has_a_place_in_the_source(source: str) -> None:
    folded = fold(source)

    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert all(start < end for start, end in zip(folded.starts, folded.ends, strict=True))
    assert list(folded.starts) == sorted(set(folded.starts))


@pytest.mark.parametrize(
    ("character", "expected"),
    [
        ("5", "d"),
        ("k", "l"),
        ("é", "l"),
        ("好", "h"),
        ("\n", "b"),
        ("。", "p"),
        ("😀", "x"),
        ("+", "o"),
        ("✝", "o"),
    ],
)
def test_a_character_has_its_class(character: str, expected: str) -> None:
    assert character_class(character) == expected
