from __future__ import annotations

import re
from collections import Counter

import pytest
from benchmarks.emotion.sentences import read_sentences, syllables

SENTENCES = read_sentences()
EVERY = [*SENTENCES.training, *SENTENCES.test]


def test_there_are_twenty_of_each_set() -> None:
    assert [len(texts) for texts in SENTENCES] == [20, 20]


def test_no_test_sentence_is_learnt_from() -> None:
    assert len(set(EVERY)) == 40


@pytest.mark.parametrize("text", EVERY)
def test_a_sentence_is_8_to_14_chinese_characters_and_its_marks(text: str) -> None:
    assert re.fullmatch(r"[\u4e00-\u9fff，]+[。？！]", text)
    assert 8 <= syllables(text) <= 14


@pytest.mark.parametrize("text", EVERY)
def test_no_character_of_a_sentence_merges_with_its_neighbour(text: str) -> None:
    assert "儿" not in text


@pytest.mark.parametrize("texts", SENTENCES, ids=SENTENCES._fields)
def test_statements_questions_and_exclamations_are_balanced(texts: tuple[str, ...]) -> None:
    counts = Counter(text[-1] for text in texts)

    assert set(counts) == set("。？！")
    assert min(counts.values()) >= 6
