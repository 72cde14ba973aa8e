"""Which sentences are compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from huisheng.errors import RequestError, StorageError
from huisheng.listening.sentences import MOST, read_sentences


def test_without_a_file_there_are_eight_sentences_of_our_own() -> None:
    assert len(set(read_sentences())) == 8


def test_a_file_gives_its_lines_without_blank_ones_and_without_the_mark_of_its_encoding(
    tmp_path: Path,
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("\ufeff春江。\r\n\r\n  秋水。 \n".encode())

    assert read_sentences(path) == ("春江。", "秋水。")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\n \n", "没有句子"), ("春江".encode("gbk"), "UTF-8"), (("春\n" * (MOST + 1)).encode(), "101 句")],
    ids=["blank", "gbk", "too many"],
)
def test_a_file_that_gives_no_list_of_sentences_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(content)

    with pytest.raises(RequestError, match=said):
        read_sentences(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"missing\.txt"):
        read_sentences(tmp_path / "missing.txt")
