"""Texts of the corpus: what may be said, and in which emotion if its words have one.

    texts/*.txt                      written for this voice, one utterance a line; `#` begins a remark
    ../frontend/emotions/*.tsv       text, emotion, strength
    ../frontend/breaks/*.txt         sentences, `|` and `/` where a phrase ends
    ../frontend/polyphones/*.txt     sentences under headings

All of them were written for this project. A line that shares `NOVEL` characters in a row with a text that the
finished voice is judged by is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.emotion.names import NAMES

HERE: Final = Path(__file__).parent
FRONTEND: Final = HERE.parent / "frontend"
JUDGED: Final = tuple(
    HERE.parents[1] / "benchmarks" / path
    for path in ("voice/held_out.txt", "voice/robust.txt", "emotion/sentences.txt")
)
"""Texts that must not be learned."""

NOVEL: Final = 7
"""Characters in a row, marks and blanks not counted."""

_UNSPOKEN: Final = re.compile(r"[\W_]")
_EMOTIONS: Final = frozenset(NAMES) - {"neutral"}


class Line(NamedTuple):
    """One text.

    Attributes:
        text: as it is written.
        kind: name of the file that it comes from; the front-end's own have that of their folder.
        emotion: that its words suggest; empty where any would do.
    """

    text: str
    kind: str
    emotion: str


def own_lines() -> Iterator[Line]:
    """The texts written for this voice."""
    for path in sorted((HERE / "texts").glob("*.txt")):
        emotion = path.stem if path.stem in _EMOTIONS else ""
        for text in _texts(path):
            yield Line(text, path.stem, emotion)


def emotional() -> Iterator[Line]:
    """Texts of the front-end that show an emotion of ours."""
    for path in sorted((FRONTEND / "emotions").glob("*.tsv")):
        for row in _texts(path):
            text, emotion, _ = row.split("\t")
            if emotion in _EMOTIONS:
                yield Line(_with_full_stop(text), "emotions", emotion)


def plain() -> Iterator[Line]:
    """Long and short texts of the front-end."""
    for path in sorted((FRONTEND / "breaks").glob("*.txt")):
        yield from (Line(_with_full_stop(re.sub("[|/]", "", text)), "breaks", "") for text in _texts(path))
    for path in sorted((FRONTEND / "polyphones").glob("*.txt")):
        yield from (Line(_with_full_stop(text), "polyphones", "") for text in _texts(path) if text[0] != "=")


class Novelty:
    """Knows the texts that must not be learned."""

    def __init__(self, paths: tuple[Path, ...] = JUDGED) -> None:
        texts = (text.rpartition("\t")[2] for path in paths for text in _texts(path))
        self._pieces = {piece for text in texts for piece in _pieces(text)}

    def __call__(self, text: str) -> bool:
        """Whether a text shares nothing with them."""
        return self._pieces.isdisjoint(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """Every `NOVEL` spoken characters in a row; a shorter text as a whole."""
    spoken = _UNSPOKEN.sub("", text)
    yield from (spoken[start : start + NOVEL] for start in range(max(1, len(spoken) - NOVEL + 1)))


def _texts(path: Path) -> Iterator[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return (line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _with_full_stop(text: str) -> str:
    """With a full stop where no mark ends it."""
    return text if text[-1] in "。！？…”" else f"{text}。"
