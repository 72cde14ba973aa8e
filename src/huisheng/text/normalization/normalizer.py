"""Written text to spoken text: fold, tag, verbalize.

The tagger walks the folded text from left to right; at each place the first rule of `order.ORDER` that
recognises something takes it. What other rules would say for the same stretch is kept beside it. Every rule
is linear in what it takes, so the whole is.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from huisheng.text.normalization.order import PLAIN_BEHIND, QUIET, RULES_BY_CLASS
from huisheng.text.normalization.rules.mark import settle_line_ends
from huisheng.text.normalization.scan import Folded, character_class, fold
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.types import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huisheng.text.normalization.rule import Tagged

_MOST_OTHERS: Final = 3


class _Choice(NamedTuple):
    """The rule that took a stretch, and those before it whose form fitted there but not their condition."""

    taken: Tagged
    refused: tuple[Tagged, ...]


def normalize(text: str) -> tuple[Token, ...]:
    """The tokens of a text. They cover it once, in order; any string of Unicode is accepted."""
    return tuple(settle_line_ends(_tokens(text)))


def _choices(text: str) -> Iterator[_Choice]:
    """Classify a folded text, without a gap."""
    place = 0
    while place < len(text):
        choice = _choice(text, place)
        yield choice
        place = choice.taken.end


def _choice(text: str, place: int) -> _Choice:
    refused: list[Tagged] = []
    for match, rule in RULES_BY_CLASS[character_class(text[place])]:
        found = match(text, place)
        if found is None or found.end() == place:
            continue
        tagged = rule.tagged(found)
        if rule.accepts(tagged):
            return _Choice(tagged, tuple(refused))
        refused.append(tagged)
    raise AssertionError("the last rule takes any character")


def _others(text: str, choice: _Choice, spoken: str) -> tuple[str, ...]:
    """What else a stretch could be: first what the rules behind say, which are more general."""
    forms = {spoken.replace(" ", ""): spoken, "": ""}
    for tagged in chain(_behind(text, choice.taken), choice.refused):
        if tagged.end == choice.taken.end and tagged.rule.kind not in QUIET:
            form = tagged.rule.verbalize(tagged)
            forms.setdefault(form.replace(" ", ""), form)
    return tuple(forms.values())[2 : 2 + _MOST_OTHERS]


def _behind(text: str, taken: Tagged) -> Iterator[Tagged]:
    """The same stretch by the plain rules behind the one that took it, whatever stands around.

    Plain forms are ASCII, so whatever holds a Han character need not be tried.
    """
    if not text[taken.start : taken.end].isascii():
        return
    for match, rule in PLAIN_BEHIND[character_class(text[taken.start]), taken.rule.name]:
        found = match(text, taken.start)
        if found is not None and found.end() == taken.end:
            yield rule.tagged(found)


def _tokens(source: str) -> Iterator[Token]:
    """Tokens with spans in the source; what folding dropped between two of them is silent."""
    folded = fold(source)
    place = 0
    for choice in _choices(folded.text):
        for token in _verbalized(source, folded, choice):
            if place < token.span.start:
                yield _silence(source, Span(place, token.span.start))
            yield token
            place = token.span.end
    if place < len(source):
        yield _silence(source, Span(place, len(source)))


def _silence(source: str, span: Span) -> Token:
    return Token(span, source[span.start : span.end], "", TokenKind.SILENT)


def _verbalized(source: str, folded: Folded, choice: _Choice) -> Iterator[Token]:
    tagged = choice.taken
    kind = tagged.rule.kind
    spoken = tagged.rule.verbalize(tagged)
    if kind is TokenKind.TEXT:
        yield from _text(source, folded, tagged, spoken)
        return
    span = Span(folded.starts[tagged.start], folded.ends[tagged.end - 1])
    written = source[span.start : span.end]
    if not spoken or kind in QUIET:
        yield Token(span, written, spoken, kind if spoken else TokenKind.SILENT, tagged.rule.name)
        return
    yield Token(span, written, spoken, kind, tagged.rule.name, _others(folded.text, choice, spoken))


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
