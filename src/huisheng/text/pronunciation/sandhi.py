"""What changes when syllables of Standard Mandarin are said together: erhua, neutral tone and tone sandhi.

Erhua makes 儿 part of the syllable before it: 花儿 is one syllable, 女儿 is two. The neutral tone is given by
form here, to suffixes and doubled words; words that simply have it stand in the lexicon. Tone sandhi changes
一, 不 and chains of third tones.

After Duanmu, *The Phonology of Standard Chinese* (2nd ed. 2007), chapter 11, and Lin, *The Sounds of Chinese*
(2007), chapter 9. Third tones change inside a word from its innermost part outwards, then between words that
share a foot; across the break between phrases they stay. 一 and 不 look at the dictionary tone that follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from huisheng.text.pronunciation.lexicon import NEUTRAL, Readings, tone, with_tone
from huisheng.text.resources import rows
from huisheng.text.segmentation import BY_DIGIT, QUANTITY, Word
from huisheng.types import Break

_PACKAGE: Final = "huisheng.text.pronunciation"
_UNREAD: Final = "-"
"""Stands for the tone of a character without a reading."""

_ER: Final = "儿"
_NAMES: Final = ("nr", "ns", "nt")
"""Parts of speech of names: of persons, places, bodies."""

_DOUBLED_VERBS: Final = frozenset(
    character for row in rows(_PACKAGE, "doubled_verbs.tsv") for character in row[0]
)
_FULL_SUFFIXES: Final = tuple(row[0] for row in rows(_PACKAGE, "full_suffixes.tsv"))
_DIRECTIONS: Final = frozenset(row[0] for row in rows(_PACKAGE, "directions.tsv"))
_NO_MOTION: Final = frozenset("是有在到像成为说")
"""Verbs that go in no direction: 是过去的事."""
_FULL_TONE: Final = "3"
"""The tone of 子 where it is no suffix."""
_SUFFIXES: Final = "子们"

_NUMBER_PART: Final = re.compile("[^十百千万亿]?[十百千万亿]+|.")
_MAGNITUDES: Final = frozenset("百千万亿")
_NUMERALS: Final = frozenset("零〇一二三四五六七八九十幺")
_DIGITS: Final = _NUMERALS - {"十"}
_NUMBERS: Final = _NUMERALS | _MAGNITUDES | {"两"}
_KEEPS_YI_BEFORE: Final = frozenset("第初零十")
_ALWAYS_VERBS_BEFORE_BU: Final = frozenset("过")
_GOVERNING: Final = frozenset("vp")
"""Parts of speech of verbs and prepositions."""
_PERSON: Final = "nr"
_SET_PHRASES: Final = ("i", "l")
"""Parts of speech of idioms and other set phrases."""
_LONGEST_ADJECTIVE: Final = 5
"""Characters between 再 and 不过, and 再 itself."""
_NOT_VERBS_BEFORE_BU: Final = frozenset("能会要该敢肯可应得是就也都又还才愿")


class ToneChange(NamedTuple):
    """The syllable of a word, by its place from the beginning or the end, that takes another tone."""

    syllable: int
    tone: str


def tone_by_form(word: Word, before: Word | None) -> ToneChange | None:
    """The tone that the form of a word gives to one of its syllables; None for a form that changes none.

    桌子 zhuo1 zi5, but 电子 dian4 zi3; 看看 kan4 kan5, but 天天 tian1 tian1; 走进去 zou3 jin4 qu5.

    Args:
        word: whose form it is.
        before: the word before it in the phrase.
    """
    change = _tone_by_own_form(word.text)
    if change is not None and change.syllable < 0:
        return change
    if before is None or not before.tag.startswith("v") or before.text in _NO_MOTION:
        return change
    completes = word.text in _DIRECTIONS or before.text[-1:] + word.text in _DIRECTIONS
    return ToneChange(-1, NEUTRAL) if completes else change


@lru_cache(maxsize=4096)
def _tone_by_own_form(text: str) -> ToneChange | None:
    """The same by the characters of the word alone: suffixes, doubled verbs, 想想看, 傻里傻气."""
    if text.endswith(_FULL_SUFFIXES):
        return ToneChange(-1, _FULL_TONE)
    if (len(text) > 1 and text[-1] in _SUFFIXES) or is_doubled_verb(text):
        return ToneChange(-1, NEUTRAL)
    tried = len(text) == 3 and text[2] == "看" and is_doubled_verb(text[:2])
    mocking = len(text) == 4 and text[1] == "里" and text[0] == text[2]
    return ToneChange(1, NEUTRAL) if tried or mocking else None


def is_doubled_verb(text: str) -> bool:
    """Whether a word is a verb said twice, 看看, whose second half is light."""
    return len(text) == 2 and text[0] == text[1] and text[0] in _DOUBLED_VERBS


def retroflex(syllable: str) -> str:
    """`hua1` → `huar1`."""
    return f"{syllable[:-1]}r{syllable[-1]}"


class Erhua:
    """What 儿 colours, and words in which it is a syllable of its own nonetheless. Immutable."""

    def __init__(self) -> None:
        self._hosts = tuple(host for row in rows(_PACKAGE, "erhua.tsv") for host in row[0].split(" "))
        self._separate = tuple((row[0], row[0].index(_ER)) for row in rows(_PACKAGE, "separate_er.tsv"))

    def find_merged(self, words: Sequence[Word], readings: Readings) -> frozenset[int]:
        """Which 儿 colour the vowel before them: indexes into the characters of the words together.

        Args:
            words: of one phrase.
            readings: one a character, empty where there is none.
        """
        text = "".join([word.text for word in words])
        if _ER not in text:
            return frozenset()
        places = [(word, offset) for word in words for offset in range(len(word.text))]
        return frozenset(
            index
            for index, (word, offset) in enumerate(places)
            if text[index] == _ER
            and index
            and readings[index - 1]
            and not _begins_or_is_named(word, offset)
            and text.endswith(self._hosts, 0, index)
            and not self._is_separate(text, index)
        )

    def _is_separate(self, text: str, index: int) -> bool:
        """Whether a word with a 儿 of its own covers the one at `index`."""
        return any(text.startswith(word, index - er) for word, er in self._separate if er <= index)


def _begins_or_is_named(word: Word, offset: int) -> bool:
    """Whether a 儿 begins a longer word, as in 儿子, or stands inside a name: 雀儿山."""
    if offset == 0:
        return len(word.text) > 1
    return word.tag.startswith(_NAMES) and offset < len(word.text) - 1


class Sandhi:
    """The rules and their word lists. Immutable.

    Args:
        is_word: whether a dictionary knows a word; it finds the parts of longer ones.
    """

    def __init__(self, is_word: Callable[[str], bool]) -> None:
        self._is_word = is_word
        self._full_yi = _places_of_yi("full_yi.tsv")
        self._changing_yi = _places_of_yi("changing_yi.tsv")
        self._counting = frozenset(row[0] for row in rows(_PACKAGE, "counting_yi.tsv"))
        self._ordinals = tuple(row[0] for row in rows(_PACKAGE, "ordinals.tsv"))
        self._complements = frozenset("".join(row[0] for row in rows(_PACKAGE, "complements.tsv")))
        self._light_thirds = frozenset(row[0] for row in rows(_PACKAGE, "light_thirds.tsv"))

    def surface(self, words: Sequence[Word], readings: Readings, breaks: Sequence[Break]) -> Readings:
        """The syllables in the tones that are heard.

        Args:
            words: of one phrase, without marks.
            readings: one dictionary reading a character; empty where there is none.
            breaks: one a word: what follows it.

        Returns:
            One syllable a character, in the tone that is heard.
        """
        surface = list(readings)
        tones = "".join([reading[-1:] or _UNREAD for reading in readings])
        if "33" in tones or "35" in tones:
            self._change_third_tones(words, breaks, surface, tones)
        text = "".join([word.text for word in words])
        if "一" not in text and "不" not in text:
            return tuple(surface)
        places = [_PlaceInWord(word, offset) for word in words for offset in range(len(word.text))]
        for index, character in enumerate(text):
            if character == "一" and readings[index]:
                surface[index] = "yi" + self._yi(text, places[index], index, readings)
            elif character == "不" and readings[index]:
                surface[index] = "bu" + self._bu(text, places, index, readings)
        return tuple(surface)

    def _change_third_tones(
        self, words: Sequence[Word], breaks: Sequence[Break], surface: list[str], tones: str
    ) -> None:
        """Inside words, then inside counted things, then between neighbours of which one is a syllable."""
        starts = list(accumulate([len(word.text) for word in words], initial=0))
        for word, start, end in zip(words, starts, starts[1:], strict=False):
            if "33" in tones[start:end] or "35" in tones[start:end]:
                self._change_inside(word, start, surface)
        feet = _feet(words, breaks)
        for foot in feet:
            for position in range(foot.start + 1, foot.stop):
                _raise(starts[position], surface)
        for left, right in reversed(list(pairwise(feet))):
            short = 1 in (starts[left.stop] - starts[left.start], starts[right.stop] - starts[right.start])
            if breaks[right.start - 1] < Break.PHRASE and short:
                _raise(starts[right.start], surface)

    def _change_inside(self, word: Word, start: int, surface: list[str]) -> None:
        """Third tones inside one word."""
        text = word.text
        if word.tag == BY_DIGIT:
            for index in range(start + len(text) - 1, start, -1):
                _raise(index, surface)
        elif _NUMBERS.issuperset(text) and text[:1] != text[1:2]:
            for part in _NUMBER_PART.finditer(text):
                self._change_nested(part.group(), start + part.start(), surface)
        else:
            self._change_nested(text, start, surface)

    def _change_nested(self, text: str, start: int, surface: list[str]) -> None:
        """Innermost parts first: 展览+馆 is 2 2 3, 纸+老虎 is 3 2 3.

        A word falls into two after one syllable if what follows is a word, else after two.
        """
        if len(text) == 1:
            return
        before_light = surface[start].endswith("3") and surface[start + 1].endswith(NEUTRAL)
        if before_light and (text in self._light_thirds or is_doubled_verb(text)):  # 小姐, 想想
            surface[start] = with_tone(surface[start], "2")
        odd = len(text) % 2 and not self._is_word(text[:2]) and self._is_word(text[1:3])
        middle = 1 if len(text) == 2 or odd else 2
        self._change_nested(text[:middle], start, surface)
        self._change_nested(text[middle:], start + middle, surface)
        _raise(start + middle, surface)

    def _yi(self, text: str, place: _PlaceInWord, index: int, readings: Readings) -> str:
        """Tone of the 一 at `index`."""
        before, after = text[index - 1 : index] if index else "", text[index + 1 : index + 2]
        if not after or not readings[index + 1]:
            return "1"
        contrary = "2" if readings[index + 1].endswith(("4", "5")) else "4"  # falls but before a falling tone
        if after in _MAGNITUDES:
            return contrary
        changing = _covers_yi(self._changing_yi, text, index)
        word, offset = place
        named = word.tag.startswith(_PERSON) and len(word.text) > 1 and before != after  # 闻一多
        if named or (not changing and _is_numeral(text, word.tag, index)):
            return "1"
        closes = 0 < offset == len(word.text) - 1 and word.text not in self._counting  # 高一, but not 同一
        if closes or _covers_yi(self._full_yi, text, index):
            return "1"
        if before == after and text[max(index - 2, 0)] != "一":
            return NEUTRAL
        ordinal = not changing and text.startswith(self._ordinals, index)
        return "1" if ordinal else contrary

    def _bu(self, text: str, places: Sequence[_PlaceInWord], index: int, readings: Readings) -> str:
        """Tone of the 不 at `index`."""
        if readings[index].endswith(NEUTRAL):
            return NEUTRAL
        before, after = text[index - 1 : index] if index else "", text[index + 1 : index + 2]
        if not after:
            return "4"
        full = index > 0 and tone(readings[index - 1]) != NEUTRAL
        doubled = before == after and text[max(index - 2, 0)] not in "一不"
        if full and (doubled or (after in self._complements and self._is_completed(text, places, index))):
            return NEUTRAL
        return "2" if tone(readings[index + 1]) == "4" else "4"

    @staticmethod
    def _is_completed(text: str, places: Sequence[_PlaceInWord], index: int) -> bool:
        """Whether what stands before the 不 at `index` is a verb that 不 and what follows complete."""
        word, offset = places[index - 1]
        if offset != len(word.text) - 1 and word is not places[index].word:
            return False
        if text[max(index - 2, 0) : index - 1] == "不":  # 不上不下
            return False
        if text.startswith("过", index + 1) and "再" in text[max(index - _LONGEST_ADJECTIVE, 0) : index]:
            return False  # 再熟悉不过
        if word.tag.startswith(_SET_PHRASES):  # 忍不住, but not 好久不见
            return places[index].offset == 1 and word is places[index].word
        if word.tag.startswith("a") and len(word.text) > 1:  # 一般不出门
            return False
        return _is_verb(text[index - 1], word.tag)


class _PlaceInWord(NamedTuple):
    """The word that a character belongs to, and its index there."""

    word: Word
    offset: int


def _is_numeral(text: str, tag: str, index: int) -> bool:
    """Whether the 一 at `index` is a figure among figures: in a digit string, in a decimal, after 十."""
    before, after = text[max(index - 1, 0) : index], text[index + 1 : index + 2]
    decimal = tag == QUANTITY and after == "点" and text[index + 2 : index + 3] in _NUMERALS
    digits = index > 1 and _DIGITS.issuperset(text[index - 2 : index])
    return tag == BY_DIGIT or decimal or digits or before in _KEEPS_YI_BEFORE or after in _NUMERALS


def _is_verb(character: str, tag: str) -> bool:
    if character in _ALWAYS_VERBS_BEFORE_BU:
        return True
    verbal = tag.startswith(("v", "l", "i", "z", "a"))
    return verbal and bool(character) and character not in _NOT_VERBS_BEFORE_BU


def _places_of_yi(name: str) -> tuple[tuple[str, int], ...]:
    """The strings of a table, each once for every 一 in it, with the index of that."""
    return tuple(
        (row[0], offset)
        for row in rows(_PACKAGE, name)
        for offset, character in enumerate(row[0])
        if character == "一"
    )


def _covers_yi(fixed: Sequence[tuple[str, int]], text: str, index: int) -> bool:
    """Whether one of these strings stands in `text` so that its 一 is the one at `index`."""
    return any(
        True for string, offset in fixed if offset <= index and text.startswith(string, index - offset)
    )


def _raise(index: int, surface: list[str]) -> None:
    """Before a third tone a third tone rises."""
    if index and surface[index].endswith("3") and surface[index - 1].endswith("3"):
        surface[index - 1] = with_tone(surface[index - 1], "2")


def _feet(words: Sequence[Word], breaks: Sequence[Break]) -> list[range]:
    """The words, but what counts or governs a syllable is one with it: 五本, 两把伞, 找我, 给你."""
    feet: list[range] = []
    position = 0
    while position < len(words):
        end = position + 1
        if words[position].tag.startswith("m") and _follows("q", words, breaks, end):
            end += 1
            end += _follows("n", words, breaks, end)
        elif words[position].tag[:1] in _GOVERNING and len(words[position].text) == 1:
            end += _follows("r", words, breaks, end)
        feet.append(range(position, end))
        position = end
    return feet


def _follows(tag: str, words: Sequence[Word], breaks: Sequence[Break], position: int) -> bool:
    """Whether a word of one syllable and this kind comes next, without a break before it."""
    if position >= len(words) or breaks[position - 1] >= Break.PHRASE:
        return False
    return words[position].tag.startswith(tag) and len(words[position].text) == 1
