"""Puts a script together while a parser walks through its source."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import StringIO
from itertools import repeat

from huisheng.text.markup.script import Bookmark, Change, Directive, Rest, Script
from huisheng.types import PLAIN, Inflection, Notice
from huisheng.units import Seconds

LINE_END = "\n"
"""Ends a unit of text wherever it stands."""

_FULL_STOP = "。"
_STOPS = "。！？!?…；;.”」』"
"""Characters behind which a sentence needs no full stop."""


def _offsets() -> array[int]:
    """Eight bytes a character: a book with one direction in it still fits."""
    return array("q")


@dataclass(slots=True)
class Builder:
    """A script in the making.

    Attributes:
        source: what the user wrote.
        last: the last character of the text, `LINE_END` behind a boundary; empty at the beginning.
    """

    source: str
    last: str = ""
    _text: StringIO = field(default_factory=StringIO)
    _starts: array[int] = field(default_factory=_offsets)
    _ends: array[int] = field(default_factory=_offsets)
    _directives: list[Directive] = field(default_factory=list[Directive])
    _rests: list[Rest] = field(default_factory=list[Rest])
    _changes: list[Change] = field(default_factory=list[Change])
    _bookmarks: list[Bookmark] = field(default_factory=list[Bookmark])
    _notices: dict[Notice, None] = field(default_factory=dict[Notice, None])

    @property
    def place(self) -> int:
        """How many characters of text there are."""
        return len(self._starts)

    @property
    def inflection(self) -> Inflection:
        """How the next character will be said."""
        return self._changes[-1].inflection if self._changes else PLAIN

    def text_since(self, place: int) -> str:
        """The characters from `place` on."""
        self._text.seek(place)
        return self._text.read()

    def write(self, text: str, start: int) -> None:
        """Characters that stand in the source as they are, from `start` on."""
        self._append(text)
        self._starts.extend(range(start, start + len(text)))
        self._ends.extend(range(start + 1, start + len(text) + 1))

    def write_for(self, text: str, start: int, end: int) -> None:
        """Characters that stand for the source from `start` up to `end`."""
        self._append(text)
        self._starts.extend(repeat(start, len(text)))
        self._ends.extend(repeat(end, len(text)))

    def end_unit(self, at: int) -> None:
        """A boundary of sentences; `at` counts in the source."""
        if self.last not in ("", LINE_END):
            self.write_for(LINE_END, at, at)

    def end_sentence(self, at: int) -> None:
        """The end of a sentence, with a full stop where its last character is none."""
        if self.last in ("", LINE_END):
            return
        if self.text_since(max(0, self.place - 2)).rstrip()[-1:] not in _STOPS:
            self.write_for(_FULL_STOP, at, at)
        self.last = LINE_END

    def rest(self, seconds: float) -> None:
        """Silence here; two rests at one place are one, the longer."""
        if self._rests and self._rests[-1].at == self.place:
            seconds = max(seconds, self._rests.pop().seconds)
        self._rests.append(Rest(self.place, Seconds(seconds)))

    def inflect(self, inflection: Inflection) -> None:
        """From here on, say it so."""
        if self._changes and self._changes[-1].at == self.place:
            self._changes.pop()
        if inflection != self.inflection:
            self._changes.append(Change(self.place, inflection))

    def direct(self, directive: Directive) -> None:
        """Take a stretch of text that has been written out of the front-end's judgement."""
        if directive.span.start < directive.span.end:
            self._directives.append(directive)

    def bookmark(self, name: str) -> None:
        """Name this place."""
        self._bookmarks.append(Bookmark(self.place, name))

    def note(self, notices: Iterable[Notice]) -> None:
        """Tell what is done otherwise than the source asks; the same is told once."""
        self._notices.update(dict.fromkeys(notices))

    def script(self) -> Script:
        """What has been put together."""
        return Script(
            self.source,
            self.text_since(0),
            self._starts,
            self._ends,
            tuple(self._directives),
            tuple(self._rests),
            tuple(self._changes),
            tuple(self._bookmarks),
            tuple(self._notices),
        )

    def _append(self, text: str) -> None:
        self._text.write(text)
        self.last = text[-1:] or self.last
