from __future__ import annotations

from collections import Counter

import pytest
from benchmarks.voice.texts import held_out, robust, spread


def test_there_are_sixty_held_out_sentences() -> None:
    assert len(set(held_out())) == 60


def test_there_are_a_thousand_different_texts_in_six_groups() -> None:
    groups = Counter(line.group for line in robust())

    assert len({line.text for line in robust()}) == 1000
    assert groups.keys() == {"words", "short", "ordinary", "eighty", "paragraphs", "hard"}


def test_remarks_are_not_read() -> None:
    assert not [text for text in (*held_out(), *(line.text for line in robust())) if text.startswith("#")]


@pytest.mark.parametrize(
    ("limit", "chosen"), [(0, range(10)), (3, (0, 3, 6)), (10, range(10)), (99, range(10))]
)
def test_a_few_are_taken_evenly_from_the_whole(limit: int, chosen: tuple[int, ...]) -> None:
    assert spread(range(10), limit) == tuple(chosen)
