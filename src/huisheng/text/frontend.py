"""The front-end: a text of any length in, annotated sentences out, one by one.

    units of the text      `sentence`        where it may be cut
    tokens                 `normalization`   numbers, dates and signs written out
    words and phrases      `segmentation`    what lies between two marks
    readings               `pronunciation`   pinyin and ARPAbet, erhua, tone sandhi
    breaks and melody      `prosody`
    items of a sentence    here, in this order, because each step needs the one before

A `Script` is a text with directions; what it asks for goes before what the front-end finds (`directions`). A
plain text is a script without any.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from huisheng import forking
from huisheng.errors import InvalidText
from huisheng.text import segmentation
from huisheng.text.dictionary import open_dictionary
from huisheng.text.directions import NO_DIRECTIONS, Directions, directions, tokens
from huisheng.text.emotion import PredictedEmotion, predict_emotion
from huisheng.text.markup.script import Script, plain_script
from huisheng.text.normalization.normalizer import normalize
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.text.pronunciation import english, lexicon, polyphones
from huisheng.text.pronunciation.english import English
from huisheng.text.pronunciation.lexicon import Lexicon
from huisheng.text.pronunciation.reader import CharacterReading, Reader
from huisheng.text.pronunciation.sandhi import Erhua, Sandhi, retroflex
from huisheng.text.prosody import Prosody, intonation
from huisheng.text.segmentation import ENGLISH, Phrase, Segmenter, Word, phrases
from huisheng.text.sentence import units
from huisheng.types import (
    Break,
    EnglishWord,
    Grounds,
    Mark,
    Note,
    Sentence,
    Span,
    SpokenItem,
    Syllable,
)
from huisheng.units import Seconds

LONGEST_SPOKEN: Final = 400
"""Characters that are said in one sentence: twice those of a unit, for its numbers and signs."""
MOST_SPOKEN: Final = 24
"""Characters that are said for one written character at most: the name of a rare sign."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_EXPANDS: Final = re.compile(r"[^\s\u3400-\u4dbf\u4e00-\u9fff，。、；：！？…—“”‘’（）《》]")
"""A character that may be said as more than one."""
_FINAL_MARKS: Final = frozenset("。！？")
_NO_PAUSE: Final = Seconds(0.0)
_UNNOTED: Final = frozenset({TokenKind.TEXT, TokenKind.MARK, TokenKind.SILENT})
_MARKUP: Final = Grounds("markup")
_USER: Final = Grounds("user")
_MANDARIN: Final = "zh"

_TOOLS_LOCK: Final = forking.make_lock()
"""Held while dictionaries are loaded, so that no two threads load the same."""
_ENGLISH_LOCK: Final = forking.make_lock()
"""The same for English, so that Chinese does not wait for it."""


class Frontend:
    """Turns text into sentences. Safe to use from several threads; dictionaries are loaded when needed, once
    for all front-ends of the process.

    Args:
        cache: folder of the compiled dictionaries; the user's cache folder by default.
        contextual: whether the model of polyphones decides readings; without it, words and rules do.
    """

    def __init__(self, cache: Path | None = None, *, contextual: bool = True) -> None:
        self._cache = cache
        self._contextual = contextual

    def load(self) -> None:
        """Load the dictionaries now. The very first time they are compiled, which takes seconds.

        Raises:
            SetupError: their data is not installed.
        """
        self._tools().english()

    def sentences(self, text: str | Script, *, continued: bool = False) -> Iterator[Sentence]:
        """The sentences of a text, each made when asked for. Their spans cover the source once, in order.

        A unit without anything to say is a sentence without spoken items.

        Args:
            text: what is read.
            continued: whether it is a part of something longer, and not its end.

        Raises:
            InvalidText: the text holds lone surrogates; raised at once.
            SetupError: dictionary data is not installed; raised with the first sentence that needs it.
        """
        script = plain_script(text) if isinstance(text, str) else text
        if _SURROGATE.search(script.text):
            raise InvalidText
        return self._sentences(script, continued=continued)

    def predict_emotion(self, text: str) -> PredictedEmotion:
        """The emotion that a text would be spoken with, as its words suggest.

        Raises:
            InvalidText: the text holds lone surrogates.
            SetupError: dictionary data is not installed.
        """
        if _SURROGATE.search(text):
            raise InvalidText
        return predict_emotion(text, self._tools().segmenter)

    def _tools(self) -> Tools:
        with _TOOLS_LOCK:
            return _load(self._cache, contextual=self._contextual)

    def _sentences(self, script: Script, *, continued: bool) -> Iterator[Sentence]:
        """A sentence for each unit; several where it becomes too long when it is written out."""
        tools = self._tools()
        plain = script.plain
        for span, pause in units(script.text, continued=continued):
            if plain:
                builder = SentenceBuilder(tools)
                parts = _split(normalize(script.text[span.start : span.end], span.start))
            else:
                builder = SentenceBuilder(tools, script, directions(script, span))
                parts = _split(list(tokens(script, span)))
            for part in parts[:-1]:
                yield builder.build(part, Span(part[0].span.start, part[-1].span.end), _NO_PAUSE)
            begin = parts[-1][0].span.start if len(parts) > 1 else span.start
            yield builder.build(parts[-1], Span(begin, span.end), pause)


class Tools(NamedTuple):
    """What the front-end is made of. Immutable. `folder` holds compiled dictionaries."""

    folder: Path | None
    segmenter: Segmenter
    reader: Reader
    erhua: Erhua
    sandhi: Sandhi
    prosody: Prosody

    def english(self) -> English:
        """Pronounces English words; loaded when the first is met.

        Raises:
            SetupError: its data is not installed.
        """
        with _ENGLISH_LOCK:
            return _load_english(self.folder)


@cache
def _load(folder: Path | None, *, contextual: bool) -> Tools:
    words = open_dictionary(segmentation.source(lexicon.own_words()), folder)
    readings = Lexicon(open_dictionary(lexicon.source(), folder))
    return Tools(
        folder,
        segmenter=Segmenter(words),
        reader=Reader(readings, polyphones.load_model() if contextual else None),
        erhua=Erhua(),
        sandhi=Sandhi(lambda word: words.get(word) is not None),
        prosody=Prosody(),
    )


@cache
def _load_english(folder: Path | None) -> English:
    return English(open_dictionary(english.source(), folder))


def _split(made: Sequence[Token]) -> list[Sequence[Token]]:
    """The tokens of a unit in parts, at least one; at most `LONGEST_SPOKEN` characters are said for a part of
    several tokens.
    """
    parts: list[Sequence[Token]] = []
    start = length = 0
    for place, token in enumerate(made):
        if place > start and length + len(token.spoken) > LONGEST_SPOKEN:
            parts.append(made[start:place])
            start, length = place, 0
        length += len(token.spoken)
    return [*parts, made[start:]]


class _Cell(NamedTuple):
    """One syllable in the making, or one character of an English word."""

    text: str
    span: Span
    reading: CharacterReading


class _Spoken(NamedTuple):
    """What is said between two marks."""

    words: Sequence[Word]
    cells: Sequence[_Cell]


@dataclass(frozen=True, slots=True)
class SentenceBuilder:
    """Builds the sentences of one unit from its tokens.

    Attributes:
        tools: of the front-end.
        script: where the unit comes from, and in whose source spans count; None for a plain text.
        directions: what was asked for.
    """

    tools: Tools
    script: Script | None = None
    directions: Directions = NO_DIRECTIONS

    def build(self, made: Sequence[Token], span: Span, pause: Seconds) -> Sentence:
        """A sentence.

        Args:
            made: its tokens.
            span: of the text of the script.
            pause: behind it, at normal speed, if anything is said.
        """
        items: list[SpokenItem] = []
        found = phrases(made, self.tools.segmenter)
        for phrase, said in zip(found, self._speech(found), strict=True):
            items += said if phrase.mark is None else self._end(said, phrase.mark)
        if items:
            items[-1] = replace(items[-1], after=Break.SENTENCE)
        notes = tuple([self._note(token) for token in made if token.kind not in _UNNOTED])
        covered = self.script.cover(span) if self.script else span
        spoken = _join(items)
        written = [item for item in items if not (isinstance(item, Mark) and item.exact)]
        tune = intonation(spoken if len(written) == len(items) else _join(written))
        return Sentence(covered, spoken, tuple(items), tune, pause if items else _NO_PAUSE, notes)

    def _speech(self, found: Sequence[Phrase]) -> Iterator[list[SpokenItem]]:
        """The syllables and English words of each phrase. Models are asked once for all of them."""
        tools = self.tools
        readings = tools.reader.read_all([phrase.words for phrase in found])
        spoken = [self._merge(*pair) for pair in zip(found, readings, strict=True)]
        breaks = tools.prosody.breaks_of_all([words for words, _ in spoken])
        for (words, cells), after in zip(spoken, breaks, strict=True):
            surface = tools.sandhi.surface(words, tuple([cell.reading.pinyin for cell in cells]), after)
            yield self._items(words, cells, surface, after)

    def _merge(self, phrase: Phrase, read: Sequence[CharacterReading]) -> _Spoken:
        """The words of a phrase, read as directions ask, each 儿 that is no syllable in the one before it."""
        readings = read
        if self.directions.readings:
            readings = [self._apply_directions(*pair) for pair in zip(phrase.spans, read, strict=True)]
        text = "".join([word.text for word in phrase.words])
        cells = list(map(_Cell, text, phrase.spans, readings))
        found = self.tools.erhua.find_merged(phrase.words, tuple([reading.pinyin for reading in readings]))
        merged = frozenset(index for index in found if readings[index].grounds is not _MARKUP)
        if not merged:
            return _Spoken(phrase.words, cells)
        return _Spoken(_without(merged, phrase.words), _merge_cells(merged, cells))

    def _items(
        self, words: Sequence[Word], cells: Sequence[_Cell], surface: Sequence[str], breaks: Sequence[Break]
    ) -> list[SpokenItem]:
        """Syllables and English words.

        Args:
            words: of one phrase.
            cells: of their characters.
            surface: the syllable that is heard for each of them.
            breaks: what follows each word.
        """
        items: list[SpokenItem] = []
        start = 0
        for place, (word, after) in enumerate(zip(words, breaks, strict=True)):
            end = start + len(word.text)
            if word.tag == ENGLISH:
                items += self._english(words, place, cells[start].span, after)
            else:
                items += self._syllables(cells[start:end], surface[start:end], after)
            start = end
        return items

    def _apply_directions(self, span: Span, reading: CharacterReading) -> CharacterReading:
        """What was asked for in place of a reading, if anything was."""
        asked = self.directions.readings.get(span.start)
        if asked is None:
            return reading
        return CharacterReading(asked, _USER if span.start in self.directions.by_user else _MARKUP)

    def _english(self, words: Sequence[Word], place: int, span: Span, after: Break) -> list[SpokenItem]:
        """An English word; what has no phones is not said."""
        before, behind = words[place - 1 : place] if place else (), words[place + 1 : place + 2]
        latin = ["".join(word.text for word in beside if word.tag == ENGLISH) for beside in (before, behind)]
        text = words[place].text
        phones = self.directions.phones.get(span.start) or self.tools.english().phones(text, *latin)
        if not phones:
            return []
        if self.script is None:
            return [EnglishWord(span, text, phones, after)]
        inflection = self.script.inflection(span.start)
        return [EnglishWord(self.script.origin(span), text, phones, after, inflection)]

    def _syllables(self, cells: Sequence[_Cell], surfaces: Sequence[str], after: Break) -> list[SpokenItem]:
        """The syllables of a Chinese word. What has no reading is not said."""
        said = [(cell, spoken) for cell, spoken in zip(cells, surfaces, strict=True) if cell.reading.pinyin]
        script = self.script
        items: list[SpokenItem] = []
        for place, ((text, span, (pinyin, grounds)), spoken) in enumerate(said, start=1):
            level = after if place == len(said) else Break.SYLLABLE
            if script is None:
                items.append(Syllable(span, text, pinyin, spoken, level, grounds))
                continue
            ordered = span.start in self.directions.readings and grounds is _MARKUP
            inflection = script.inflection(span.start)
            language = self.directions.languages.get(span.start, _MANDARIN)
            surface = pinyin if ordered else spoken
            items.append(
                Syllable(script.origin(span), text, pinyin, surface, level, grounds, inflection, language)
            )
        return items

    def _end(self, said: list[SpokenItem], mark: Token) -> list[SpokenItem]:
        """The items of a phrase and the mark that ends it."""
        pause, level, tune = self.tools.prosody.pauses[mark.spoken]
        after = Break.SENTENCE if mark.spoken in _FINAL_MARKS else Break.PHRASE
        rest = self.directions.rests.get(mark.span.start) if mark.span.start == mark.span.end else None
        if said:
            said[-1] = replace(said[-1], after=level if rest is None else Break.PHRASE)
        span = self.script.origin(mark.span) if self.script else mark.span
        if rest is not None:
            return [*said, Mark(span, mark.spoken, rest, after, exact=True)]
        return [*said, Mark(span, mark.spoken, pause, after, intonation=tune)]

    def _note(self, token: Token) -> Note:
        span = self.script.origin(token.span) if self.script else token.span
        return Note(span, token.spoken, token.rule, token.others)


def _merge_cells(merged: Container[int], cells: Sequence[_Cell]) -> list[_Cell]:
    """The same cells, each merged 儿 in that of the character before it."""
    kept: list[_Cell] = []
    for index, cell in enumerate(cells):
        if index in merged:
            host = kept.pop()
            rhotic = host.reading._replace(pinyin=retroflex(host.reading.pinyin))
            kept.append(_Cell(host.text + cell.text, Span(host.span.start, cell.span.end), rhotic))
        else:
            kept.append(cell)
    return kept


def _without(merged: Container[int], words: Sequence[Word]) -> list[Word]:
    """The words without the 儿 that are no syllables of their own."""
    kept: list[Word] = []
    start = 0
    for word in words:
        text = "".join([char for index, char in enumerate(word.text, start) if index not in merged])
        start += len(word.text)
        if text:
            kept.append(word._replace(text=text))
    return kept


def _join(items: Sequence[SpokenItem]) -> str:
    """What is said; a blank keeps two English words apart."""
    said = ""
    for item in items:
        blank = isinstance(item, EnglishWord) and said[-1:].isascii() and said[-1:].isalpha()
        said += " " + item.text if blank else item.text
    return said


def spoken_length(script: Script, limit: int) -> int:
    """Characters that are said for a script, numbers and signs written out, told before any of it is read.

    Most characters of running text are said as one, so most texts are known to be short enough by counting
    those that may be said as several; only where that leaves a doubt is the text written out for its length.

    Args:
        script: markup and lexicons are applied already.
        limit: above which the length does not matter.

    Returns:
        An upper bound where it is within the limit, which costs no reading; else the length itself, or of a
        beginning that is over the limit.
    """
    length = len(script.rests)  # each may be said as a mark
    bound = length + len(script.text) + (MOST_SPOKEN - 1) * sum(1 for _ in _EXPANDS.finditer(script.text))
    if bound <= limit:
        return bound
    for unit in units(script.text):
        length += sum(max(len(token.spoken), 1) for token in tokens(script, unit.span))
        if length > limit:
            break
    return length
