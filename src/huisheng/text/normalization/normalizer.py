"""Written text to spoken text: fold, tag, verbalize.

The tagger walks the folded text from left to right; at each place the first rule of `order.ORDER` that
recognises something takes it. Every rule is linear in what it takes, so the whole is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huisheng.text.normalization.order import RULES_BY_CLASS
from huisheng.text.normalization.rules.mark import settled_line_ends
from huisheng.text.normalization.scan import Folded, character_class, fold
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.types import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huisheng.text.normalization.rule import Tagged


def normalize(text: str) -> tuple[Token, ...]:
    """The tokens of a text. They cover it once, in order; any string of Unicode is accepted."""
    return tuple(settled_line_ends(_tokens(text)))


def tags(text: str) -> Iterator[Tagged]:
    """Classify a folded text, without a gap."""
    place = 0
    while place < len(text):
        tagged = _tag(text, place)
        yield tagged
        place = tagged.end


def _tag(text: str, place: int) -> Tagged:
    for rule in RULES_BY_CLASS[character_class(text[place])]:
        tagged = rule.tag(text, place)
        if tagged is not None:
            return tagged
    raise AssertionError("the last rule takes any character")


def _tokens(source: str) -> Iterator[Token]:
    """Tokens with spans in the source; what folding dropped between two of them is silent."""
    folded = fold(source)
    place = 0
    for tagged in tags(folded.text):
        for token in _verbalized(source, folded, tagged):
            if place < token.span.start:
                yield _silence(source, Span(place, token.span.start))
            yield token
            place = token.span.end
    if place < len(source):
        yield _silence(source, Span(place, len(source)))


def _silence(source: str, span: Span) -> Token:
    return Token(span, source[span.start : span.end], "", TokenKind.SILENT)


def _verbalized(source: str, folded: Folded, tagged: Tagged) -> Iterator[Token]:
    kind = tagged.rule.kind
    spoken = tagged.rule.verbalize(tagged)
    if kind is TokenKind.TEXT:
        yield from _text(source, folded, tagged, spoken)
        return
    span = Span(folded.starts[tagged.start], folded.ends[tagged.end - 1])
    yield Token(span, source[span.start : span.end], spoken, kind if spoken else TokenKind.SILENT)


def _text(source: str, folded: Folded, tagged: Tagged, spoken: str) -> Iterator[Token]:
    """Han characters, cut where the source has more between or for them than one character each."""
    first = tagged.start
    for place in range(tagged.start, tagged.end):
        last = place + 1 == tagged.end
        if not last and folded.starts[place + 1] == folded.starts[first] + place + 1 - first:
            continue
        span = Span(folded.starts[first], folded.ends[place])
        said = spoken[first - tagged.start : place + 1 - tagged.start]
        kind = TokenKind.TEXT if span.end - span.start == len(said) else TokenKind.SYMBOL
        yield Token(span, source[span.start : span.end], said, kind)
        first = place + 1
