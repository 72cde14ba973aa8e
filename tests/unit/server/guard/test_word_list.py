"""Words that are not spoken, however they are written."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.errors import SetupError
from huisheng.server.guard.word_list import LONGEST, WordFile, WordList, load_filter

WORDS = WordList(["坏词", "ass", "Straße", "64", "ab c"])


@pytest.mark.parametrize(
    "text",
    [
        "这是坏词吗",
        "坏 词",
        "坏，词",
        "坏\u200b词",
        "坏\u0301词",
        "坏_*-【】词",
        "坏\n\n词",
        "an ASS",
        "ＡＳＳ",
        "ⓐⓢⓢ",
        "a.s.s",
        "甲ass乙",
        "STRASSE",
        "6-4",
        "⑥④",
        "ABC",
    ],
)
def test_a_word_is_found_in_every_disguise(text: str) -> None:
    assert WORDS.find(text) is not None


@pytest.mark.parametrize("text", ["", "好话", "词坏", "class", "assess", "as soon", "1964", "647", "。"])
def test_what_only_looks_like_a_word_is_let_pass(text: str) -> None:
    assert WORDS.find(text) is None


def test_a_word_is_returned_as_the_list_writes_it() -> None:
    assert WORDS.find("STRASSE") == "Straße"


def test_the_first_word_of_a_text_is_returned() -> None:
    assert WordList(["乙", "甲乙丙", "甲"]).find("甲乙丙") == "甲"


def test_an_empty_list_finds_nothing() -> None:
    assert WordList([]).find("坏词") is None


@given(
    st.lists(st.text("甲乙丙丁", min_size=1, max_size=4), max_size=5),
    st.text("甲乙丙丁戊 ，", max_size=30),
)
def test_exactly_what_holds_a_word_is_refused(words: list[str], text: str) -> None:
    bare = text.replace(" ", "").replace("，", "")

    assert (WordList(words).find(text) is not None) == any(word in bare for word in words)


@given(st.lists(st.text(max_size=8), max_size=5), st.text(max_size=50))
def test_any_text_is_searched_for_any_words(words: list[str], text: str) -> None:
    found = WordList(words).find(text)

    assert found is None or found in words


def test_a_stack_of_accents_is_searched_in_linear_time() -> None:
    """Ordering it by the standard would take minutes (a test that hangs has failed)."""
    assert WordList(["坏词"]).find("坏" + "\u0301\u0327" * 500_000 + "词") == "坏词"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("\ufeff# 说明\n坏词\n\n  旧词  \n", encoding="utf-8")
    return path


def change_file(path: Path, content: str) -> None:
    """Write a file and make sure that its time differs."""
    before = path.stat().st_mtime_ns
    path.write_text(content, encoding="utf-8")
    os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))


def test_a_file_holds_a_word_a_line(file: Path) -> None:
    words = WordFile(file)

    assert [words.find(text) for text in ("坏词", "旧词", "说明")] == ["坏词", "旧词", None]


def test_a_changed_file_is_read_again(file: Path) -> None:
    words = WordFile(file)
    change_file(file, "新词\n")

    assert [words.find(text) for text in ("坏词", "新词")] == [None, "新词"]


@pytest.mark.parametrize("content", ["！！！\n", "长" * (LONGEST + 1)])
def test_a_file_that_becomes_wrong_leaves_the_old_words_in_force(
    file: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    words = WordFile(file)
    change_file(file, content)

    assert words.find("坏词") == "坏词"
    assert "第 1 行" in caplog.text


def test_a_file_that_disappears_leaves_its_words_in_force(file: Path) -> None:
    words = WordFile(file)
    file.unlink()

    assert words.find("坏词") == "坏词"


@pytest.mark.parametrize("content", [b"\xff\xfe", "好词\n，。".encode(), "词".encode() * (LONGEST + 1)])
def test_a_wrong_file_is_refused_at_start(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(content)

    with pytest.raises(SetupError, match=r"words\.txt"):
        WordFile(path)


def test_an_absent_file_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(SetupError):
        WordFile(tmp_path / "absent.txt")


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A module of an operator's."""
    (tmp_path / "own_filter.py").write_text(
        "from huisheng.server.guard.word_list import WordList\n"
        "def make(): return WordList(['坏词'])\n"
        "def fails(): return 1 / 0\n"
        "def none(): return None\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "own_filter", raising=False)


def test_a_filter_of_ones_own_is_made_by_its_factory() -> None:
    assert load_filter("own_filter:make").find("坏词") == "坏词"


@pytest.mark.parametrize(
    "factory", ["absent_module:make", "own_filter:absent", "own_filter:fails", "own_filter:none"]
)
def test_a_factory_that_makes_no_filter_is_refused(factory: str) -> None:
    with pytest.raises(SetupError, match="HUISHENG_WORD_FILTER"):
        load_filter(factory)
