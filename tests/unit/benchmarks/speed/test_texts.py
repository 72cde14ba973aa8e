from collections import Counter

from benchmarks.speed.texts import LENGTHS, read_texts


def test_there_are_three_texts_of_every_length() -> None:
    assert {length: len(set(texts)) for length, texts in read_texts().items()} == dict.fromkeys(LENGTHS, 3)


def test_every_text_has_the_length_it_stands_for() -> None:
    lengths = Counter(len(text) for texts in read_texts().values() for text in texts)

    assert set(lengths) == set(LENGTHS)
