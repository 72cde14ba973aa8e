from benchmarks.speed.figures import JUDGED
from benchmarks.speed.texts import FILE, LENGTHS, read_texts


def test_there_are_texts_of_every_length() -> None:
    assert all(read_texts().values())


def test_three_texts_stand_behind_the_last_line() -> None:
    assert len(set(read_texts()[JUDGED])) == 3


def test_every_line_has_one_of_the_lengths() -> None:
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]

    assert {len(line) for line in lines} == set(LENGTHS)
