"""Which unseen cases are not unseen: a tuning case or a text that the models learn from says the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from benchmarks.text.cases import Task, read
from benchmarks.text.scoring import letters

_RECIPES: Final = Path(__file__).resolve().parents[2] / "recipes" / "frontend"
_LEARNT: Final[Mapping[Task, str]] = {"polyphones": "polyphones", "breaks": "breaks", "emotion": "emotions"}
"""Task → the folder of its model's texts, one a line."""


def count_known(task: Task) -> int:
    """How many unseen cases ask what stands elsewhere too, whatever its marks."""
    known = {letters(text) for text in _list_known_texts(task)}
    return sum(letters(case.question) in known for case in read(task, "unseen"))


def _list_known_texts(task: Task) -> Iterator[str]:
    yield from (case.question for case in read(task, "tuning"))
    if task in _LEARNT:
        for path in (_RECIPES / _LEARNT[task]).glob("*.t[xs][tv]"):
            for line in path.read_text(encoding="utf-8").splitlines():
                yield line.partition("\t")[0]
