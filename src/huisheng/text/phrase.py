"""From tokens to phrases: the words between two marks, each character with the source that it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from huisheng.text.normalization.token import Token, TokenKind
from huisheng.text.pronunciation.sandhi import BY_DIGIT, QUANTITY
from huisheng.text.segmentation import Segmenter, Word
from huisheng.types import Span

ENGLISH: Final = "eng"
"""Tag of Latin words."""

_PLAIN: Final = frozenset({TokenKind.TEXT, TokenKind.SYMBOL})
"""Tokens whose characters form words with those of their neighbours."""
_ONE_FOR_ONE: Final = frozenset({TokenKind.TEXT, TokenKind.WORD})
"""Tokens in which every character is said."""
_USUAL: Final = "n"
"""Part of speech of a word that only markup knows."""
_NUMBER_TAGS: Final = {
    TokenKind.ORDINAL: BY_DIGIT,
    TokenKind.DIGITS: BY_DIGIT,
    TokenKind.DATE: BY_DIGIT,
    TokenKind.FRACTION: BY_DIGIT,
    TokenKind.NETWORK: BY_DIGIT,
    TokenKind.LATIN: BY_DIGIT,
    TokenKind.TIME: "mt",
}
_LOOSE_AFTER: Final = frozenset("年月")
"""Where the parts of a date come apart."""
_LATIN: Final = "A-Za-z\u00c0-\u024f"
_CHUNK: Final = re.compile(
    rf"(?P<english>[{_LATIN}][{_LATIN}'’-]*)"
    r"|(?P<number>[零〇一二三四五六七八九十百千万亿两点负幺]+)"
    r"|(?P<blank>\s+)"
    rf"|(?P<other>[^{_LATIN}\s零〇一二三四五六七八九十百千万亿两点负幺]+)"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is said between two marks.

    Attributes:
        words: in order, at least none.
        spans: one for each character of the words together.
        mark: what ends it, None at the end of the text.
    """

    words: tuple[Word, ...]
    spans: tuple[Span, ...]
    mark: Token | None


@dataclass(slots=True)
class _Draft:
    """A phrase while it grows; `run` is the Han text whose words are not known yet."""

    words: list[Word] = field(default_factory=list[Word])
    spans: list[Span] = field(default_factory=list[Span])
    run: str = ""


def phrases(tokens: Iterable[Token], segmenter: Segmenter) -> Iterator[Phrase]:
    """The phrases of a sentence; the last has no mark and may be empty.

    Args:
        tokens: in order; their spans are kept as they are.
        segmenter: finds the words of plain text.
    """
    draft = _Draft()
    for token in tokens:
        if token.kind is TokenKind.MARK:
            yield _finished(draft, segmenter, token)
            draft = _Draft()
        else:
            _add(draft, token, segmenter)
    yield _finished(draft, segmenter, None)


def _finished(draft: _Draft, segmenter: Segmenter, mark: Token | None) -> Phrase:
    _close_run(draft, segmenter)
    return Phrase(tuple(draft.words), tuple(draft.spans), mark)


def _add(draft: _Draft, token: Token, segmenter: Segmenter) -> None:
    if token.kind in _PLAIN and token.spoken.isalpha():
        draft.run += token.spoken
        draft.spans += _spans(token)
    elif token.kind is TokenKind.WORD:
        _close_run(draft, segmenter)
        draft.words.append(Word(token.spoken, segmenter.tag(token.spoken) or _USUAL))
        draft.spans += _spans(token)
    elif token.kind is not TokenKind.SILENT:
        _close_run(draft, segmenter)
        words = tuple(_token_words(token, segmenter))
        draft.words += words
        alike = token.kind in _ONE_FOR_ONE
        draft.spans += _spans(token) if alike else [token.span for word in words for _ in word.text]
    elif token.written.isspace():
        _close_run(draft, segmenter)


def _close_run(draft: _Draft, segmenter: Segmenter) -> None:
    if draft.run:
        draft.words += segmenter.segment(draft.run)
        draft.run = ""


def _spans(token: Token) -> list[Span]:
    """The span of each character said: its own if they are said one for one, else the token's."""
    if token.kind in _ONE_FOR_ONE:
        start = token.span.start
        return [Span(start + offset, start + offset + 1) for offset in range(len(token.spoken))]
    return [token.span] * len(token.spoken)


def _token_words(token: Token, segmenter: Segmenter) -> Iterator[Word]:
    """The words of a number or Latin token. They stay together but at blanks and inside dates."""
    chunks = [(match.lastgroup, match.group()) for match in _CHUNK.finditer(token.spoken)]
    for place, (kind, text) in enumerate(chunks):
        followed = place + 1 < len(chunks) and chunks[place + 1][0] != "blank"
        loose = not followed or (token.kind is TokenKind.DATE and text[-1] in _LOOSE_AFTER)
        if kind == "english":
            yield Word(text, ENGLISH, glued=False)
        elif kind == "number":
            yield Word(text, _NUMBER_TAGS.get(token.kind, QUANTITY), glued=not loose)
        elif kind == "other":
            *first, last = segmenter.segment(text)
            yield from (word._replace(glued=True) for word in first)
            yield last._replace(glued=not loose)
