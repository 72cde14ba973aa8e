from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import benchmarks.emotion
import pytest


@pytest.fixture
def distance(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], int]:
    here = str(Path(benchmarks.emotion.__file__).parent)
    monkeypatch.setattr(sys, "path", [here, *sys.path])  # as when it runs as a program
    return importlib.import_module("hearing").distance


@pytest.mark.parametrize(
    ("spoken", "heard", "errors"),
    [
        ("abc", "abc", 0),
        ("abc", "ac", 1),
        ("abc", "axc", 1),
        ("abc", "abcd", 1),
        ("abc", "", 3),
        ("", "ab", 2),
    ],
)
def test_every_syllable_lost_added_or_changed_is_one_error(
    distance: Callable[[str, str], int], spoken: str, heard: str, errors: int
) -> None:
    assert distance(spoken, heard) == errors
