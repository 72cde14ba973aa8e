import itertools

import pytest
from benchmarks.serving.texts import JUDGED, LENGTHS, texts


@pytest.mark.parametrize("length", LENGTHS)
def test_every_text_has_the_length_that_was_asked_for(length: int) -> None:
    assert {len(text) for text in texts(length)} == {length}


@pytest.mark.parametrize("length", LENGTHS)
def test_no_text_comes_twice(length: int) -> None:
    made = list(texts(length))

    assert len(made) == len(set(made)) >= 100


def test_the_texts_of_two_runs_are_the_same() -> None:
    assert list(itertools.islice(texts(JUDGED), 50)) == list(itertools.islice(texts(JUDGED), 50))


def test_neighbours_do_not_share_their_beginning() -> None:
    made = list(itertools.islice(texts(JUDGED), 200))

    assert sum(one[:8] == other[:8] for one, other in itertools.pairwise(made)) < 10
