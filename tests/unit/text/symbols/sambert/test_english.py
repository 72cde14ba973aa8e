"""Where the syllables of an English word begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.symbols.sambert import english

ARPABET = (
    "AA0 AE1 AH0 AO2 AW1 AY1 B CH D DH EH1 ER0 EY1 F G HH IH0 IY1 JH K L M N NG OW1 OY1 "
    "P R S SH T TH UH1 UW1 V W Y Z ZH"
)


def divide(phones: str) -> str:
    return " . ".join(" ".join(syllable.phones) for syllable in english.syllables(tuple(phones.split())))


@pytest.mark.parametrize(
    ("phones", "syllables"),
    [
        ("HH AH0 L OW1", "hh ah . l ow"),
        ("AH0 B AW1 T", "ah . b aw t"),
        ("S IH1 NG ER0", "s ih ng . er"),
        ("F IH1 NG G ER0", "f ih ng . g er"),
        ("K AH0 M P Y UW1 T ER0", "k ah m . p y uw . t er"),
        ("EH1 K S T R AH0", "eh k . s t r ah"),
        ("M EH1 N Y UW0", "m eh n . y uw"),
        ("AE1 T L AH0 S", "ae t . l ah s"),
        ("IY0 EY1", "iy . ey"),
        ("AH0 T R AE1 K T", "ah . t r ae k t"),
        ("S T R EH1 NG K TH S", "s t r eh ng k th s"),
        ("D AH1 B AH0 L Y UW0", "d ah . b ah l . y uw"),
    ],
)
def test_a_syllable_begins_with_as_many_consonants_as_a_word_could(phones: str, syllables: str) -> None:
    assert divide(phones) == syllables


def test_only_the_main_stress_counts() -> None:
    assert [syllable.stress for syllable in english.syllables(("AY1", "F", "OW2", "N", "ER0"))] == list("100")


def test_a_word_without_a_vowel_is_one_unstressed_syllable() -> None:
    assert english.syllables(("HH", "M")) == (english.EnglishSyllable(("hh", "m"), "0"),)


@given(st.lists(st.sampled_from(ARPABET.split()), max_size=12))
def test_the_syllables_of_a_word_are_all_its_phones_in_order(phones: list[str]) -> None:
    syllables = english.syllables(tuple(phones))

    assert [phone for one in syllables for phone in one.phones] == [p.rstrip("012").lower() for p in phones]


@given(st.lists(st.sampled_from(ARPABET.split()), min_size=1, max_size=12))
def test_there_are_as_many_syllables_as_vowels(phones: list[str]) -> None:
    vowels = sum(phone[-1].isdigit() for phone in phones)

    assert len(english.syllables(tuple(phones))) == max(1, vowels)
