"""Finding words: the most probable path through the words that a dictionary sees in a run of Han characters.

Word frequencies and parts of speech are those of jieba's word list (the data file alone), whose tags follow
the ICTCLAS set: n noun, nr person, ns place, v verb, a adjective, d adverb, m number, q measure word,
r pronoun, p preposition, c conjunction, u auxiliary, y particle, t time, f position, i and l set phrases.
Persons whom no dictionary knows are found by their surname and the characters that given names are made of.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from math import log
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.text.dictionary import Dictionary, Entries, Source, data_file
from huisheng.text.resources import rows

_PACKAGE: Final = "huisheng.text"
_PERSON: Final = "nr"
_LONE_COST: Final = 18.0
"""Of a character that is no word of its own: about one in the corpus of 60 million words."""
_NAME_COST: Final = 15.5
"""Of a person who is in no dictionary: rarer than a common word, likelier than three lone characters."""
_BONUS: Final = 0.5
"""By how much a word that we add beats the best path through its parts."""


class Word(NamedTuple):
    """A word in a text, with its part of speech; `glued` when no break may follow it."""

    text: str
    tag: str
    glued: bool = False


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
        self._given = frozenset(
            character for row in rows(_PACKAGE, "given_names.tsv") for character in row[0]
        )

    def segment(self, text: str) -> tuple[Word, ...]:
        """The words of `text`, which they cover once, in order. Time is linear in its length."""
        paths = [(0.0, len(text), "")] * (len(text) + 1)  # cost to the end, end of the first word, its tag
        for start in range(len(text) - 1, -1, -1):
            paths[start] = min(
                (cost + paths[end][0], end, tag) for end, (cost, tag) in self._candidates(text, start)
            )
        return tuple(_walk(text, paths))

    def tag(self, word: str) -> str | None:
        """Part of speech of a word, None when the dictionary lacks it."""
        entry = self._words.get(word)
        return _lexeme(entry).tag if entry else None

    def _candidates(self, text: str, start: int) -> Iterator[tuple[int, Lexeme]]:
        """Every word that can begin at `start`: its end, and what it is."""
        block = self._words.block(text[start])
        if text[start] not in block.entries:
            yield start + 1, Lexeme(_LONE_COST, "x")
        for end in range(start + 1, min(start + block.longest, len(text)) + 1):
            entry = block.entries.get(text[start:end])
            if entry:
                yield end, _lexeme(entry)
        yield from self._names(text, start)

    def _names(self, text: str, start: int) -> Iterator[tuple[int, Lexeme]]:
        for given in (start + 1, start + 2):
            if text[start:given] not in self._surnames:
                continue
            for end in (given + 1, given + 2):
                if end <= len(text) and self._may_be_given(text[given:end]):
                    yield end, Lexeme(_NAME_COST, _PERSON)

    def _may_be_given(self, name: str) -> bool:
        """Whether these characters can be a given name: 梓涵 can, 房子 is a thing."""
        tag = self.tag(name) if len(name) > 1 else None
        return self._given.issuperset(name) and (tag is None or tag.startswith(_PERSON))


def source(extra: Mapping[str, str]) -> Source:
    """The word list to compile.

    Args:
        extra: words of other dictionaries that must stay whole → part of speech.

    Raises:
        SetupError: the word list is not installed.
    """
    path = data_file("jieba", "dict.txt")
    additions = {**extra, **{row[0]: row[1] for row in rows(_PACKAGE, "words.tsv")}}
    ours = zlib.crc32("\n".join(f"{word}\t{tag}" for word, tag in additions.items()).encode("utf-8"))
    return Source("words", f"{path.stat().st_size}-{ours:08x}", 1, lambda: _build(path, additions))


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


def _walk(text: str, paths: list[tuple[float, int, str]]) -> Iterator[Word]:
    start = 0
    while start < len(text):
        _, end, tag = paths[start]
        yield Word(text[start:end], tag)
        start = end


@cache
def _lexeme(entry: str) -> Lexeme:
    cost, _, tag = entry.partition(" ")
    return Lexeme(float(cost), tag)
