"""From items to symbols and their ids: phones, tones, places in syllable and word, one break between words.

| between two words                | symbol | where the model knows it from    |
|----------------------------------|--------|----------------------------------|
| `Break.WORD`, quotes             | `#1`   | end of a prosodic word           |
| `Break.PHRASE`, round brackets   | `#2`   | end of a phrase, without a mark  |
| any other mark                   | `#3`   | end of an intonation phrase      |

The strongest counts. At the end stands `#4` after 。！？… and where the sentence ends without a mark, `#3`
after any other mark and where a clause is cut off. Inside a line a full stop is `#3` too: in training `#4`
only ever ends an utterance and lasts no time, so it would be no pause. Chinese and English are always
different words, as in the corpora that voices are trained on.

A voice whose inventory has breaks with marks, `#4？` say, is told which mark a break stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.errors import UnpronounceableSymbol
from huisheng.text.symbols.advice import advice
from huisheng.text.symbols.sambert import english, spelling
from huisheng.text.symbols.sambert.inventories import TAGS, Inventory
from huisheng.text.symbols.sambert.spelling import Phones
from huisheng.text.symbols.sambert.symbol import Symbol
from huisheng.types import Break, EnglishWord, Mark, SpokenItem, Syllable

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


_Sound: TypeAlias = tuple[str, str, str]
"""A phone, the tone of its syllable, and its place in it, as in `Symbol`."""

_REMEMBERED: Final = 8192
"""Syllables and English words whose sounds are kept: Mandarin has about 2 000 syllables with their tones."""


def transcribe(items: tuple[SpokenItem, ...], inventory: Inventory) -> tuple[Symbol, ...]:
    """Symbols of the items, a break behind every word; none where nothing is spoken.

    Raises:
        UnpronounceableSymbol: the voice cannot say something; what and where.
    """
    # Ranks of breaks: by strength, a mark before a word that is as strong.
    ranks = [
        2 * _MARKS.get(item.text, _CLAUSE) + 1 if isinstance(item, Mark) else 2 * _BREAKS[item.after]
        for item in items
    ]
    spoken = [index for index, item in enumerate(items) if not isinstance(item, Mark)]
    symbols: list[Symbol] = []
    word: list[tuple[_Sound, int]] = []
    for index, following in zip(spoken, [*spoken[1:], len(items)], strict=False):
        item = items[index]
        word += [(sound, index) for sound in _sounds(item, inventory)]
        rank = max(ranks[index:following])
        if following == len(items):
            level = _final_level(items[index:])
        else:
            level = rank // 2 or isinstance(item, EnglishWord) != isinstance(items[following], EnglishWord)
        if level:
            symbols += [
                Symbol(phone, tone, flag, segment, place, items[place].span)
                for ((phone, tone, flag), place), segment in zip(
                    word, _places("word", len(word)), strict=True
                )
            ]
            owner = ranks.index(rank, index)
            symbols.append(_break(int(level), owner, items[owner], inventory))
            word = []
    return tuple(symbols)


def encode(symbols: Sequence[Symbol], inventory: Inventory) -> NDArray[np.int64]:
    """Ids of phone, tone, syllable flag and word segment.

    Unlike the original, which drops a phone that it does not know and then fails over streams of different
    lengths, this tells which.

    Returns:
        (L, 4) int64, without the end symbol: only training feeds it.

    Raises:
        UnpronounceableSymbol: the inventory lacks a value; which and where.
    """
    phones, tones, flags, segments = inventory.ids
    ids: list[tuple[int, int, int, int]] = []
    for symbol in symbols:
        phone, tone, flag, segment = symbol[:4]
        try:
            ids.append((phones[phone], tones[tone], flags[flag], segments[segment]))
        except KeyError as error:
            raise UnpronounceableSymbol(
                str(error.args[0]),
                phone,
                symbol.span,
                f"这个音色（{inventory.language}）的符号表中没有这个符号，请检查符号行",
                f"the symbols of this voice ({inventory.language}) lack it; check the line of symbols",
            ) from error
    return np.array(ids, dtype=np.int64).reshape(len(ids), 4)


def _final_level(items: Sequence[SpokenItem]) -> int:
    """The break behind the last word; silence that markup asks for says nothing of the sentence.

    Args:
        items: the last spoken item, and the marks behind it.
    """
    marks = {item.text for item in items if isinstance(item, Mark) and not item.exact}
    if marks & _ENDS:
        return _SENTENCE
    if any(_MARKS.get(mark, _CLAUSE) == _CLAUSE for mark in marks):
        return _CLAUSE
    return _SENTENCE if any(item.after is Break.SENTENCE for item in items) else _CLAUSE


def _break(level: int, index: int, owner: SpokenItem, inventory: Inventory) -> Symbol:
    phone = f"#{level}"
    if isinstance(owner, Mark) and phone + owner.text in inventory.ids[0]:
        phone += owner.text
    return Symbol(phone, "tone_none", "s_none", "word_none", index, owner.span)


def _sounds(item: SpokenItem, inventory: Inventory) -> Sequence[_Sound]:
    """The sounds of a spoken item, checked against the inventory.

    Raises:
        UnpronounceableSymbol: a phone or a tone that it lacks, or no rule to spell the item by.
    """
    sounds: Sequence[_Sound] = ()
    if isinstance(item, EnglishWord):
        sounds = _spell_english(item.phones)
    elif isinstance(item, Syllable):
        sounds = _spell(item.surface, item.language, inventory.language)
    phones, tones = inventory.ids[:2]
    if not sounds or not all(phone in phones and tone in tones for phone, tone, _ in sounds):
        raise _unpronounceable(item, inventory.language)
    return sounds


@lru_cache(_REMEMBERED)
def _spell(surface: str, language: str, voice: str) -> Sequence[_Sound]:
    """Sounds of a syllable; none where the voice has no rule for its language.

    Args:
        surface: pinyin or jyutping with the digit of the tone.
        language: of the syllable.
        voice: language of its inventory.
    """
    reading = _READINGS.get(voice)
    if reading is None or language != reading.language:
        return ()
    return _with_places(reading.spell(surface[:-1]), surface[-1])


@lru_cache(_REMEMBERED)
def _spell_english(phones: Phones) -> Sequence[_Sound]:
    """Sounds of a word in ARPAbet."""
    return tuple(
        chain.from_iterable(_with_places(said, stress) for said, stress in english.syllables(phones))
    )


def _with_places(phones: Phones, digit: str) -> tuple[_Sound, ...]:
    """The phones of one syllable as sounds, with its tone."""
    return tuple(
        (phone, f"tone{digit}", flag) for phone, flag in zip(phones, _places("s", len(phones)), strict=True)
    )


@lru_cache(_REMEMBERED)
def _places(unit: str, count: int) -> Sequence[str]:
    """Where each of so many phones stands in a syllable, `s`, or in a `word`."""
    if count < 2:
        return (f"{unit}_both",) * count
    return (f"{unit}_begin", *[f"{unit}_middle"] * (count - 2), f"{unit}_end")


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
