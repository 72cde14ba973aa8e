"""Inventories are those of the reference, in its order."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from tests.unit.text.symbols.sambert.reference import PINYIN, REFERENCE

from huisheng.errors import UnknownEmotion, VoicePackageError
from huisheng.text.symbols.sambert import LANGUAGES, Inventory, category, inventory, with_marked_breaks
from huisheng.types import EmotionName

FIELDS = {
    "sy": "phones",
    "tone": "tones",
    "syllable_flag": "syllable_flags",
    "word_segment": "word_segments",
    "emo_category": "emotions",
}
SPECIAL = ["_", "~", "@[MASK]"]
ENGLISH = (
    "aa ae ah ao aw ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh"
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("field", FIELDS)
def test_every_value_has_the_id_that_the_reference_gives_it(language: str, field: str) -> None:
    values = REFERENCE["inventories"][language][field].split()

    ours = getattr(inventory(language), FIELDS[field])

    assert values[-len(SPECIAL) :] == SPECIAL
    assert list(ours) == [value.removeprefix("@") for value in values[: -len(SPECIAL)]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_have_as_many_rows_as_in_the_reference(language: str) -> None:
    reference = REFERENCE["inventories"][language]

    assert list(inventory(language).sizes) == [len(reference[field].split()) for field in FIELDS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_padding_has_the_id_that_the_reference_gives_it(language: str) -> None:
    assert list(inventory(language).pads) == [
        REFERENCE["inventories"][language]["pad"][field] for field in FIELDS
    ]


def test_without_mask_every_table_is_a_row_shorter_and_ids_stay() -> None:
    older = inventory("PinYin", has_mask=False)

    assert older.sizes == (146, 9, 7, 7, 35)
    assert older.ids == PINYIN.ids


@pytest.mark.parametrize("spelling", ["WuuShanghai", "WuuShangHai", "wuushanghai"])
def test_a_language_goes_by_either_of_its_spellings(spelling: str) -> None:
    assert inventory(spelling).language == "WuuShanghai"


def test_a_language_without_symbols_of_ours_is_refused_instead_of_read_as_mandarin() -> None:
    with pytest.raises(VoicePackageError, match="EnUS"):
        inventory("EnUS")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_the_phones_of_english(language: str) -> None:
    assert set(ENGLISH.split()) <= set(inventory(language).phones)


def test_lists_that_come_with_a_voice_give_ids_by_their_own_order() -> None:
    own = Inventory("PinYin", ("#1", "b_c", "a_c"), ("tone1",), ("s_both",), ("word_both",), ("emotion_sad",))

    assert own.ids[0] == {"#1": 0, "b_c": 1, "a_c": 2}
    assert own.sizes == (6, 4, 4, 4, 4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_breaks_with_marks_come_behind_the_phones_whose_ids_stay(language: str) -> None:
    plain = inventory(language)

    found = with_marked_breaks(plain)

    assert found.phones[: len(plain.phones)] == plain.phones
    assert len(set(found.phones)) == len(found.phones)
    assert all(len(phone) == 3 and phone[:2] in plain.phones for phone in found.phones[len(plain.phones) :])


def test_breaks_with_marks_lengthen_the_table_of_phones_alone() -> None:
    wider = [more - less for more, less in zip(with_marked_breaks(PINYIN).sizes, PINYIN.sizes, strict=True)]

    assert wider == [14, 0, 0, 0, 0]


@pytest.mark.parametrize("name", get_args(EmotionName))
def test_every_emotion_of_ours_has_a_category_of_its_own(name: str) -> None:
    others = {category(other) for other in get_args(EmotionName) if other != name}

    assert PINYIN.emotion(category(name)) >= 0
    assert category(name) not in others


def test_fear_surprise_affection_and_formality_go_by_the_names_of_the_model() -> None:
    assert [category(name) for name in ("fearful", "surprised", "affectionate", "formal")] == [
        "emotion_fear",
        "emotion_surprise",
        "emotion_gentle",
        "emotion_serious",
    ]


def test_a_name_that_is_no_emotion_of_ours_is_refused() -> None:
    with pytest.raises(UnknownEmotion):
        category("hungry")


def test_a_category_that_a_voice_lacks_is_refused() -> None:
    with pytest.raises(UnknownEmotion, match="emotion_sad"):
        replace(PINYIN, emotions=("emotion_neutral",)).emotion("emotion_sad")
