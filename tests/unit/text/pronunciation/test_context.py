"""What the model of polyphones sees: neighbours by place, words, and what stands farther off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.pronunciation.context import Place, features
from huisheng.text.segmentation import Word

WORDS = st.lists(
    st.builds(
        Word, st.text("银行长走路的一", min_size=1, max_size=5), st.sampled_from(["n", "v", "ns", "eng"])
    ),
    min_size=1,
    max_size=8,
)


def at(words: list[Word], index: int) -> Place:
    """The character with this index in the words together."""
    start = 0
    for position, word in enumerate(words):
        if index < start + len(word.text):
            return Place(words, position, index - start, "".join(each.text for each in words), index)
        start += len(word.text)
    raise IndexError(index)


def seen(index: int, *words: tuple[str, str]) -> set[str]:
    return set(features(at([Word(*word) for word in words], index), []))


def test_neighbours_count_by_their_place() -> None:
    found = seen(2, ("我", "r"), ("在", "p"), ("行", "n"), ("里", "f"))

    assert {"l1在", "l2我", "l3^", "r1里", "r2^", "lr在里"} <= found


def test_the_word_and_the_words_beside_it_count_with_their_kinds() -> None:
    found = seen(3, ("我", "r"), ("去", "v"), ("银行", "n"), ("了", "u"))

    assert {"w银行", "tn21", "wl去", "wr了", "tlv", "tru", "wl2我"} <= found


@pytest.mark.parametrize(("index", "ends"), [(0, "ends02"), (2, "ends22"), (4, "ends20")])
def test_the_ends_of_the_phrase_count_when_they_are_near(index: int, ends: str) -> None:
    assert ends in seen(index, ("一二", "m"), ("三四五", "m"))


def test_what_stands_farther_off_counts_wherever_it_stands() -> None:
    found = seen(11, ("银", "n"), ("一" * 10, "m"), ("行", "n"), ("走路", "v"))

    assert {"R走", "R路", "L一", "W走路"} <= found
    assert "L银" not in found


def test_proposals_are_features_as_they_are() -> None:
    place = at([Word("银行", "n")], 1)

    assert {"word2=hang2", "rule=xing2"} <= set(features(place, ["word2=hang2", "rule=xing2"]))


@given(WORDS, st.data())
def test_every_place_has_features_that_name_no_reading(words: list[Word], data: st.DataObject) -> None:
    place = at(words, data.draw(st.integers(0, sum(len(word.text) for word in words) - 1)))

    found = features(place, [])

    assert found[0] == "bias"
    assert not [feature for feature in found if "=" in feature]
    assert found == features(place, [])
