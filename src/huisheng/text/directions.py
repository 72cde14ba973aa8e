"""What a script asks for inside one unit: tokens that are not the normalizer's own, and orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from huisheng.text.assembly import Orders
from huisheng.text.markup.script import Directive, OneWord, Phonemes, Rest, SayAs, Script
from huisheng.text.normalization.normalizer import normalize
from huisheng.text.normalization.say_as import spoken_as
from huisheng.text.normalization.scan import is_han
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.types import Span

_REST_MARK: Final = "，"
_MARKUP: Final = "markup"
_LEXICON: Final = "lexicon"


def tokens(script: Script, unit: Span) -> Iterator[Token]:
    """The tokens of a unit; they cover it once, in order, with empty ones where a rest is asked for."""
    if script.plain:
        return _normal(script, unit)
    return _directed(script, unit)


def orders(script: Script, unit: Span) -> Orders:
    """What is asked for inside a unit."""
    if script.plain:
        return Orders()
    said = [directive for directive in script.within(unit) if isinstance(directive, Phonemes)]
    return Orders(
        readings=dict(chain.from_iterable(enumerate(each.syllables, each.span.start) for each in said)),
        phones={each.span.start: each.phones for each in said if each.phones},
        rests={rest.at: rest.seconds for rest in script.rests_in(unit)},
        by_user=frozenset(place for each in said if each.by_user for place in range(*each.span)),
        languages={place: each.language for each in said for place in range(*each.span)},
    )


def _normal(script: Script, span: Span) -> Iterator[Token]:
    made = normalize(script.text[span.start : span.end])
    return (
        (replace(token, span=token.span.shifted(span.start)) for token in made) if span.start else iter(made)
    )


def _directed(script: Script, unit: Span) -> Iterator[Token]:
    """What lies between directions is normalized as usual."""
    events = sorted((*script.within(unit), *script.rests_in(unit)), key=_place)
    place = unit.start
    for event in events:
        if _place(event) > place:
            yield from _normal(script, Span(place, _place(event)))
            place = _place(event)
        if isinstance(event, Rest):
            if event.seconds:
                yield Token(Span(place, place), "", _REST_MARK, TokenKind.MARK)
        else:
            span = Span(event.span.start, min(event.span.end, unit.end))
            yield from _tokens(script, event, span)
            place = span.end
    if place < unit.end:
        yield from _normal(script, Span(place, unit.end))


def _place(event: Directive | Rest) -> int:
    return event.at if isinstance(event, Rest) else event.span.start


def _tokens(script: Script, directive: Directive, span: Span) -> Iterator[Token]:
    written = script.text[span.start : span.end]
    if isinstance(directive, OneWord):
        if not all(map(is_han, written)):  # other words are whole already, and numbers have to be written out
            return _normal(script, span)
        return iter((Token(span, written, written, TokenKind.WORD, _MARKUP),))
    if isinstance(directive, SayAs):
        said = spoken_as(written, directive.kind, directive.layout)
        return _normal(script, span) if said is None else iter((Token(span, written, *said, _MARKUP),))
    if directive.phones:
        return iter((Token(span, written, written, TokenKind.LATIN, _MARKUP),))
    if written.isalpha():
        return iter((Token(span, written, written, TokenKind.TEXT),))
    return iter((Token(span, written, written, TokenKind.WORD, _LEXICON),))
