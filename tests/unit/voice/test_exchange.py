"""Two folders change places, or nothing happens."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from huisheng.voice.exchange import exchange


def two(folder: Path) -> tuple[Path, Path]:
    """Two folders, each with a file of its own name."""
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / name).touch()
    return folder / "one", folder / "two"


def inside(*folders: Path) -> list[list[str]]:
    return [[path.name for path in folder.iterdir()] for folder in folders]


def test_each_has_the_place_of_the_other_or_both_stay(tmp_path: Path) -> None:
    one, other = two(tmp_path)
    done = exchange(one, other)

    assert inside(one, other) == ([["two"], ["one"]] if done else [["one"], ["two"]])


@pytest.mark.skipif(sys.platform != "linux", reason="the call of Linux")
def test_folders_are_exchanged_on_linux(tmp_path: Path) -> None:
    assert exchange(*two(tmp_path))


def test_nothing_happens_where_one_is_missing(tmp_path: Path) -> None:
    one, _ = two(tmp_path)

    assert not exchange(one, tmp_path / "three")
    assert inside(one) == [["one"]]


@pytest.mark.skipif(sys.platform == "win32", reason="C libraries are called otherwise there")
def test_nothing_happens_with_a_c_library_from_before_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def library(_: None) -> object:
        return object()

    one, other = two(tmp_path)
    monkeypatch.setattr(ctypes, "CDLL", library)

    assert not exchange(one, other)
    assert inside(one, other) == [["one"], ["two"]]


def test_nothing_happens_on_a_system_without_such_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two(tmp_path)
    monkeypatch.setattr(sys, "platform", "other")

    assert not exchange(one, other)
    assert inside(one, other) == [["one"], ["two"]]
