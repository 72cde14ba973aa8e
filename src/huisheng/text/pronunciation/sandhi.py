"""Tone sandhi of Standard Mandarin: 一, 不, and chains of third tones.

After Duanmu, *The Phonology of Standard Chinese* (2nd ed. 2007), chapter 11, and Lin, *The Sounds of Chinese*
(2007), chapter 9. Third tones change inside a word from its innermost part outwards, then between words that
share a foot; across the break between phrases they stay. 一 and 不 look at the dictionary tone that follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from huisheng.text.pronunciation.lexicon import Readings
from huisheng.text.pronunciation.neutral import is_doubled_verb
from huisheng.text.pronunciation.pinyin import NEUTRAL, tone, with_tone
from huisheng.text.resources import rows
from huisheng.text.segmentation import Word
from huisheng.types import Break

BY_DIGIT: Final = "mo"
"""Tag of words said digit by digit, or that count an order: 一 keeps its tone in them."""
QUANTITY: Final = "mn"
"""Tag of other numbers, but for the hours of a clock: 一 keeps its tone before their decimal point."""

_PACKAGE: Final = "huisheng.text.pronunciation"
_NUMBER_PART: Final = re.compile("[^十百千万亿]?[十百千万亿]+|.")
_MAGNITUDES: Final = frozenset("百千万亿")
_NUMERALS: Final = frozenset("零〇一二三四五六七八九十幺")
_DIGITS: Final = _NUMERALS - {"十"}
_NUMBERS: Final = _NUMERALS | _MAGNITUDES | {"两"}
_KEEPS_YI_BEFORE: Final = frozenset("第初零十")
_ALWAYS_VERBS_BEFORE_BU: Final = frozenset("过")
_GOVERNING: Final = frozenset("vp")
"""Parts of speech of verbs and prepositions."""
_SET_PHRASES: Final = ("i", "l")
"""Parts of speech of idioms and other set phrases."""
_NOT_VERBS_BEFORE_BU: Final = frozenset("能会要该敢肯可应得是就也都又还才愿")


class Sandhi:
    """The rules and their word lists. Immutable.

    Args:
        is_word: whether a dictionary knows a word; it finds the parts of longer ones.
    """

    def __init__(self, is_word: Callable[[str], bool]) -> None:
        self._is_word = is_word
        self._full_yi = tuple(row[0] for row in rows(_PACKAGE, "full_yi.tsv"))
        self._changing_yi = tuple(row[0] for row in rows(_PACKAGE, "changing_yi.tsv"))
        self._counting = frozenset(row[0] for row in rows(_PACKAGE, "counting_yi.tsv"))
        self._ordinals = tuple(row[0] for row in rows(_PACKAGE, "ordinals.tsv"))
        self._complements = frozenset("".join(row[0] for row in rows(_PACKAGE, "complements.tsv")))
        self._light_thirds = frozenset(row[0] for row in rows(_PACKAGE, "light_thirds.tsv"))

    def surface(self, words: Sequence[Word], readings: Readings, breaks: Sequence[Break]) -> Readings:
        """Tones as they are said.

        Args:
            words: of one phrase, without marks.
            readings: one dictionary reading a character; empty where there is none.
            breaks: one a word: what follows it.

        Returns:
            One syllable a character, in the tone that is heard.
        """
        surface = list(readings)
        self._third_tones(words, breaks, surface)
        text = "".join(word.text for word in words)
        seats = [_Seat(word, offset) for word in words for offset in range(len(word.text))]
        for index, character in enumerate(text):
            if character == "一" and readings[index]:
                surface[index] = "yi" + self._yi(text, seats[index], index, readings)
            elif character == "不" and readings[index]:
                surface[index] = "bu" + self._bu(text, seats, index, readings)
        return tuple(surface)

    def _third_tones(self, words: Sequence[Word], breaks: Sequence[Break], surface: list[str]) -> None:
        """Inside words, then inside counted things, then between neighbours of which one is a syllable."""
        starts = [*_starts(words), len(surface)]
        for word, start in zip(words, starts, strict=False):
            self._inside(word, start, surface)
        feet = _feet(words, breaks)
        for foot in feet:
            for position in range(foot.start + 1, foot.stop):
                _join(starts[position], surface)
        for left, right in reversed(list(pairwise(feet))):
            short = 1 in (starts[left.stop] - starts[left.start], starts[right.stop] - starts[right.start])
            if breaks[right.start - 1] < Break.PHRASE and short:
                _join(starts[right.start], surface)

    def _inside(self, word: Word, start: int, surface: list[str]) -> None:
        """Third tones inside one word."""
        text = word.text
        if word.tag == BY_DIGIT:
            for index in range(start + len(text) - 1, start, -1):
                _join(index, surface)
        elif _NUMBERS.issuperset(text) and text[:1] != text[1:2]:
            for part in _NUMBER_PART.finditer(text):
                self._nested(part.group(), start + part.start(), surface)
        else:
            self._nested(text, start, surface)

    def _nested(self, text: str, start: int, surface: list[str]) -> None:
        """Innermost parts first: 展览+馆 is 2 2 3, 纸+老虎 is 3 2 3."""
        if len(text) == 1:
            return
        if text in self._light_thirds or is_doubled_verb(text):
            _lighten(start, surface)
        middle = self._middle(text)
        self._nested(text[:middle], start, surface)
        self._nested(text[middle:], start + middle, surface)
        _join(start + middle, surface)

    def _middle(self, text: str) -> int:
        """Where a word falls into two: after one syllable if what follows is a word, else after two."""
        if len(text) == 2:
            return 1
        if len(text) % 2 and not self._is_word(text[:2]) and self._is_word(text[1:3]):
            return 1
        return 2

    def _yi(self, text: str, seat: _Seat, index: int, readings: Readings) -> str:
        """Tone of the 一 at `index`."""
        before, after = text[index - 1 : index] if index else "", text[index + 1 : index + 2]
        if not after or not readings[index + 1]:
            return "1"
        if after in _MAGNITUDES:
            return _contrary(readings[index + 1])
        changing = self._covered(self._changing_yi, text, index)
        if not changing and _is_numeral(text, seat.word.tag, index):
            return "1"
        if self._covered(self._full_yi, text, index) or self._closes(seat):
            return "1"
        if before == after and text[max(index - 2, 0)] != "一":
            return NEUTRAL
        ordinal = not changing and text.startswith(self._ordinals, index)
        return "1" if ordinal else _contrary(readings[index + 1])

    def _closes(self, seat: _Seat) -> bool:
        """Whether the 一 ends a word that does not count what follows: 高一, 统一, but not 同一."""
        text = seat.word.text
        return len(text) > 1 and seat.offset == len(text) - 1 and text not in self._counting

    @staticmethod
    def _covered(words: Sequence[str], text: str, index: int) -> bool:
        """Whether one of these words stands around the 一 at `index`."""
        return any(_covers(text, word, index) for word in words)

    def _bu(self, text: str, seats: Sequence[_Seat], index: int, readings: Readings) -> str:
        """Tone of the 不 at `index`."""
        if readings[index].endswith(NEUTRAL):
            return NEUTRAL
        before, after = text[index - 1 : index] if index else "", text[index + 1 : index + 2]
        if not after:
            return "4"
        full = index > 0 and tone(readings[index - 1]) != NEUTRAL
        doubled = before == after and text[max(index - 2, 0)] not in "一不"
        if full and (doubled or (after in self._complements and self._completed(text, seats, index))):
            return NEUTRAL
        return "2" if tone(readings[index + 1]) == "4" else "4"

    @staticmethod
    def _completed(text: str, seats: Sequence[_Seat], index: int) -> bool:
        """Whether what stands before the 不 at `index` is a verb that 不 and what follows complete."""
        word, offset = seats[index - 1]
        if offset != len(word.text) - 1 and word is not seats[index].word:
            return False
        if text[max(index - 2, 0) : index - 1] == "不":  # 不上不下
            return False
        if word.tag.startswith(_SET_PHRASES):  # 忍不住, but not 好久不见
            return seats[index].offset == 1 and word is seats[index].word
        if word.tag.startswith("a") and len(word.text) > 1:  # 一般不出门
            return False
        return _is_verb(text[index - 1], word.tag)


class _Seat(NamedTuple):
    """Where a character sits: its word, and its place in it."""

    word: Word
    offset: int


def _is_numeral(text: str, tag: str, index: int) -> bool:
    """Whether the 一 at `index` is a figure among figures: in a digit string, in a decimal, after 十."""
    before, after = text[max(index - 1, 0) : index], text[index + 1 : index + 2]
    decimal = tag == QUANTITY and after == "点" and text[index + 2 : index + 3] in _NUMERALS
    digits = index > 1 and _DIGITS.issuperset(text[index - 2 : index])
    return tag == BY_DIGIT or decimal or digits or before in _KEEPS_YI_BEFORE or after in _NUMERALS


def _contrary(following: str) -> str:
    """一 falls before a level, rising or low tone, and rises before a falling one."""
    return "2" if tone(following) in "45" else "4"


def _is_verb(character: str, tag: str) -> bool:
    if character in _ALWAYS_VERBS_BEFORE_BU:
        return True
    verbal = tag.startswith(("v", "l", "i", "z", "a"))
    return verbal and bool(character) and character not in _NOT_VERBS_BEFORE_BU


def _covers(text: str, fixed: str, index: int) -> bool:
    """Whether `fixed` stands in `text` so that one of its 一 is the one at `index`."""
    return any(
        character == "一" and text.startswith(fixed, index - offset)
        for offset, character in enumerate(fixed)
        if offset <= index
    )


def _join(index: int, surface: list[str]) -> None:
    """Before a third tone a third tone rises."""
    if index and tone(surface[index - 1]) == "3" and tone(surface[index]) == "3":
        surface[index - 1] = with_tone(surface[index - 1], "2")


def _lighten(start: int, surface: list[str]) -> None:
    """A third tone rises before a syllable that lost its third tone: 小姐, 想想."""
    if tone(surface[start]) == "3" and tone(surface[start + 1]) == NEUTRAL:
        surface[start] = with_tone(surface[start], "2")


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


def _starts(words: Sequence[Word]) -> list[int]:
    starts, start = list[int](), 0
    for word in words:
        starts.append(start)
        start += len(word.text)
    return starts
