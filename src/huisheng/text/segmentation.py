"""Word segmentation: from the tokens of a sentence to phrases, the words between two marks.

The words of a run of Han characters are the most probable path through those that a dictionary sees in it.

Word frequencies and parts of speech are those of jieba's word list (the data file alone), whose tags follow
the ICTCLAS set: n noun, nr person, ns place, v verb, a adjective, d adverb, m number, q measure word,
r pronoun, p preposition, c conjunction, u auxiliary, y particle, t time, f position, i and l set phrases.
Names of persons that no dictionary knows are found by the surname and the characters that given names have.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import log
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.text.dictionary import Dictionary, DictionarySource, Entries, data_file
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.text.resources import rows
from huisheng.types import Span

_PACKAGE: Final = "huisheng.text"
_PERSON: Final = "nr"
_LONE_COST: Final = 18.0
"""Cost of a character that is no word of its own: about one in the corpus of 60 million words."""
_NAME_COST: Final = 15.5
"""Cost of the name of a person that is in no dictionary: rarer than a common word, likelier than three lone
characters."""
_BONUS: Final = 0.5
"""By how much a word that we add beats the best path through its parts."""

_RUNS_KEPT: Final = 256
"""Runs whose words are remembered, since the emotion of a sentence is predicted from them as well."""

ENGLISH: Final = "eng"
"""Tag of Latin words."""
BY_DIGIT: Final = "mo"
"""Tag of words said digit by digit, or that count an order: 一 keeps its tone in them."""
QUANTITY: Final = "mn"
"""Tag of other numbers, but for the hours of a clock: 一 keeps its tone before their decimal point."""

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


class Word(NamedTuple):
    """A word in a text, with its part of speech; `glued` when no break may follow it."""

    text: str
    tag: str
    glued: bool = False


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


class Lexeme(NamedTuple):
    """A word of the dictionary: `cost` is the negative logarithm of its probability."""

    cost: float
    tag: str


class Segmenter:
    """Cuts runs of Han characters into words. Safe to use from several threads.

    Args:
        words: compiled from `source`.
    """

    def __init__(self, words: Dictionary) -> None:
        self._words = words
        self._surnames = frozenset(row[0] for row in rows(_PACKAGE, "surnames.tsv"))
        self._surname_heads = frozenset(surname[0] for surname in self._surnames)
        self._given = frozenset(
            character for row in rows(_PACKAGE, "given_names.tsv") for character in row[0]
        )
        self._segmented = lru_cache(maxsize=_RUNS_KEPT)(self._segment)

    def segment(self, text: str) -> tuple[Word, ...]:
        """The words of `text`, which they cover once, in order. Time is linear in its length."""
        return self._segmented(text)

    def _segment(self, text: str) -> tuple[Word, ...]:
        paths = [(0.0, len(text), "")] * (len(text) + 1)  # cost to the end, end of the first word, its tag
        for start in range(len(text) - 1, -1, -1):
            block = self._words.block(text[start])
            entries = block.entries
            begun = [] if text[start] in entries else [(_LONE_COST + paths[start + 1][0], start + 1, "x")]
            for end in range(start + 1, min(start + block.longest, len(text)) + 1):
                entry = entries.get(text[start:end])
                if entry:
                    cost, tag = _lexeme(entry)
                    begun.append((cost + paths[end][0], end, tag))
            if text[start] in self._surname_heads:
                begun += [(_NAME_COST + paths[end][0], end, _PERSON) for end in self._name_ends(text, start)]
            paths[start] = min(begun)
        words: list[Word] = []
        start = 0
        while start < len(text):
            _, end, tag = paths[start]
            words.append(Word(text[start:end], tag))
            start = end
        return tuple(words)

    def tag(self, word: str) -> str | None:
        """Part of speech of a word, None when the dictionary lacks it."""
        entry = self._words.get(word)
        return _lexeme(entry).tag if entry else None

    def _name_ends(self, text: str, start: int) -> Iterator[int]:
        """Where the names may end that can begin at `start`."""
        for given in (start + 1, start + 2):
            if text[start:given] in self._surnames:
                for end in (given + 1, given + 2):
                    if end <= len(text) and self._may_be_given(text[given:end]):
                        yield end

    def _may_be_given(self, name: str) -> bool:
        """Whether these characters can be a given name: 梓涵 can, 房子 is a thing, 一 counts at the end."""
        if not self._given.issuperset(name) or name.endswith("一"):
            return False
        tag = self.tag(name) if len(name) > 1 else None
        return tag is None or tag.startswith(_PERSON)


def source(extra: Mapping[str, str]) -> DictionarySource:
    """The word list to compile.

    Args:
        extra: words of other dictionaries that must stay whole → part of speech.

    Raises:
        SetupError: the word list is not installed.
    """
    path = data_file("jieba", "dict.txt")
    additions = {**extra, **{row[0]: row[1] for row in rows(_PACKAGE, "words.tsv")}}
    ours = zlib.crc32("\n".join(f"{word}\t{tag}" for word, tag in additions.items()).encode("utf-8"))
    return DictionarySource("words", f"{path.stat().st_size}-{ours:08x}", 1, lambda: _build(path, additions))


def commonest_words() -> list[Word]:
    """The words of the list, the commonest first.

    Raises:
        SetupError: the word list is not installed.
    """
    lines = [
        line.split(" ") for line in data_file("jieba", "dict.txt").read_text(encoding="utf-8").splitlines()
    ]
    return [Word(text, tag) for text, _, tag in sorted(lines, key=lambda line: -int(line[1]))]


def _build(path: Path, additions: Mapping[str, str]) -> Entries:
    lines = [line.split(" ") for line in path.read_text(encoding="utf-8").splitlines()]
    total = log(sum(int(count) for _, count, _ in lines))
    lexemes = {word: Lexeme(total - log(int(count)), tag) for word, count, tag in lines if int(count)}
    for word, tag in additions.items():
        cost = _cost(word, lexemes) - _BONUS
        known = lexemes.get(word)
        lexemes[word] = Lexeme(min(cost, known.cost), tag or known.tag) if known else Lexeme(cost, tag or "l")
    return [(word, f"{cost:.2f} {tag}") for word, (cost, tag) in lexemes.items()]


def _cost(word: str, lexemes: Mapping[str, Lexeme]) -> float:
    """Cost of the best path through the proper parts of `word`."""
    best = [0.0] * (len(word) + 1)
    for end in range(1, len(word) + 1):
        best[end] = min(
            best[start] + _part_cost(word[start:end], lexemes)
            for start in range(end)
            if end - start < len(word)
        )
    return best[-1]


def _part_cost(part: str, lexemes: Mapping[str, Lexeme]) -> float:
    known = lexemes.get(part)
    return known.cost if known else _LONE_COST * len(part)


@cache
def _lexeme(entry: str) -> Lexeme:
    cost, _, tag = entry.partition(" ")
    return Lexeme(float(cost), tag)


def phrases(tokens: Iterable[Token], segmenter: Segmenter) -> list[Phrase]:
    """The phrases of a sentence; the last has no mark and may be empty.

    Args:
        tokens: in order; their spans are kept as they are.
        segmenter: finds the words of plain text.
    """
    found: list[Phrase] = []
    words: list[Word] = []
    spans: list[Span] = []
    run = ""  # Han characters of neighbouring tokens: their words are found together
    for token in tokens:
        if token.kind in _PLAIN and token.spoken.isalpha():
            run += token.spoken
            spans += _spans(token)
            continue
        if token.kind is TokenKind.SILENT and not token.written.isspace():
            continue
        if run:
            words += segmenter.segment(run)
            run = ""
        if token.kind is TokenKind.MARK:
            found.append(Phrase(tuple(words), tuple(spans), token))
            words, spans = [], []
        elif token.kind is not TokenKind.SILENT:
            own = _token_words(token, segmenter)
            words += own
            alike = token.kind in _ONE_FOR_ONE
            spans += _spans(token) if alike else [token.span for word in own for _ in word.text]
    if run:
        words += segmenter.segment(run)
    return [*found, Phrase(tuple(words), tuple(spans), None)]


def _spans(token: Token) -> list[Span]:
    """The span of each character said: its own if they are said one for one, else the token's."""
    if token.kind in _ONE_FOR_ONE:
        start = token.span.start
        return [Span(start + offset, start + offset + 1) for offset in range(len(token.spoken))]
    return [token.span] * len(token.spoken)


def _token_words(token: Token, segmenter: Segmenter) -> list[Word]:
    """The words of a token that is no plain text.

    A number or Latin token stays together but at blanks and inside dates.
    """
    if token.kind is TokenKind.WORD:
        return [Word(token.spoken, segmenter.tag(token.spoken) or _USUAL)]
    chunks = [(match.lastgroup, match.group()) for match in _CHUNK.finditer(token.spoken)]
    words: list[Word] = []
    for place, (kind, text) in enumerate(chunks):
        followed = place + 1 < len(chunks) and chunks[place + 1][0] != "blank"
        loose = not followed or (token.kind is TokenKind.DATE and text[-1] in _LOOSE_AFTER)
        if kind == "english":
            words.append(Word(text, ENGLISH))
        elif kind == "number":
            words.append(Word(text, _NUMBER_TAGS.get(token.kind, QUANTITY), glued=not loose))
        elif kind == "other":
            *first, last = segmenter.segment(text)
            words += [word._replace(glued=True) for word in first]
            words.append(last._replace(glued=not loose))
    return words
