"""From items to symbols: phones, tones, places in syllable and word, and one break between words.

| between two words                | symbol | where the model knows it from    |
|----------------------------------|--------|----------------------------------|
| `Break.WORD`, quotes             | `#1`   | end of a prosodic word           |
| `Break.PHRASE`, round brackets   | `#2`   | end of a phrase, without a mark  |
| any other mark                   | `#3`   | end of an intonation phrase      |

The strongest counts. At the end stands `#4` after 。！？… and where the sentence ends without a mark, `#3`
after any other mark and where a clause is cut off. Inside a line a full stop is `#3` too: in training `#4`
only ever ends an utterance and lasts no time, so it would be no pause. Chinese and English are always
different words, as in the corpora that voices are trained on.

A voice whose inventory has breaks with marks, `#4？` say, hears which mark a break stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from huisheng.errors import UnpronounceableSymbol
from huisheng.text.symbols.advice import advice
from huisheng.text.symbols.sambert import english, spelling
from huisheng.text.symbols.sambert.inventories import TAGS, Inventory
from huisheng.text.symbols.sambert.spelling import Phones
from huisheng.text.symbols.sambert.symbol import Symbol
from huisheng.types import Break, EnglishWord, Mark, Span, SpokenItem, Syllable

_BREAKS: Final[Mapping[Break, int]] = {
    Break.NONE: 0,
    Break.SYLLABLE: 0,
    Break.WORD: 1,
    Break.PHRASE: 2,
    Break.SENTENCE: 3,
}
_MARKS: Final = dict.fromkeys("“”", 1) | dict.fromkeys("（）", 2)
_CLAUSE: Final = 3
_SENTENCE: Final = 4
_ENDS: Final = frozenset("。！？…")


class _Reading(NamedTuple):
    """Which syllables a voice can read: their language, and the rule of their spelling."""

    language: str
    spell: Callable[[str], Phones]


_READINGS: Final[Mapping[str, _Reading]] = {
    "PinYin": _Reading("zh", spelling.mandarin),
    "Sichuan": _Reading("zh", spelling.sichuan),
    "ZhHK": _Reading("yue", spelling.cantonese),
}
"""By the language of the inventory."""


class _Syllable(NamedTuple):
    """One syllable, Chinese or English."""

    phones: Phones
    tone: str
    item: int
    span: Span


_Word: TypeAlias = Sequence[_Syllable]


def transcribe(items: tuple[SpokenItem, ...], inventory: Inventory) -> tuple[Symbol, ...]:
    """Symbols of the items, a break behind every word; none where nothing is spoken.

    Raises:
        UnpronounceableSymbol: the voice cannot say something; what and where.
    """
    spoken = [index for index, item in enumerate(items) if not isinstance(item, Mark)]
    symbols: list[Symbol] = []
    word: list[_Syllable] = []
    for index, following in zip(spoken, [*spoken[1:], len(items)], strict=False):
        word += _syllables(items[index], index, inventory)
        level = _level(items, index, following)
        if level:
            owner = max(range(index, following), key=lambda place: _rank(items[place]))
            symbols += _symbols(word)
            symbols.append(_break(level, owner, items[owner], inventory))
            word = []
    return tuple(symbols)


def _level(items: Sequence[SpokenItem], index: int, following: int) -> int:
    """The break between a spoken item and the next: 0, none, to 4."""
    if following == len(items):
        return _ending(items[index:following])
    level = max(_strength(item) for item in items[index:following])
    return level or int(isinstance(items[index], EnglishWord) != isinstance(items[following], EnglishWord))


def _ending(items: Sequence[SpokenItem]) -> int:
    """The break behind the last word; silence that markup asks for says nothing of the sentence."""
    marks = {item.text for item in items if isinstance(item, Mark) and not item.exact}
    if marks & _ENDS:
        return _SENTENCE
    if any(_MARKS.get(mark, _CLAUSE) == _CLAUSE for mark in marks):
        return _CLAUSE
    return _SENTENCE if any(item.after is Break.SENTENCE for item in items) else _CLAUSE


def _strength(item: SpokenItem) -> int:
    return _MARKS.get(item.text, _CLAUSE) if isinstance(item, Mark) else _BREAKS[item.after]


def _rank(item: SpokenItem) -> tuple[int, bool]:
    """By strength, a mark before a word."""
    return _strength(item), isinstance(item, Mark)


def _break(level: int, index: int, owner: SpokenItem, inventory: Inventory) -> Symbol:
    plain, marked = f"#{level}", f"#{level}{owner.text}"
    heard = isinstance(owner, Mark) and marked in inventory.ids[0]
    return Symbol(marked if heard else plain, "tone_none", "s_none", "word_none", index, owner.span)


def _symbols(word: _Word) -> Iterator[Symbol]:
    """The phones of a word, each with its place in syllable and word."""
    count = sum(len(syllable.phones) for syllable in word)
    place = 0
    for phones, tone, item, span in word:
        for within, phone in enumerate(phones):
            flag, segment = _place(within, len(phones)), _place(place, count)
            yield Symbol(phone, tone, f"s_{flag}", f"word_{segment}", item, span)
            place += 1


def _place(index: int, count: int) -> str:
    if count == 1:
        return "both"
    return "begin" if index == 0 else "end" if index == count - 1 else "middle"


def _syllables(item: SpokenItem, index: int, inventory: Inventory) -> Iterator[_Syllable]:
    """The syllables of a spoken item, checked against the inventory.

    Raises:
        UnpronounceableSymbol: a phone or a tone that it lacks.
    """
    phones, tones = inventory.ids[:2]
    spelt = tuple(_spelt(item, inventory.language))
    if not spelt:
        raise _unpronounceable(item, inventory.language)
    for said, digit in spelt:
        tone = f"tone{digit}"
        if tone not in tones or not all(phone in phones for phone in said):
            raise _unpronounceable(item, inventory.language)
        yield _Syllable(said, tone, index, item.span)


def _spelt(item: SpokenItem, language: str) -> Iterator[tuple[Phones, str]]:
    """Phones and tone digit of each syllable; nothing where the voice has no rule for it."""
    reading = _READINGS.get(language)
    if isinstance(item, EnglishWord):
        yield from english.syllables(item.phones)
    elif isinstance(item, Syllable) and reading and item.language == reading.language:
        yield reading.spell(item.surface[:-1]), item.surface[-1]


def _unpronounceable(item: SpokenItem, language: str) -> UnpronounceableSymbol:
    said = item.surface if isinstance(item, Syllable) else _arpabet(item)
    return UnpronounceableSymbol(said, item.text, item.span, *_objection(item, language))


def syllables(language: str) -> tuple[str, ...]:
    """Languages of the syllables that voices with an inventory of this language can say."""
    reading = _READINGS.get(language)
    return (reading.language,) if reading else ()


def _arpabet(item: SpokenItem) -> str:
    return " ".join(item.phones) if isinstance(item, EnglishWord) else ""


def _objection(item: SpokenItem, language: str) -> tuple[str, str]:
    """Why something cannot be said and what to do, in Chinese and English."""
    if isinstance(item, Syllable) and item.language not in syllables(language):
        return advice(TAGS.get(language, ()))
    return (
        f"这个音色（{language}）的符号表中没有这个音，请修改读音或换用其他音色",
        f"the symbols of this voice ({language}) lack the sound; choose another reading or voice",
    )
