"""The teacher's time is shared out among the student's symbols: all of it, each where it is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recipes.builtin.alignment import LEAD, PER_LETTER, TAIL, Alignment, align
from recipes.builtin.lines import own_lines

from huisheng.text.frontend import Frontend
from huisheng.text.symbols import kokoro
from huisheng.text.symbols.kokoro import Role
from huisheng.text.symbols.sambert import Symbol, inventory, transcribe, with_marked_breaks
from huisheng.types import Break, EnglishWord, Mark, Span, SpokenItem, Syllable
from huisheng.units import Seconds

Items: TypeAlias = tuple[SpokenItem, ...]

SPAN = Span(0, 1)
EDGE = 4
"""Frames of the teacher's silences where a test does not say otherwise."""
KNOWN = with_marked_breaks(inventory("PinYin"))


def syllable(surface: str, after: Break = Break.SYLLABLE) -> Syllable:
    return Syllable(SPAN, "字", surface, surface, after)


def english(phones: str, after: Break = Break.WORD) -> EnglishWord:
    return EnglishWord(SPAN, "word", tuple(phones.split()), after)


def mark(text: str) -> Mark:
    return Mark(SPAN, text, Seconds(0.2))


def read(words: str) -> Items:
    """Syllables and marks, separated by blanks."""
    return tuple(mark(word) if word in "，。？“”" else syllable(word) for word in words.split())


def symbols_of(items: Items) -> tuple[Symbol, ...]:
    return transcribe(items, KNOWN)


def align_shares(items: Items, frames: Sequence[int], heard: tuple[int, int] | None = None) -> Alignment:
    """What `frames` of the letters become, between silences of `EDGE`.

    Without `heard` the first sound begins with the first letter and the last one ends with the last spoken.
    """
    letters = kokoro.transcribe(items)
    assert len(frames) == len(letters)
    counts = np.array([EDGE, *frames, EDGE], dtype=np.int16)
    ends = PER_LETTER * counts.cumsum()
    spoken = [place for place, letter in enumerate(letters) if letter.role is Role.SPOKEN]
    whole = (int(ends[spoken[0]]), int(ends[spoken[-1] + 1]) - 1)
    return align(items, letters, counts, symbols_of(items), heard or whole)


def durations(items: Items, *frames: int) -> dict[str, int]:
    """Frames of each symbol, the silence before the first left out."""
    found = align_shares(items, frames).durations.tolist()
    found[0] -= LEAD
    return {symbol.phone: count for symbol, count in zip(symbols_of(items), found, strict=True)}


# How an item's time is shared out


def test_a_consonant_is_the_initial_and_the_rest_with_its_tone_the_final() -> None:
    assert durations(read("ma1"), 3, 4, 2) == {"m_c": 6, "a_c": 12, "#3": 8}


def test_a_glide_behind_a_consonant_belongs_to_the_final() -> None:
    assert durations(read("zhuang1"), 3, 1, 4, 1, 2) == {"zh_c": 6, "uang_c": 16, "#3": 8}


@pytest.mark.parametrize(("surface", "initial", "final"), [("wo3", "w_c", "o_c"), ("ye4", "y_c", "e_c")])
def test_a_glide_alone_is_the_initial(surface: str, initial: str, final: str) -> None:
    assert durations(read(surface), 2, 5, 1) == {initial: 4, final: 12, "#3": 8}


@pytest.mark.parametrize(
    ("vowel", "borrowed"), [(1, 1), (2, 2), (9, 2)], ids=["half of a short one", "half", "two at most"]
)
def test_an_onset_that_the_teacher_does_not_write_borrows_from_the_vowel(vowel: int, borrowed: int) -> None:
    found = durations(read("ai4"), vowel, 3, 1)

    assert found == {"ga": borrowed, "ai_c": 2 * (vowel + 4) - borrowed, "#3": 8}


def test_a_retroflex_final_keeps_its_r() -> None:
    assert durations(read("huar1"), 2, 1, 3, 2, 1) == {"h_c": 4, "uar_c": 14, "#3": 8}


def test_an_english_phone_lasts_as_long_as_its_letters_with_the_stress_before_the_vowel() -> None:
    assert durations((english("K AE1 T"),), 2, 1, 5, 3) == {"k": 4, "ae": 12, "t": 6, "#3": 8}


def test_an_english_phone_of_two_letters_has_the_time_of_both() -> None:
    assert durations((english("ER0 K"),), 2, 3, 4) == {"er": 10, "k": 8, "#3": 8}


def test_an_utterance_of_one_phone_is_aligned() -> None:
    assert durations((english("OW1", Break.SENTENCE), mark("。")), 1, 5, 2) == {"ow": 12, "#4": 8}


# Between items, and around them


def test_the_time_of_a_mark_and_of_the_blank_behind_it_is_that_of_the_break() -> None:
    found = align_shares(read("ma1 ， li4"), (3, 4, 2, 6, 1, 2, 5, 1))

    assert found.durations.tolist() == [LEAD + 6, 12, 14, 4, 12, TAIL]


def test_the_time_of_a_blank_is_that_of_the_break() -> None:
    items = (syllable("ma1", Break.WORD), syllable("li4"))

    assert align_shares(items, (3, 4, 2, 5, 2, 5, 1)).durations.tolist() == [LEAD + 6, 12, 10, 4, 12, TAIL]


def test_a_break_that_the_teacher_does_not_write_lasts_no_time() -> None:
    items = (syllable("ma1"), english("T IY1"))

    assert align_shares(items, (3, 4, 2, 2, 1, 4)).durations.tolist() == [LEAD + 6, 12, 0, 4, 10, TAIL]


def test_items_of_one_word_follow_each_other_without_a_gap() -> None:
    assert align_shares(read("ma1 li4"), (3, 4, 2, 2, 5, 1)).durations.tolist() == [LEAD + 6, 12, 4, 12, TAIL]


def test_a_mark_before_the_first_word_is_silence() -> None:
    found = align_shares(read("“ ma1 。"), (9, 2, 3, 4, 2, 5))

    assert found.start == PER_LETTER * (EDGE + 9 + 2) - LEAD
    assert found.durations.tolist() == [LEAD + 6, 12, TAIL]


@pytest.mark.parametrize(
    ("first", "start"),
    [(6, 8 - LEAD), (8, 8 - LEAD), (11, 11 - LEAD), (20, 13 - LEAD)],
    ids=["before the letter", "with the letter", "in the letter", "behind its symbol"],
)
def test_silence_that_the_teacher_counts_to_the_first_letter_is_left_out(first: int, start: int) -> None:
    found = align_shares(read("ma1"), (3, 4, 2), heard=(first, 25))

    assert found.start == start
    assert found.durations.tolist() == [14 - start, 12, TAIL]


def test_silence_that_the_teacher_counts_to_the_last_letter_is_the_breaks() -> None:
    found = align_shares(read("ma1"), (3, 4, 2), heard=(8, 19))

    assert found.durations.tolist() == [LEAD + 6, 20 - 14, TAIL]
    assert found.end == 20 + TAIL


def test_the_last_symbol_keeps_a_frame_where_nothing_of_it_is_heard() -> None:
    assert align_shares(read("ma1"), (3, 4, 2), heard=(8, 9)).durations.tolist() == [LEAD + 6, 1, TAIL]


def test_sound_behind_the_last_letter_belongs_to_the_break() -> None:
    assert align_shares(read("ma1"), (3, 4, 2), heard=(8, 30)).durations.tolist() == [LEAD + 6, 12, TAIL]


def test_no_more_is_kept_than_there_is() -> None:
    items, letters = read("ma1"), kokoro.transcribe(read("ma1"))

    found = align(items, letters, np.array([1, 3, 4, 2, 1], dtype=np.int16), symbols_of(items), (2, 19))

    assert (found.start, found.end) == (0, 22)


# What does not fit


@pytest.mark.parametrize(
    ("items", "others"),
    [
        ("ma1 li4", "ma1"),
        ("ma1", "ma1 li4"),
        ("ma1 ， li4", "ma1 li4 ，"),
    ],
    ids=["the student says more", "the teacher says more", "at other places"],
)
def test_teacher_and_student_that_spell_different_things_are_refused(items: str, others: str) -> None:
    letters = kokoro.transcribe(read(others))
    frames = np.full(len(letters) + 2, 3, dtype=np.int16)

    with pytest.raises(ValueError, match="different"):
        align(read(others), letters, frames, symbols_of(read(items)), (6, 12))


def test_a_word_of_other_phones_is_refused() -> None:
    items = (english("K AE1 T"),)
    letters = kokoro.transcribe(items)
    frames = np.full(len(letters) + 2, 3, dtype=np.int16)

    with pytest.raises(ValueError, match="different"):
        align(items, letters, frames, symbols_of((english("K AE1"),)), (6, 12))


# Whatever is said


BASES = "ma ai wo ye yi wu yu shi zhuang er huar wanr zi ju lve yuan yun ri en ang xue qiong guai nv"
PHONES = "K T S M AE1 OW1 IY2 AH0 ER0 ER1 NG DH Y W"
SURFACES = st.builds(
    "{}{}".format,
    st.sampled_from(BASES.split()),
    st.sampled_from("12345"),
)
WORDS = st.lists(st.sampled_from(PHONES.split()), min_size=1, max_size=6).map(" ".join)
BREAKS = st.sampled_from([Break.SYLLABLE, Break.WORD, Break.PHRASE, Break.SENTENCE])
ITEMS = st.one_of(
    st.builds(syllable, SURFACES, BREAKS),
    st.builds(syllable, SURFACES, BREAKS),
    st.builds(english, WORDS, BREAKS),
    st.sampled_from([mark(text) for text in "，、；：。！？…—“”（）"]),
)
SAID = st.lists(ITEMS, min_size=1, max_size=12).filter(
    lambda items: any(not isinstance(item, Mark) for item in items)
)


@given(items=SAID.map(tuple), data=st.data())
def test_whatever_is_said_every_symbol_lasts_and_lies_where_its_item_is_spoken(
    items: Items, data: st.DataObject
) -> None:
    letters, symbols = kokoro.transcribe(items), symbols_of(items)
    count = len(letters) + 2
    frames = np.array(data.draw(st.lists(st.integers(1, 12), min_size=count, max_size=count)), dtype=np.int16)
    ends = PER_LETTER * frames.cumsum()
    heard = sorted(data.draw(st.integers(0, int(ends[-1]) - 1)) for _ in range(2))

    found = align(items, letters, frames, symbols, (heard[0], heard[1]))

    assert len(found.durations) == len(symbols)
    assert found.durations.min() >= 0
    assert 0 <= found.start < found.end <= ends[-1]
    assert_inside(found, letters, symbols, ends.tolist())


@pytest.mark.parametrize("kind", sorted({line.kind for line in own_lines()}))
def test_teacher_and_student_spell_the_texts_of_the_corpus_alike(frontend: Frontend, kind: str) -> None:
    lines = [line.text for line in own_lines() if line.kind == kind]

    for text in lines[:: len(lines) // 5]:
        for sentence in frontend.sentences(text):
            letters = kokoro.transcribe(sentence.items)
            frames = np.full(len(letters) + 2, 3, dtype=np.int16)
            found = align(sentence.items, letters, frames, symbols_of(sentence.items), (6, 6 * len(letters)))
            assert found.durations.min() >= 0


def assert_inside(
    found: Alignment, letters: Sequence[kokoro.Symbol], symbols: Sequence[Symbol], ends: list[int]
) -> None:
    """Each item's symbols lie between its first letter and its last; silence before is the first one's."""
    bounds = [found.start, *(found.start + found.durations.cumsum()).tolist()]
    spoken = [place for place, letter in enumerate(letters) if letter.role is Role.SPOKEN]
    for item in {letters[place].item for place in spoken}:
        own = [place for place in spoken if letters[place].item == item]
        held = [
            place
            for place, symbol in enumerate(symbols)
            if symbol.item == item and symbol.word_segment != "word_none"
        ]
        if own[0] != spoken[0]:
            assert bounds[held[0]] == ends[own[0]]
        assert bounds[held[0] + 1] > ends[own[0]] or found.durations[held[0]] == 0
        assert bounds[held[-1] + 1] <= ends[own[-1] + 1]
        if own[-1] != spoken[-1]:
            assert bounds[held[-1] + 1] == ends[own[-1] + 1]
