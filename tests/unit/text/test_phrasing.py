"""What the model of breaks sees between two words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.phrasing import features, length
from huisheng.text.segmentation import Word

WORDS = st.lists(
    st.builds(Word, st.text("中文字的了", min_size=1, max_size=6), st.sampled_from(["n", "v", "d", "eng"])),
    min_size=2,
    max_size=9,
)
PHRASE = [Word("我们", "r"), Word("今天", "t"), Word("去", "v"), Word("公园", "n"), Word("散步", "v")]


@pytest.mark.parametrize(
    ("word", "syllables"), [(Word("公园", "n"), 2), (Word("去", "v"), 1), (Word("hello", "eng"), 2)]
)
def test_an_english_word_is_as_long_as_two_syllables(word: Word, syllables: int) -> None:
    assert length(word) == syllables


def test_the_words_and_kinds_on_both_sides_are_seen() -> None:
    found = set(features(PHRASE, 2))

    assert {"l今天", "r去", "ltt", "rtv", "l2我们", "r2公园", "lr今天 去"} <= found


def test_the_syllables_before_and_behind_are_seen() -> None:
    assert {"a4", "b5", "s9", "ab4 5"} <= set(features(PHRASE, 2))


def test_beyond_sixteen_syllables_lengths_are_not_told_apart() -> None:
    words = [Word("字" * 20, "n"), Word("字" * 30, "n")]

    assert {"a16", "b16", "s32", "ab9 9"} <= set(features(words, 1))


def test_beyond_the_ends_there_is_an_edge() -> None:
    assert {"l2^", "r2^"} <= set(features(PHRASE[:2], 1))


@given(WORDS, st.data())
def test_every_place_has_features_that_name_no_proposal(words: list[Word], data: st.DataObject) -> None:
    end = data.draw(st.integers(1, len(words) - 1))

    found = features(words, end)

    assert found[0] == "bias"
    assert not [feature for feature in found if "=" in feature]
    assert found == features(list(words), end)


def test_what_is_far_away_decides_nothing() -> None:
    near = [Word("三", "m")] * 64
    far = [Word("三", "m"), *[Word("去", "v")] * 200]

    assert features([*far, *near, *near, *far], 265) == features([*near, *near], 64)
