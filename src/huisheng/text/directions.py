"""What a script asks for inside one unit: tokens that are not the normalizer's own, readings and rests."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from huisheng.text.markup.script import Directive, OneWord, Phonemes, Rest, SayAs, Script
from huisheng.text.normalization.normalizer import normalize
from huisheng.text.normalization.rule import is_han
from huisheng.text.normalization.say_as import say_as
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.types import Span
from huisheng.units import Seconds

_REST_MARK: Final = "，"
_MARKUP: Final = "markup"
_LEXICON: Final = "lexicon"


@dataclass(frozen=True, slots=True)
class Directions:
    """What markup and user lexicons ask for inside one unit, by the character of the text where it begins.

    Attributes:
        readings: of characters.
        phones: of English words.
        rests: seconds, at pauses that markup asks for.
        by_user: places whose reading comes from the user's lexicon, not from markup.
        languages: of readings that are not Mandarin.
    """

    readings: Mapping[int, str] = field(default_factory=dict[int, str])
    phones: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    rests: Mapping[int, Seconds] = field(default_factory=dict[int, Seconds])
    by_user: Container[int] = field(default_factory=frozenset[int])
    languages: Mapping[int, str] = field(default_factory=dict[int, str])


NO_DIRECTIONS: Final = Directions()


def tokens(script: Script, unit: Span) -> Iterator[Token]:
    """The tokens of a unit; they cover it once, in order, with empty ones where a rest is asked for.

    What lies between directions is normalized as usual.
    """
    events = sorted((*script.within(unit), *script.rests_in(unit)), key=_start)
    place = unit.start
    for event in events:
        if _start(event) > place:
            yield from _normalize(script, Span(place, _start(event)))
            place = _start(event)
        if isinstance(event, Rest):
            if event.seconds:
                yield Token(Span(place, place), "", _REST_MARK, TokenKind.MARK)
        else:
            span = Span(event.span.start, min(event.span.end, unit.end))
            yield from _tokens(script, event, span)
            place = span.end
    if place < unit.end:
        yield from _normalize(script, Span(place, unit.end))


def directions(script: Script, unit: Span) -> Directions:
    """What is asked for inside a unit."""
    said = [directive for directive in script.within(unit) if isinstance(directive, Phonemes)]
    return Directions(
        readings=dict(chain.from_iterable(enumerate(each.syllables, each.span.start) for each in said)),
        phones={each.span.start: each.phones for each in said if each.phones},
        rests={rest.at: rest.seconds for rest in script.rests_in(unit)},
        by_user=frozenset(place for each in said if each.by_user for place in range(*each.span)),
        languages={place: each.language for each in said for place in range(*each.span)},
    )


def _normalize(script: Script, span: Span) -> list[Token]:
    return normalize(script.text[span.start : span.end], span.start)


def _start(event: Directive | Rest) -> int:
    return event.at if isinstance(event, Rest) else event.span.start


def _tokens(script: Script, directive: Directive, span: Span) -> list[Token]:
    """The tokens of a stretch over which markup or a lexicon decides."""
    written = script.text[span.start : span.end]
    if isinstance(directive, OneWord):
        if not all(map(is_han, written)):  # other words are whole already, and numbers have to be written out
            return _normalize(script, span)
        return [Token(span, written, written, TokenKind.WORD, _MARKUP)]
    if isinstance(directive, SayAs):
        said = say_as(written, directive.kind, directive.layout)
        return _normalize(script, span) if said is None else [Token(span, written, *said, _MARKUP)]
    if directive.phones:
        return [Token(span, written, written, TokenKind.LATIN, _MARKUP)]
    if written.isalpha():
        return [Token(span, written, written, TokenKind.TEXT)]
    return [Token(span, written, written, TokenKind.WORD, _LEXICON)]
