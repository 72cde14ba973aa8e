"""The sentences that are spoken: half to learn from, half unseen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

_HAN: Final = re.compile(r"[\u4e00-\u9fff]")


class Sentences(NamedTuple):
    """The two sets; statements, questions and exclamations take turns, so any first few are balanced."""

    training: tuple[str, ...]
    test: tuple[str, ...]

    def first(self, training: int, test: int) -> Sentences:
        """Only the first so many of each set."""
        return Sentences(self.training[:training], self.test[:test])


def read_sentences() -> Sentences:
    """From sentences.txt."""
    text = Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return Sentences(*(tuple(text for name, text in rows if name == kind) for kind in Sentences._fields))


def syllables(text: str) -> int:
    """Syllables of a text in Chinese characters without 儿化: one each."""
    return len(_HAN.findall(text))
