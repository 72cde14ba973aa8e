"""The front-end: a text of any length in, annotated sentences out, one by one.

It composes the other modules and knows nothing that they know: units of text are written out, cut into
phrases, read, joined by 儿, broken, and toned, in this order, because each step needs the one before.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
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
from huisheng.text.pronunciation.lexicon import Lexicon, Readings
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
        items = _followed(items, Break.SENTENCE)
        return Sentence(unit.span, _spoken(items), tuple(items), _intonation(items), unit.pause)


def _phrase_items(phrase: Phrase, tools: _Tools) -> list[SpokenItem]:
    """Syllables and English words of one phrase."""
    readings = tools.reader.read(phrase.words)
    merged = tools.erhua.merged(phrase.words, readings)
    words, cells = _without(merged, phrase.words), _cells(phrase, readings, merged)
    breaks = tools.prosody.breaks(words)
    surface = tools.sandhi.surface(words, tuple(cell.pinyin for cell in cells), breaks)
    said = iter(zip(cells, surface, strict=True))
    items: list[SpokenItem] = []
    for word, after in zip(words, breaks, strict=True):
        items += _followed(_word_items(word, tuple(islice(said, len(word.text))), tools.english), after)
    return items


def _cells(phrase: Phrase, readings: Readings, merged: Container[int]) -> list[_Cell]:
    """The characters of a phrase and what they say; a merged 儿 belongs to the one before it."""
    text = "".join(word.text for word in phrase.words)
    cells: list[_Cell] = []
    for index, (character, span, pinyin) in enumerate(zip(text, phrase.spans, readings, strict=True)):
        if index in merged:
            host = cells.pop()
            joined = Span(host.span.start, span.end)
            cells.append(_Cell(host.text + character, joined, retroflex(host.pinyin)))
        else:
            cells.append(_Cell(character, span, pinyin))
    return cells


def _without(merged: Container[int], words: Sequence[Word]) -> list[Word]:
    """The words without the 儿 that are no syllables of their own; each ends its word."""
    kept: list[Word] = []
    end = 0
    for word in words:
        end += len(word.text)
        text = word.text[:-1] if end - 1 in merged else word.text
        if text:
            kept.append(word._replace(text=text))
    return kept


def _word_items(word: Word, said: Sequence[tuple[_Cell, str]], dictionary: English) -> list[SpokenItem]:
    """An English word, or the syllables of a Chinese one. What has no reading is not said."""
    if word.tag == ENGLISH:
        phones = dictionary.phones(word.text)
        return [EnglishWord(said[0][0].span, word.text, phones)] if phones else []
    return [Syllable(cell.span, cell.text, cell.pinyin, surface) for cell, surface in said if cell.pinyin]


def _followed(said: list[SpokenItem], after: Break) -> list[SpokenItem]:
    """The same items, the last with the break that follows them."""
    return [*said[:-1], replace(said[-1], after=after)] if said else []


def _ended(said: list[SpokenItem], mark: Token | None, tables: Prosody) -> list[SpokenItem]:
    """The items of a phrase and the mark that ends it."""
    if mark is None:
        return said
    pause, level = tables.pause(mark.spoken)
    after = Break.SENTENCE if mark.spoken in _FINAL_MARKS else Break.PHRASE
    return [*_followed(said, level), Mark(mark.span, mark.spoken, pause, after)]


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
