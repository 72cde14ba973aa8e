"""Written text to spoken text: fold, tag, verbalize.

Folding makes one form of what is written in several ways and keeps the offsets: full-width forms become
ASCII, foreign digits become 0-9, Traditional characters become Simplified, entities are decoded, tags and
invisible characters fall out. The tagger walks the folded text from left to right: Han characters are said
as they are written, and whatever else begins somewhere is taken by the first rule of `order.ORDER` that
recognises it. What other rules would say for the same stretch is kept beside it. Every rule is linear in what
it takes, so the whole is.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from huisheng.text.normalization.order import QUIET, plain_rules_behind, rules_for
from huisheng.text.normalization.rule import Tagged, anywhere, character_class
from huisheng.text.normalization.rules import mark
from huisheng.text.normalization.tables import alternation, mapping, words
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.types import Span

_MOST_OTHERS: Final = 3
_HAN: Final = re.compile("[〇々\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]++")
_REPEATED: Final = re.compile("(.)々+")

_TAG: Final = rf"</?(?P<tag>{alternation(words('html_tags'))})(?:\s[^<>]{{0,500}})?/?>"
_CODE: Final = (
    r"<(?P<code>script|style)(?:\s[^<>]{0,200})?>(?:[^<]|<(?!/(?:script|style))){0,2000}+</(?P=code)\s?>"
)
_PIECE: Final = re.compile(
    rf"(?P<comment><!--[^<>]{{0,500}}-->|{_CODE})|{_TAG}"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,11});)"
    r"|(?P<character>.)",
    re.DOTALL | re.ASCII | re.IGNORECASE,
)
_BLOCKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
_BY_CATEGORY: Final = {"Zs": " ", "Zl": "\n", "Zp": "\n", "Cf": "", "Mn": "", "Me": ""}
_TRADITIONAL: Final = mapping("traditional")
_SINGLE: Final = {**_TRADITIONAL, **mapping("variants")}
_ONLY_TRADITIONAL: Final = {"著": "着", "乾": "干", "徵": "征"}
"""Characters that Simplified text has too, in other words: 著名, 乾坤, 宫商角徵羽."""
_KEPT: Final = re.compile("(?<![显名原编土卓拙专论])著(?![名作者述称])|乾(?![坤隆卦陵])|徵(?!羽)")
_COMPATIBLE: Final = tuple(
    frozenset(map(chr, range(first, last + 1)))
    for first, last in ((0xFF01, 0xFF5E), (0xF900, 0xFAFF), (0x2F00, 0x2FD5), (0x1D400, 0x1D7FF))
)
"""Full-width forms, compatibility ideographs, radicals, mathematical letters."""
_KEY: Final = "\u20e3"
_ON_KEY: Final = dict(zip("0123456789", "⓪①②③④⑤⑥⑦⑧⑨", strict=True))
_INCH: Final = re.compile('(?<=[0-9])"(?=\\s?(?:电视|屏|显示|液晶|轮|蛋糕|披萨))')
_WIDE_COMMA: Final = re.compile("(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")


class Folded(NamedTuple):
    """The text that rules read.

    Attributes:
        text: (N,) characters.
        starts: (N,) where each begins in the source.
        ends: (N,) where each ends in the source; what lies between an end and the next start is silent.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def normalize(text: str, start: int = 0) -> list[Token]:
    """The tokens of a text. They cover it once, in order; any string of Unicode is accepted.

    Args:
        text: what is said.
        start: where it begins in a longer text, in which the spans of the tokens count.
    """
    folded = fold(text)
    tokens: list[Token] = []
    line_ends = False
    place = end = 0
    while place < len(folded.text):
        if end < folded.starts[place]:
            tokens.append(_silence(text, end, folded.starts[place]))
        han = _HAN.match(folded.text, place) if character_class(folded.text[place]) == "h" else None
        if han is not None:
            tokens += _han_tokens(text, folded, place, han.end())
            place = han.end()
        else:
            taken, refused = _recognise(folded.text, place)
            token = _verbalize(text, folded, taken, refused)
            tokens += _set_apart(token, tokens, taken.rule.pause) if taken.rule.pause else [token]
            line_ends = line_ends or taken.rule is mark.LINE_END
            place = taken.end
        end = folded.ends[place - 1]
    if end < len(text):
        tokens.append(_silence(text, end, len(text)))
    settled = _settle_line_ends(tokens) if line_ends else tokens
    return [token.shifted(start) for token in settled] if start else settled


def _han_tokens(source: str, folded: Folded, start: int, end: int) -> list[Token]:
    """The tokens of a run of Han characters, which are said as they are written.

    There is one, but where the source has more between or for them than one character each. 〇 is 零, and 々
    repeats the character before it.
    """
    spoken = _REPEATED.sub(lambda run: run[1] * len(run[0]), folded.text[start:end].replace("〇", "零"))
    tokens: list[Token] = []
    first = start
    unbroken = folded.starts[end - 1] - folded.starts[start] == end - 1 - start
    for place in (end - 1,) if unbroken else range(start, end):
        last = place + 1 == end
        if not last and folded.starts[place + 1] == folded.starts[first] + place + 1 - first:
            continue
        span = Span(folded.starts[first], folded.ends[place])
        said = spoken[first - start : place + 1 - start]
        if tokens and tokens[-1].span.end < span.start:
            tokens.append(_silence(source, tokens[-1].span.end, span.start))
        kind = TokenKind.TEXT if span.end - span.start == len(said) else TokenKind.SYMBOL
        tokens.append(Token(span, source[span.start : span.end], said, kind))
        first = place + 1
    return tokens


def _recognise(text: str, place: int) -> tuple[Tagged, list[Tagged]]:
    """The stretch that a rule takes at a place of the folded text, and what rules before it would have taken
    there if their condition held.
    """
    refused: list[Tagged] = []
    for match, rule in rules_for(character_class(text[place])):
        found = match(text, place)
        if found is None or found.end() == place:
            continue
        tagged = rule.tag(found)
        if rule.accepts is anywhere or rule.accepts(tagged):
            return tagged, refused
        refused.append(tagged)
    raise AssertionError("the last rule takes any character")


def _verbalize(source: str, folded: Folded, taken: Tagged, refused: Sequence[Tagged]) -> Token:
    """The token of a stretch that a rule has taken."""
    span = Span(folded.starts[taken.start], folded.ends[taken.end - 1])
    written, rule = source[span.start : span.end], taken.rule
    spoken = rule.verbalize(taken)
    if not spoken or rule.kind in QUIET:
        return Token(span, written, spoken, rule.kind if spoken else TokenKind.SILENT, rule.name)
    return Token(span, written, spoken, rule.kind, rule.name, _others(folded.text, taken, refused, spoken))


def _set_apart(token: Token, before: Sequence[Token], pause: str) -> list[Token]:
    """A token with marks around it that are heard and not written; none where one is written before it."""
    last = next((each.kind for each in reversed(before) if each.kind is not TokenKind.SILENT), TokenKind.MARK)
    start, end = token.span
    behind = Token(Span(end, end), "", pause, TokenKind.MARK, token.rule)
    if last is TokenKind.MARK:
        return [token, behind]
    return [Token(Span(start, start), "", "，", TokenKind.MARK, token.rule), token, behind]


def _silence(source: str, start: int, end: int) -> Token:
    """What folding dropped between two tokens."""
    return Token(Span(start, end), source[start:end], "", TokenKind.SILENT)


def _others(text: str, taken: Tagged, refused: Sequence[Tagged], spoken: str) -> tuple[str, ...]:
    """What else a stretch could be: first what the rules behind say, which are more general."""
    forms = {spoken.replace(" ", ""): spoken, "": ""}
    for tagged in chain(_behind(text, taken), refused):
        if tagged.end == taken.end and tagged.rule.kind not in QUIET:
            form = tagged.rule.verbalize(tagged)
            forms.setdefault(form.replace(" ", ""), form)
    return tuple(forms.values())[2 : 2 + _MOST_OTHERS]


def _behind(text: str, taken: Tagged) -> Iterator[Tagged]:
    """The same stretch by the plain rules behind the one that took it, whatever stands around.

    Plain forms are ASCII, so whatever holds a Han character need not be tried.
    """
    if not text[taken.start : taken.end].isascii():
        return
    for match, rule in plain_rules_behind(character_class(text[taken.start]), taken.rule.name):
        found = match(text, taken.start)
        if found is not None and found.end() == taken.end:
            yield rule.tag(found)


def _settle_line_ends(tokens: Sequence[Token]) -> list[Token]:
    """A line end is a full stop only where something was said since the last mark."""
    settled: list[Token] = []
    said = False
    for token in tokens:
        if token.rule == mark.LINE_END.name and not said:
            settled.append(replace(token, spoken="", kind=TokenKind.SILENT))
            continue
        if token.kind is TokenKind.MARK:
            said = said and token.spoken not in mark.STOPPING
        elif token.kind is not TokenKind.SILENT:
            said = True
        settled.append(token)
    return settled


def fold(source: str) -> Folded:
    """One form of what is written in several ways; see the module."""
    cleaned = _WIDE_COMMA.sub(",", source)
    characters = list(map(_fold_character, cleaned))
    if "" in characters or "<" in characters or "&" in characters:
        characters, starts, ends = _fold_pieces(cleaned)
    else:
        starts, ends = range(len(source)), range(1, len(source) + 1)
    text = "".join(characters)
    if not _TRADITIONAL.keys().isdisjoint(source):
        text = _KEPT.sub(lambda match: _ONLY_TRADITIONAL[match[0]], text)
    return Folded(_pair_quotes(text) if '"' in text else text, starts, ends)


def _fold_pieces(source: str) -> tuple[list[str], list[int], list[int]]:
    """Folded characters with their starts and ends, of a text that holds markup or what has no width."""
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for written, start, end in _pieces(source):
        character = _fold_character(written)
        if character:
            characters.append(character)
            starts.append(start)
            ends.append(end)
        elif characters:
            characters[-1] = _compose(characters[-1], written)
    return characters, starts, ends


def _pieces(source: str) -> Iterator[tuple[str, int, int]]:
    """Single characters, each with its start and end in the source; entities decoded, tags left out."""
    for match in _PIECE.finditer(source):
        start, end = match.span()
        written = html.unescape(match[0]) if match["entity"] else match["character"]
        if written is None:
            if (match["tag"] or "").lower() in _BLOCKS:
                yield "\n", start, end
        elif len(written) == 1:
            yield written, start, end
        else:
            yield from ((source[place], place, place + 1) for place in range(start, end))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    """The normal form of one character; empty if it has neither sound nor width."""
    category = unicodedata.category(character)
    if character in _SINGLE:
        return _SINGLE[character]
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in _BY_CATEGORY:
        return _BY_CATEGORY[category]
    if any(character in block for block in _COMPATIBLE):
        return unicodedata.normalize("NFKC", character)
    return character


def _compose(base: str, accent: str) -> str:
    """`base` with an accent put on, if Unicode has such a character, else `base`; a digit on a key is ①."""
    if accent == _KEY:
        return _ON_KEY.get(base, base)
    composed = unicodedata.normalize("NFC", base + accent)
    return composed if len(composed) == 1 else base


def _pair_quotes(text: str) -> str:
    """Straight quotes made curly, in turns within a line; one that opens behind a digit is an inch."""
    characters = list(_INCH.sub("″", text))
    opened = False
    for place, character in enumerate(characters):
        if character == "\n":
            opened = False
        elif character == '"' and not opened and place and characters[place - 1].isdigit():
            characters[place] = "″"
        elif character == '"':
            characters[place] = "”" if opened else "“"
            opened = not opened
    return "".join(characters)
