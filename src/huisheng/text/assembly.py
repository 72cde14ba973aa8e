"""From the words of a phrase to what is said: readings, erhua, breaks and tones put together, in this order,
because each step needs the one before.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, NamedTuple

from huisheng.text.markup.script import Script
from huisheng.text.normalization.token import Token
from huisheng.text.phrase import ENGLISH, Phrase
from huisheng.text.pronunciation.english import English
from huisheng.text.pronunciation.erhua import Erhua, retroflex
from huisheng.text.pronunciation.reader import Reader, Reading
from huisheng.text.pronunciation.sandhi import Sandhi
from huisheng.text.prosody import Prosody, melody
from huisheng.text.segmentation import Segmenter, Word
from huisheng.types import Break, EnglishWord, Grounds, Mark, Span, SpokenItem, Syllable
from huisheng.units import Seconds

_FINAL_MARKS: Final = frozenset("。！？")
_MARKUP: Final = Grounds("markup")
_USER: Final = Grounds("user")
_MANDARIN: Final = "zh"


@dataclass(frozen=True, slots=True)
class Orders:
    """What markup and user lexicons ask for inside one unit, by the character of the text where it begins.

    Attributes:
        readings: of characters.
        phones: of English words.
        rests: seconds, at pauses that markup asks for.
        by_user: places whose reading comes from the user's lexicon, not from markup.
        languages: of readings that are not Mandarin.
    """

    readings: Mapping[int, str] = field(default_factory=dict[int, str])
    phones: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    rests: Mapping[int, Seconds] = field(default_factory=dict[int, Seconds])
    by_user: Container[int] = field(default_factory=frozenset[int])
    languages: Mapping[int, str] = field(default_factory=dict[int, str])


class Tools(NamedTuple):
    """What the front-end is made of, loaded once."""

    segmenter: Segmenter
    reader: Reader
    erhua: Erhua
    sandhi: Sandhi
    english: English
    prosody: Prosody


class _Cell(NamedTuple):
    """One syllable in the making, or one character of an English word."""

    text: str
    span: Span
    reading: Reading


@dataclass(frozen=True, slots=True)
class Assembly:
    """Puts the items of one unit together.

    Attributes:
        tools: of the front-end.
        script: where the unit comes from; spans of items count in its source.
        orders: what was asked for.
    """

    tools: Tools
    script: Script
    orders: Orders

    def items(self, phrase: Phrase) -> list[SpokenItem]:
        """What is said of one phrase, and the mark that ends it."""
        return self._ended(self._spoken(phrase), phrase.mark)

    def _spoken(self, phrase: Phrase) -> list[SpokenItem]:
        """Syllables and English words."""
        tools = self.tools
        readings = self._readings(phrase)
        coloured = tools.erhua.merged(phrase.words, tuple(reading.pinyin for reading in readings))
        merged = frozenset(index for index in coloured if readings[index].grounds is not _MARKUP)
        words, cells = _without(merged, phrase.words), _cells(phrase, readings, merged)
        breaks = tools.prosody.breaks(words)
        surface = tools.sandhi.surface(words, tuple(cell.reading.pinyin for cell in cells), breaks)
        said = iter(zip(cells, surface, strict=True))
        items: list[SpokenItem] = []
        for place, (word, after) in enumerate(zip(words, breaks, strict=True)):
            cells_said = tuple(islice(said, len(word.text)))
            items += followed(self._word(word, cells_said, _beside(words, place)), after)
        return items

    def _readings(self, phrase: Phrase) -> Sequence[Reading]:
        """Readings by the front-end, but where something was asked for."""
        found = self.tools.reader.read(phrase.words)
        if not self.orders.readings:
            return found
        return [self._ordered(span, reading) for span, reading in zip(phrase.spans, found, strict=True)]

    def _ordered(self, span: Span, reading: Reading) -> Reading:
        asked = self.orders.readings.get(span.start)
        if asked is None:
            return reading
        return Reading(asked, _USER if span.start in self.orders.by_user else _MARKUP)

    def _word(
        self, word: Word, said: Sequence[tuple[_Cell, str]], beside: tuple[str, str]
    ) -> list[SpokenItem]:
        """An English word, or the syllables of a Chinese one. What has no reading is not said."""
        if word.tag == ENGLISH:
            place = said[0][0].span
            phones = self.orders.phones.get(place.start) or self.tools.english.phones(word.text, *beside)
            inflection = self.script.inflection(place.start)
            return (
                [EnglishWord(self.script.origin(place), word.text, phones, inflection=inflection)]
                if phones
                else []
            )
        return [self._syllable(cell, surface) for cell, surface in said if cell.reading.pinyin]

    def _syllable(self, cell: _Cell, surface: str) -> Syllable:
        asked = cell.span.start in self.orders.readings
        return Syllable(
            span=self.script.origin(cell.span),
            text=cell.text,
            pinyin=cell.reading.pinyin,
            surface=cell.reading.pinyin if asked and cell.reading.grounds is _MARKUP else surface,
            grounds=cell.reading.grounds,
            inflection=self.script.inflection(cell.span.start),
            language=self.orders.languages.get(cell.span.start, _MANDARIN),
        )

    def _ended(self, said: list[SpokenItem], mark: Token | None) -> list[SpokenItem]:
        """The items of a phrase and the mark that ends it."""
        if mark is None:
            return said
        pause, level = self.tools.prosody.pause(mark.spoken)
        after = Break.SENTENCE if mark.spoken in _FINAL_MARKS else Break.PHRASE
        rest = self.orders.rests.get(mark.span.start) if mark.span.start == mark.span.end else None
        span = self.script.origin(mark.span)
        if rest is not None:
            return [*followed(said, Break.PHRASE), Mark(span, mark.spoken, rest, after, exact=True)]
        return [*followed(said, level), Mark(span, mark.spoken, pause, after, intonation=melody(mark.spoken))]


def followed(said: list[SpokenItem], after: Break) -> list[SpokenItem]:
    """The same items, the last with the break that follows them."""
    return [*said[:-1], replace(said[-1], after=after)] if said else []


def _cells(phrase: Phrase, readings: Sequence[Reading], merged: Container[int]) -> list[_Cell]:
    """The characters of a phrase and what they say; a merged 儿 belongs to the one before it."""
    text = "".join(word.text for word in phrase.words)
    cells: list[_Cell] = []
    for index, (character, span, reading) in enumerate(zip(text, phrase.spans, readings, strict=True)):
        if index in merged:
            host = cells.pop()
            joined = Span(host.span.start, span.end)
            rhotic = host.reading._replace(pinyin=retroflex(host.reading.pinyin))
            cells.append(_Cell(host.text + character, joined, rhotic))
        else:
            cells.append(_Cell(character, span, reading))
    return cells


def _beside(words: Sequence[Word], place: int) -> tuple[str, str]:
    """The Latin words right before and right behind a word, empty where there is none."""
    before, after = words[max(place - 1, 0) : place], words[place + 1 : place + 2]
    return _latin(before), _latin(after)


def _latin(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words if word.tag == ENGLISH)


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
