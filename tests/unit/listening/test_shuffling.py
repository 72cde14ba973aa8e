"""The order of the candidates."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.listening.shuffling import keep_order, shuffle


@given(st.integers(1, 40), st.integers(2, 9), st.integers(0, 1 << 32))
def test_each_candidate_stands_in_each_sentence_once(sentences: int, candidates: int, seed: int) -> None:
    orders = shuffle(sentences, candidates, seed)

    assert [sorted(order) for order in orders] == [list(range(candidates))] * sentences


@given(st.integers(1, 5), st.integers(2, 9), st.integers(0, 1 << 32))
def test_each_candidate_stands_in_each_place_equally_often(squares: int, candidates: int, seed: int) -> None:
    orders = shuffle(squares * candidates, candidates, seed)

    places = Counter((place, candidate) for order in orders for place, candidate in enumerate(order))
    assert set(places.values()) == {squares}


def test_a_seed_means_one_shuffling_for_good() -> None:
    assert shuffle(4, 3, seed=7) == ((0, 2, 1), (1, 2, 0), (2, 0, 1), (2, 1, 0))


def test_another_seed_is_another_shuffling() -> None:
    assert len({shuffle(8, 3, seed) for seed in range(20)}) == 20


@pytest.mark.parametrize("count", [2, 5])
def test_where_names_are_shown_all_stand_as_they_were_asked_for(count: int) -> None:
    assert keep_order(3, count) == (tuple(range(count)),) * 3
