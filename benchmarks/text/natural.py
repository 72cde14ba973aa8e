"""Running text in `tests/golden/text/*/natural`: every syllable and phrase break of it is known.

A file is a kind of text. A paragraph is two lines, with an empty one behind it: the text with its phrase
breaks, and its syllables. These are a token for each Han character (`_` for a 儿 that is no syllable of its
own, readings that are as right behind a `/`), and `[ ]` around what is said for the digits and letters in
between, with ` | ` between what may be said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from benchmarks.text.cases import FOLDER, REQUIRED, Part

NATURAL: Final = "natural"
"""The folder of running text beside those of the tasks."""

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff〇"
_UNIT: Final = re.compile(f"(?P<han>[{_HAN}])|(?P<gap>[^{_HAN}]+)")
_TOKEN: Final = re.compile(r"\[[^\]]*\]|\S+")
_SILENT: Final = "_"

Syllables: TypeAlias = tuple[str, ...]
"""Pinyin with its tone digit; English words are left out."""


class Said(NamedTuple):
    """A syllable that a front-end says for `start`…`end` of a text."""

    start: int
    end: int
    syllable: str


class Read(NamedTuple):
    """How a front-end reads a text: its syllables, and after how many characters its phrases end."""

    said: Sequence[Said]
    breaks: frozenset[int]


TextReader: TypeAlias = Callable[[str], Read]


@dataclass(frozen=True, slots=True)
class Unit:
    """A Han character, or the digits and letters between two of them.

    Attributes:
        start: its first character in the text.
        end: behind its last.
        answers: what may be said for it, the best first.
    """

    start: int
    end: int
    answers: tuple[Syllables, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text and how it is read.

    Attributes:
        kind: of text.
        text: without its breaks.
        units: in order.
        breaks: how many characters stand before each phrase break that no mark makes.
    """

    kind: str
    text: str
    units: tuple[Unit, ...]
    breaks: frozenset[int]

    @property
    def characters(self) -> int:
        """How many Han characters it has."""
        return sum(unit.end - unit.start == 1 and is_han(self.text[unit.start]) for unit in self.units)


class MisalignedParagraph(ValueError):
    """The syllables of a paragraph are not those of its text."""


def paragraphs(part: Part, folder: Path = FOLDER) -> tuple[Paragraph, ...]:
    """Those of one part, in the order of files and lines.

    Raises:
        MisalignedParagraph: one has more or fewer tokens than its text asks for.
    """
    return tuple(
        parse(path.stem, *block.splitlines())
        for path in sorted((folder / part / NATURAL).glob("*.txt"))
        for block in path.read_text(encoding="utf-8").strip().split("\n\n")
    )


def parse(kind: str, marked: str, readings: str) -> Paragraph:
    """A paragraph from its two lines.

    Raises:
        MisalignedParagraph: it has more or fewer tokens than its text asks for.
    """
    text = marked.replace(REQUIRED, "")
    spans, tokens = list(_spans(text)), _TOKEN.findall(readings)
    if len(spans) != len(tokens):
        raise MisalignedParagraph(f"{kind}: {len(spans)} units, {len(tokens)} tokens: {text[:20]}")
    units = tuple(
        Unit(start, end, _answers(token)) for (start, end), token in zip(spans, tokens, strict=True)
    )
    pieces = marked.split(REQUIRED)[:-1]
    lengths = [sum(map(len, pieces[: place + 1])) for place in range(len(pieces))]
    return Paragraph(kind, text, units, frozenset(lengths))


def is_han(character: str) -> bool:
    """Whether a character is read by itself."""
    match = _UNIT.match(character)
    return match is not None and match.lastgroup == "han"


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the units of a text are: its Han characters, and what holds a letter or digit between them."""
    for match in _UNIT.finditer(text):
        if match.lastgroup == "han" or any(map(str.isalnum, match.group())):
            yield match.span()


def _answers(token: str) -> tuple[Syllables, ...]:
    if token == _SILENT:
        return ((),)
    if not token.startswith("["):
        return tuple((reading,) for reading in token.split("/"))
    spoken = [answer.split() for answer in token.strip("[]").split("|")]
    return tuple(tuple(each for each in answer if each[-1].isdigit()) for answer in spoken)
