"""The cases in `tests/golden/text`, one a line: a question, and the answers that are right.

Every answer is text, in the form in which the case is written down, so that any front-end can be asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

Part: TypeAlias = Literal["tuning", "unseen"]
"""Part of the cases; nobody looks at single ones of the unseen part."""
Task: TypeAlias = Literal["normalization", "polyphones", "contexts", "sandhi", "breaks", "emotion"]
Adapter: TypeAlias = Callable[[str], str]
"""A front-end's answer to one question."""

TASKS: Final[tuple[Task, ...]] = ("normalization", "polyphones", "contexts", "sandhi", "breaks", "emotion")
REQUIRED, ALLOWED = "|", "/"
"""Phrase breaks in a marked text; everywhere else they are forbidden."""

FOLDER: Final = Path(__file__).resolve().parents[2] / "tests" / "golden" / "text"
_REMARK: Final = re.compile(r"\s+\([^()]*\)$")
_BREAKS: Final = str.maketrans("", "", REQUIRED + ALLOWED)


@dataclass(frozen=True, slots=True)
class Case:
    """One line.

    Attributes:
        category: the name of its file; in emotion the emotion.
        question: a text; in polyphones and contexts with brackets around the character that is asked for.
        answers: that are right, the usual one first: what is said, a syllable, syllables with blanks
            between them, the text with its breaks, an emotion.
    """

    category: str
    question: str
    answers: tuple[str, ...]


def read(task: Task, part: Part) -> tuple[Case, ...]:
    """The cases of one part, in the order of files and lines."""
    parse = _PARSERS[task]
    return tuple(
        parse(path.stem, line.strip())
        for path in sorted((FOLDER / part / task).iterdir())
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    )


def strip_brackets(question: str) -> tuple[str, int]:
    """The text of a question about a polyphone, and the index of the character that is asked for."""
    before, _, after = question.partition("[")
    return before + after.replace("]", "", 1), len(before)


def _parse_answers(category: str, line: str) -> Case:
    question, _, answers = line.partition(" => ")
    return Case(category, question, tuple(answer.strip() for answer in answers.split(" | ")))


def _parse_tones(category: str, line: str) -> Case:
    return _parse_answers(category, _REMARK.sub("", line))


def _parse_breaks(category: str, line: str) -> Case:
    return Case(category, line.translate(_BREAKS), (line,))


def _parse_emotion(_: str, line: str) -> Case:
    text, emotion, _ = line.split("\t")
    return Case(emotion, text, (emotion,))


_PARSERS: Final[Mapping[Task, Callable[[str, str], Case]]] = {
    "normalization": _parse_answers,
    "polyphones": _parse_answers,
    "contexts": _parse_answers,
    "sandhi": _parse_tones,
    "breaks": _parse_breaks,
    "emotion": _parse_emotion,
}
