"""Breaks between words, and the melody of a mark."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.linear import LinearModel, hashes
from huisheng.text.prosody import BREAK, NO, YES, Prosody, features, intonation, melody
from huisheng.text.segmentation import Word
from huisheng.types import Break, Intonation

PROSODY = Prosody()
PHRASE = [Word("我们", "r"), Word("今天", "t"), Word("去", "v"), Word("公园", "n"), Word("散步", "v")]
WORDS = st.lists(
    st.builds(
        Word,
        st.text("中文字的了吗", min_size=1, max_size=4),
        st.sampled_from(["n", "v", "a", "d", "m", "q", "p", "c", "r"]),
    )
)


def breaks(*words: tuple[str, str]) -> tuple[Break, ...]:
    return PROSODY.breaks([Word(text, tag) for text, tag in words])


def toy(anywhere: int, **before: int) -> Prosody:
    """A model with log-odds of a break anywhere, and of one before certain words."""
    weighed = {"bias": anywhere, **{f"r{word}": odds for word, odds in before.items()}}
    found = hashes(BREAK, list(weighed))
    order = np.argsort(found)
    weights = np.array([[0, odds] for odds in weighed.values()], dtype=np.int8)
    groups = {BREAK: (NO, YES)}
    return Prosody(LinearModel(groups, {}, 1.0, "toy", found[order], weights[order]))


def ends(prosody: Prosody, *words: str, tag: str = "n") -> list[int]:
    """After which words a phrase ends, the last left out."""
    found = prosody.breaks([Word(word, tag) for word in words])
    return [place for place, after in enumerate(found[:-1]) if after is Break.PHRASE]


@given(WORDS)
def test_every_word_is_followed_by_a_break_and_the_last_ends_the_phrase(words: list[Word]) -> None:
    found = PROSODY.breaks(words)

    assert len(found) == len(words)
    assert set(found[-1:]) <= {Break.PHRASE}


@given(WORDS)
def test_no_phrase_ends_before_a_particle(words: list[Word]) -> None:
    for after, word in zip(PROSODY.breaks(words), words[1:], strict=False):
        assert word.text not in {"的", "了", "吗"} or after is Break.SYLLABLE


@given(WORDS)
def test_no_break_follows_a_glued_word(words: list[Word]) -> None:
    glued = [word._replace(glued=True) for word in words]

    assert set(PROSODY.breaks(glued)[:-1]) <= {Break.SYLLABLE}


def test_a_number_is_said_with_its_measure_word() -> None:
    assert breaks(("二十三", "m"), ("公里", "q"), ("路程", "n"))[0] is Break.SYLLABLE


def test_long_words_are_kept_apart() -> None:
    assert breaks(("学习", "v"), ("汉语", "n"))[0] is Break.WORD


def test_a_short_phrase_is_not_broken() -> None:
    assert Break.PHRASE not in breaks(("我们", "r"), ("明天", "t"), ("去", "v"), ("北京", "ns"))[:-1]


def test_a_long_phrase_is_broken_before_a_conjunction() -> None:
    words = [
        ("今天", "t"),
        ("天气", "n"),
        ("非常", "d"),
        ("好", "a"),
        ("所以", "c"),
        ("我们", "r"),
        ("出去", "v"),
    ]

    assert breaks(*words)[3] is Break.PHRASE


def test_nothing_gives_no_breaks() -> None:
    assert breaks() == ()


@pytest.mark.parametrize("mark", list("，、；：。！？…—“”（）"))
def test_every_mark_has_a_pause(mark: str) -> None:
    pause, level, _ = PROSODY.pauses[mark]

    assert 0.0 <= pause <= 0.5
    assert level >= Break.WORD


@pytest.mark.parametrize(
    ("mark", "said", "melody"),
    [
        ("。", "你好", Intonation.STATEMENT),
        ("", "你好", Intonation.STATEMENT),
        ("？", "你好", Intonation.QUESTION),
        ("。", "你好吗", Intonation.QUESTION),
        ("！", "你好吗", Intonation.EXCLAMATION),
        ("…", "你好", Intonation.SUSPENSION),
    ],
)
def test_melody_comes_from_the_mark_then_from_the_particle(mark: str, said: str, melody: Intonation) -> None:
    assert intonation(said + mark) is melody


@pytest.mark.parametrize(
    ("mark", "melodies"),
    [
        ("、", Intonation.LIST),
        ("，", Intonation.CONTINUATION),
        ("；", Intonation.CONTINUATION),
        ("：", Intonation.CONTINUATION),
        ("”", Intonation.QUOTATION),
        ("？", Intonation.QUESTION),
        ("。", Intonation.STATEMENT),
        ("—", Intonation.STATEMENT),
    ],
)
def test_a_mark_inside_a_sentence_has_a_melody_of_its_own(mark: str, melodies: Intonation) -> None:
    assert melody(mark) is melodies


# The model


def test_a_phrase_ends_where_the_model_is_sure() -> None:
    assert ends(toy(-5, 老师=9), "学校", "同学", "老师", "校长") == [1]


def test_a_model_that_is_sure_of_nothing_breaks_nothing() -> None:
    assert ends(toy(-5), "学校", "同学", "老师", "校长") == []


@pytest.mark.parametrize(("odds", "found"), [(-2, []), (0, [0, 1, 2])])
def test_a_place_is_broken_when_that_is_about_as_likely_as_not(odds: int, found: list[int]) -> None:
    assert ends(toy(odds), "学校", "同学", "老师", "校长") == found


def test_a_few_syllables_are_never_broken() -> None:
    assert ends(toy(9), "学校", "同学") == []


def test_a_long_stretch_asks_for_a_break_of_its_own_accord() -> None:
    found = ends(toy(-2), *["学校"] * 16)

    assert found
    assert all(2 * (right - left) <= 24 for left, right in zip([-1, *found], [*found, 15], strict=True))


def test_words_that_are_said_as_one_part_only_where_the_model_is_very_sure() -> None:
    joined = (Word("二十三", "m"), Word("公里", "q"), Word("学校", "n"), Word("老师", "n"))

    little, much = (toy(-5, 公里=odds).breaks(joined)[0] for odds in (6, 9))

    assert (little, much) == (Break.SYLLABLE, Break.PHRASE)


def test_no_model_is_sure_enough_to_break_before_a_particle() -> None:
    words = [Word("我们", "r"), Word("学校", "n"), Word("的", "uj"), Word("老师", "n"), Word("校长", "n")]

    assert toy(-5, 的=20).breaks(words)[1] is Break.SYLLABLE


def test_the_shipped_model_breaks_a_long_sentence_at_its_joints() -> None:
    words = [
        ("他们", "r"),
        ("昨天", "t"),
        ("晚上", "t"),
        ("在", "p"),
        ("学校", "n"),
        ("门口", "s"),
        ("等", "v"),
        ("了", "ul"),
        ("很", "d"),
        ("久", "a"),
    ]

    found = breaks(*words)

    assert Break.PHRASE in found[1:6]
    assert found[3] is not Break.PHRASE


@given(WORDS)
def test_the_same_words_are_broken_at_the_same_places(words: list[Word]) -> None:
    assert PROSODY.breaks(words) == Prosody().breaks(list(words))


@given(st.lists(WORDS, max_size=5))
def test_several_phrases_are_broken_as_each_alone(phrases: list[list[Word]]) -> None:
    assert PROSODY.breaks_of_all(phrases) == [PROSODY.breaks(words) for words in phrases]


# Features of the model of breaks


def test_the_words_and_kinds_on_both_sides_are_seen() -> None:
    found = set(features(PHRASE)[1])

    assert {"l今天", "r去", "ltt", "rtv", "l2我们", "r2公园", "lr今天 去"} <= found


def test_the_syllables_before_and_behind_are_seen() -> None:
    assert {"a4", "b5", "s9", "ab4 5"} <= set(features(PHRASE)[1])


def test_beyond_sixteen_syllables_lengths_are_not_told_apart() -> None:
    words = [Word("字" * 20, "n"), Word("字" * 30, "n")]

    assert {"a16", "b16", "s32", "ab9 9"} <= set(features(words)[0])


def test_beyond_the_ends_there_is_an_edge() -> None:
    assert {"l2^", "r2^"} <= set(features(PHRASE[:2])[0])


@given(WORDS)
def test_every_place_between_words_has_features_that_name_no_proposal(words: list[Word]) -> None:
    found = features(words)

    assert len(found) == max(0, len(words) - 1)
    for seen in found:
        assert seen[0] == "bias"
        assert not [feature for feature in seen if "=" in feature]


def test_an_english_word_is_as_long_as_two_syllables() -> None:
    assert {"a2", "b1"} <= set(features([Word("hello", "eng"), Word("去", "v")])[0])


def test_what_is_far_away_decides_nothing() -> None:
    near = [Word("三", "m")] * 64
    far = [Word("三", "m"), *[Word("去", "v")] * 200]

    assert features([*far, *near, *near, *far])[264] == features([*near, *near])[63]
