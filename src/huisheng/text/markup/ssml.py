"""SSML 1.1 (W3C Recommendation, 7 September 2010) to a script, with two extensions in common use.

`mstts:express-as` is Azure's, `emotion` Alibaba's. The parser is expat, behind `document.check`. Whatever is
wrong is named with its line and column and with what would be right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple
from xml.parsers import expat

from huisheng.text.markup import document, values
from huisheng.text.markup.builder import LINE_END, Builder
from huisheng.text.markup.compatibility import notices
from huisheng.text.markup.directives import DIRECTIVES
from huisheng.text.markup.elements import Element
from huisheng.text.markup.faults import error_at
from huisheng.text.markup.inflections import INFLECTIONS
from huisheng.text.markup.script import MarkupVocabulary, Script
from huisheng.types import Inflection, Span

DEEPEST: Final = 32
"""Elements that are open at once."""

_BLANKS: Final = re.compile(r"\s+")
_USUAL_REST: Final = 0.5
"""Seconds of a break that says nothing more, as a medium one."""


def parse(source: str, vocabulary: MarkupVocabulary) -> Script:
    """The script of an SSML document.

    Args:
        source: the document; its root is `speak`.
        vocabulary: names of emotions and voices that may be used.

    Raises:
        MarkupError: it is not well formed, or asks for what there is not; with line and column.
    """
    document.check(source)
    return _Parser(source, vocabulary).parse()


class _Open(NamedTuple):
    """An element that has begun: where in the text, and how what is around it is said."""

    element: Element
    place: int
    around: Inflection


@dataclass(slots=True)
class _Cursor:
    """Turns expat's ever growing byte offsets into character offsets, in linear time."""

    encoded: bytes
    byte: int = 0
    character: int = 0

    def at(self, byte: int) -> int:
        self.character += len(self.encoded[self.byte : byte].decode("utf-8", "ignore"))
        self.byte = byte
        return self.character


class _Parser:
    def __init__(self, source: str, vocabulary: MarkupVocabulary) -> None:
        self._source = source
        self._cursor = _Cursor(source.encode("utf-8"))
        self._vocabulary = vocabulary
        self._builder = Builder(source)
        self._open: list[_Open] = []
        self._verbatim = False
        self._expat = expat.ParserCreate("utf-8")  # whatever encoding a declaration names
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._characters
        self._expat.StartCdataSectionHandler = partial(self._set_verbatim, True)
        self._expat.EndCdataSectionHandler = partial(self._set_verbatim, False)
        self._expat.ProcessingInstructionHandler = self._instruction

    def parse(self) -> Script:
        try:
            self._expat.Parse(self._cursor.encoded, True)
        except expat.ExpatError as error:
            at = self._cursor.at(self._expat.ErrorByteIndex)
            raise error_at(self._source, at, document.fault_of(error)) from error
        return self._builder.script()

    def _here(self) -> int:
        return self._cursor.at(self._expat.CurrentByteIndex)

    def _set_verbatim(self, verbatim: bool) -> None:
        self._verbatim = verbatim

    def _instruction(self, *_: object) -> None:
        raise error_at(self._source, self._here(), document.INSTRUCTION)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(self._source, self._here(), name, attributes)
        if len(self._open) >= DEEPEST:
            raise element.wrong(f"标签嵌套超过 {DEEPEST} 层", f"elements are nested deeper than {DEEPEST}")
        element.check(self._open[-1].element.name if self._open else "")
        self._builder.note(notices(element, self._vocabulary))
        around = self._builder.inflection
        if name == "p":
            self._builder.end_unit(element.start)
        elif name == "s":
            self._builder.end_sentence(element.start)
        elif name == "break":
            self._builder.rest(_rest(element))
        elif name == "mark":
            self._builder.bookmark(element.require("name", '<mark name="a"/>'))
        elif name == "bookmark":
            self._builder.bookmark(element.require("mark", '<bookmark mark="a"/>'))
        elif name in INFLECTIONS:
            self._builder.inflect(INFLECTIONS[name](element, around, self._vocabulary))
        self._open.append(_Open(element, self._builder.place, around))

    def _end(self, name: str) -> None:
        at = self._here()
        element, place, around = self._open.pop()
        if name == "p":
            self._builder.end_unit(at)
        elif name == "s":
            self._builder.end_sentence(at)
        elif name == "sub":
            alias = element.require("alias", '<sub alias="世界卫生组织">WHO</sub>')
            self._builder.write_for(" ".join(alias.split()), element.start, self._tag_end(at))
        elif name in DIRECTIVES:
            text = self._builder.text_since(place)
            start = place + len(text) - len(text.lstrip())
            span = Span(start, start + len(text.strip()))
            self._builder.direct(DIRECTIVES[name](element, text.strip(), span))
        elif name in INFLECTIONS:
            self._builder.inflect(around)

    def _tag_end(self, at: int) -> int:
        """Where the end tag at `at` ends; an element without one has ended there already."""
        return self._source.index(">", at) + 1 if self._source.startswith("</sub", at) else at

    def _characters(self, data: str) -> None:
        at = self._here()
        inside = self._open[-1].element
        if not data.isspace():
            inside.check_text()
        if inside.name == "sub":
            return
        if self._source.startswith("&", at) and not self._verbatim:
            self._write_for(data, at, self._source.index(";", at) + 1)
        elif self._source.startswith("\r\n", at):
            self._write_for(data, at, at + 2)
        elif data == LINE_END:
            self._write_for(data, at, at + 1)
        else:
            self._write(data, at)

    def _write(self, data: str, at: int) -> None:
        """Text as it stands, every run of white space as one blank."""
        written = 0
        for blanks in _BLANKS.finditer(data):
            self._builder.write(data[written : blanks.start()], at + written)
            self._write_for(blanks[0], at + blanks.start(), at + blanks.end())
            written = blanks.end()
        self._builder.write(data[written:], at + written)

    def _write_for(self, data: str, start: int, end: int) -> None:
        """Text that stands for something else, or white space as one blank unless there is one already."""
        if not data.isspace():
            self._builder.write_for(data, start, end)
        elif self._builder.last not in ("", " ", LINE_END):
            self._builder.write_for(" ", start, end)


def _rest(element: Element) -> float:
    """Seconds of silence that a break asks for."""
    strength = partial(values.level, "break")
    seconds = element.value("strength", strength, "weak, medium, strong", _USUAL_REST)
    return element.value("time", values.seconds, "500ms, 1.5s (≤ 10s)", seconds)
