"""A text with directions: read from what people write, and what the front-end takes.

Text without any markup needs nothing but this module.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from huisheng.errors import UnknownMarkup
from huisheng.types import PLAIN, EmotionName, Inflection, Notice, Span
from huisheng.units import Seconds

Markup: TypeAlias = Literal["auto", "none", "ssml", "shorthand"]
"""How a text is marked up: `auto` finds out itself, `none` takes every character as it stands."""

_BRACKET: Final = "["
"""Begins a direction of the shorthand."""
_TAG: Final = "<"
"""Begins an element of SSML."""

SayAsKind: TypeAlias = Literal[
    "cardinal",
    "ordinal",
    "digits",
    "telephone",
    "fraction",
    "score",
    "date",
    "time",
    "duration",
    "currency",
    "unit",
    "address",
    "name",
    "characters",
]


@dataclass(frozen=True, slots=True)
class SayAs:
    """How a stretch is to be understood. `layout` orders a date (`mdy`, `ym`) or a time (`hms24`)."""

    span: Span
    kind: SayAsKind
    layout: str = ""


@dataclass(frozen=True, slots=True)
class Phonemes:
    """How a stretch sounds: one syllable a Han character, or the ARPAbet phones of one word.

    `by_user` when it stands in a user's lexicon: then tones change as in any word. `language` is yue where
    the syllables are jyutping.
    """

    span: Span
    syllables: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    by_user: bool = False
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Rest:
    """Silence of `seconds` before the character at `at`; 0 forbids a break there."""

    at: int
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class OneWord:
    """A stretch that is one word, whatever dictionaries say."""

    span: Span


@dataclass(frozen=True, slots=True)
class Change:
    """From the character at `at` on, the text is said with this inflection."""

    at: int
    inflection: Inflection


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A name for the place before the character at `at`."""

    at: int
    name: str


Directive: TypeAlias = SayAs | Phonemes | OneWord
"""What takes a stretch out of the front-end's own judgement; no two of a script overlap."""


class StandIn(NamedTuple):
    """The id of the voice that stands in for one that there is not, and a notice about it."""

    voice: str
    notice: Notice


def _no_stand_in(_: str) -> StandIn | None:
    return None


@dataclass(frozen=True, slots=True)
class MarkupVocabulary:
    """The names that markup may use, so that a wrong one is refused where it stands.

    Attributes:
        emotions: names and aliases in lower case → name and the share of the strength asked for.
        voices: ids and display names → id.
        stand_in: finds the voice that stands in for one that is not among them.
    """

    emotions: Mapping[str, tuple[EmotionName, float]] = field(
        default_factory=dict[str, tuple[EmotionName, float]]
    )
    voices: Mapping[str, str] = field(default_factory=dict[str, str])
    stand_in: Callable[[str], StandIn | None] = _no_stand_in

    def voice(self, wanted: str) -> str | None:
        """The id of the voice that a name means; None where none has it or stands in for it."""
        if wanted in self.voices:
            return self.voices[wanted]
        other = self.stand_in(wanted)
        return other and other.voice

    def voice_notice(self, wanted: str) -> Notice | None:
        """The notice about a voice, where another stands in for it."""
        other = None if wanted in self.voices else self.stand_in(wanted)
        return other and other.notice


@dataclass(frozen=True, slots=True)
class Script:
    """A text and its directions. Every offset counts characters of `text`.

    Attributes:
        source: what the user wrote.
        text: what is read.
        starts: (len(text),) where each character of `text` begins in `source`; empty when they are the same.
        ends: (len(text),) where it ends there.
        directives: in order, apart from each other.
        rests: in order.
        changes: in order, no two at one place.
        bookmarks: in order.
        notices: what of the source is done otherwise than it asks.
    """

    source: str
    text: str
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()
    directives: tuple[Directive, ...] = ()
    rests: tuple[Rest, ...] = ()
    changes: tuple[Change, ...] = ()
    bookmarks: tuple[Bookmark, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it says no more than its text."""
        return not self.starts

    def origin(self, span: Span) -> Span:
        """Where a stretch of `text` stands in `source`."""
        if self.plain:
            return span
        if span.start == span.end:
            place = self.starts[span.start] if span.start < len(self.starts) else len(self.source)
            return Span(place, place)
        return Span(self.starts[span.start], self.ends[span.end - 1])

    def cover(self, span: Span) -> Span:
        """Where a unit of `text` stands in `source`, with the markup around it: units cover it once."""
        if self.plain:
            return span
        start = self.starts[span.start] if span.start else 0
        end = self.starts[span.end] if span.end < len(self.starts) else len(self.source)
        return Span(start, end)

    def inflection(self, place: int) -> Inflection:
        """How the character at `place` is said."""
        found = bisect_right(self.changes, place, key=lambda change: change.at)
        return self.changes[found - 1].inflection if found else PLAIN

    def within(self, span: Span) -> tuple[Directive, ...]:
        """The directives that begin inside a stretch."""
        first = bisect_right(self.directives, span.start - 1, key=lambda directive: directive.span.start)
        last = bisect_right(self.directives, span.end - 1, key=lambda directive: directive.span.start)
        return self.directives[first:last]

    def rests_in(self, span: Span) -> tuple[Rest, ...]:
        """The rests inside a stretch; one at its end belongs to the next, unless the text ends there."""
        end = span.end if span.end < len(self.text) else span.end + 1
        first = bisect_right(self.rests, span.start - 1, key=lambda rest: rest.at)
        last = bisect_right(self.rests, end - 1, key=lambda rest: rest.at)
        return self.rests[first:last]


def plain_script(text: str) -> Script:
    """A text without directions."""
    return Script(text, text)


def is_plain(source: str, markup: str) -> bool:
    """Whether a text holds nothing that markup of this kind, one of `Markup`, could mean."""
    if markup in ("auto", "shorthand"):
        return _BRACKET not in source and _TAG not in source
    return markup == "none"


def read(source: str, markup: str, vocabulary: MarkupVocabulary) -> Script:
    """The script of what was written.

    Args:
        source: what the user wrote.
        markup: one of `Markup`; `auto` is SSML when the text begins as SSML does, else shorthand in which
            nothing is an error.
        vocabulary: names of emotions and voices that may be used.

    Raises:
        UnknownMarkup: there is no such kind.
        MarkupError: the markup is wrong, with line and column.
    """
    if markup not in get_args(Markup):
        raise UnknownMarkup(markup, get_args(Markup))
    if is_plain(source, markup):
        return plain_script(source)
    from huisheng.text.markup import document, shorthand, ssml  # noqa: PLC0415  they build scripts

    if markup == "ssml" or (markup == "auto" and document.is_ssml(source)):
        return ssml.parse(source, vocabulary)
    return shorthand.parse(source, vocabulary, strict=markup == "shorthand")
