"""The front-end: a text of any length in, annotated sentences out, one by one.

It composes the other modules and knows nothing that they know: units of text are written out, cut into
phrases, read, joined by 儿, broken, and toned, in this order, because each step needs the one before.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from huisheng.errors import InvalidText
from huisheng.text import prosody, segmentation
from huisheng.text.dictionary import open_dictionary
from huisheng.text.normalization.normalizer import normalize
from huisheng.text.normalization.token import Token
from huisheng.text.phrase import ENGLISH, Phrase, phrases
from huisheng.text.pronunciation import english, lexicon
from huisheng.text.pronunciation.english import English
from huisheng.text.pronunciation.erhua import Erhua, retroflex
from huisheng.text.pronunciation.lexicon import Lexicon
from huisheng.text.pronunciation.reader import Reader
from huisheng.text.pronunciation.sandhi import Sandhi
from huisheng.text.prosody import Prosody
from huisheng.text.segmentation import Segmenter, Word
from huisheng.text.sentence import Unit, units
from huisheng.types import Break, EnglishWord, Intonation, Mark, Sentence, Span, SpokenItem, Syllable

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_FINAL_MARKS: Final = frozenset("。！？")
_STOPS: Final = "，、；：。！？…—"
_BRACKETS: Final = "“”（）"


@dataclass(frozen=True, slots=True)
class _Cell:
    """One syllable in the making, or one character of an English word."""

    text: str
    span: Span
    pinyin: str


class _Tools:
    """Everything that is loaded once."""

    def __init__(self, cache: Path | None) -> None:
        words = open_dictionary(segmentation.source(lexicon.own_words()), cache)
        self.segmenter = Segmenter(words)
        self.reader = Reader(Lexicon(open_dictionary(lexicon.source(), cache)))
        self.erhua = Erhua()
        self.sandhi = Sandhi(lambda word: words.get(word) is not None)
        self.english = English(open_dictionary(english.source(), cache))
        self.prosody = Prosody()


class Frontend:
    """Turns text into sentences. Safe to use from several threads; dictionaries are loaded once, when needed.

    Args:
        cache: folder of the compiled dictionaries; the user's cache folder by default.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache
        self._lock = threading.Lock()
        self._loaded: _Tools | None = None

    def load(self) -> None:
        """Load the dictionaries now. The very first time they are compiled, which takes seconds.

        Raises:
            SetupError: their data is not installed.
        """
        self._tools()

    def sentences(self, text: str) -> Iterator[Sentence]:
        """The sentences of a text, each made when it is asked for. Their spans cover the text once, in order.

        A unit without anything to say is a sentence without spoken items.

        Raises:
            InvalidText: the text holds lone surrogates; raised at once.
            SetupError: dictionary data is not installed; raised with the first sentence.
        """
        if _SURROGATE.search(text):
            raise InvalidText
        return (self._sentence(text, unit) for unit in units(text))

    def _tools(self) -> _Tools:
        with self._lock:
            if self._loaded is None:
                self._loaded = _Tools(self._cache)
            return self._loaded

    def _sentence(self, text: str, unit: Unit) -> Sentence:
        tools = self._tools()
        start, end = unit.span
        tokens = (replace(token, span=token.span.shifted(start)) for token in normalize(text[start:end]))
        items: list[SpokenItem] = []
        for phrase in phrases(tokens, tools.segmenter):
            items += _ended(_phrase_items(phrase, tools), phrase.mark, tools.prosody)
        items = _last(items)
        return Sentence(unit.span, _spoken(items), tuple(items), _intonation(items), unit.pause)


def _phrase_items(phrase: Phrase, tools: _Tools) -> list[SpokenItem]:
    """Syllables and English words of one phrase."""
    words, cells = _cells(phrase, tools)
    breaks = tools.prosody.breaks(words)
    surface = tools.sandhi.surface(words, tuple(cell.pinyin for cell in cells), breaks)
    items: list[SpokenItem] = []
    start = 0
    for word, after in zip(words, breaks, strict=True):
        end = start + len(word.text)
        if word.tag == ENGLISH:
            said: list[SpokenItem] = [
                EnglishWord(cells[start].span, word.text, phones)
                for phones in (tools.english.phones(word.text),)
                if phones
            ]
        else:
            said = [
                Syllable(cell.span, cell.text, cell.pinyin, tone)
                for cell, tone in zip(cells[start:end], surface[start:end], strict=True)
                if cell.pinyin
            ]
        items += _followed(said, after)
        start = end
    return items


def _cells(phrase: Phrase, tools: _Tools) -> tuple[list[Word], list[_Cell]]:
    """Words and cells of a phrase, after 儿 has joined the syllable before it."""
    words = phrase.words
    readings = tools.reader.read(words)
    merged = tools.erhua.merged(words)
    cells: list[_Cell] = []
    kept: list[Word] = []
    index = 0
    for word in words:
        text = ""
        for character in word.text:
            span = phrase.spans[index]
            if index in merged:
                host = cells[-1]
                cells[-1] = _Cell(host.text + character, Span(host.span.start, span.end), retroflex(host.pinyin))
            else:
                cells.append(_Cell(character, span, readings[index]))
                text += character
            index += 1
        if text:
            kept.append(word._replace(text=text))
    return kept, cells


def _followed(said: list[SpokenItem], after: Break) -> list[SpokenItem]:
    """The items of a word, the last with the break that follows the word."""
    return [*said[:-1], replace(said[-1], after=after)] if said else []


def _ended(said: list[SpokenItem], mark: Token | None, tables: Prosody) -> list[SpokenItem]:
    """The items of a phrase and the mark that ends it."""
    if mark is None:
        return said
    pause, level = tables.pause(mark.spoken)
    after = Break.SENTENCE if mark.spoken in _FINAL_MARKS else Break.PHRASE
    return [*_followed(said, level), Mark(mark.span, mark.spoken, pause, after)]


def _last(items: list[SpokenItem]) -> list[SpokenItem]:
    return _followed(items, Break.SENTENCE)


def _spoken(items: Sequence[SpokenItem]) -> str:
    """What is said; a blank keeps two English words apart."""
    said = ""
    for item in items:
        blank = isinstance(item, EnglishWord) and said[-1:].isascii() and said[-1:].isalpha()
        said += " " + item.text if blank else item.text
    return said


def _intonation(items: Sequence[SpokenItem]) -> Intonation:
    """By the last mark that is heard, behind whatever brackets and quotes."""
    end = _spoken(items).rstrip(_BRACKETS)
    mark = end[-1:] if end[-1:] in _STOPS else ""
    return prosody.intonation(mark, end.rstrip(_STOPS))
