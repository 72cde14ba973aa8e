"""Clean the source: fold what is written in several ways into one, without losing the offsets.

Full-width forms become ASCII, foreign digits become 0-9, Traditional characters become Simplified,
entities are decoded, tags and invisible characters fall out. Every folded character knows its source.
"""

from __future__ import annotations

import html
import re
import unicodedata
from array import array
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from huisheng.text.normalization.tables import alternation, mapping, words

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG: Final = rf"</?(?P<tag>{alternation(words('html_tags'))})(?:\s[^<>]{{0,500}})?/?>"
_CODE: Final = (
    r"<(?P<code>script|style)(?:\s[^<>]{0,200})?>(?:[^<]|<(?!/(?:script|style))){0,2000}+</(?P=code)\s?>"
)
_PIECE: Final = re.compile(
    rf"(?P<comment><!--[^<>]{{0,500}}-->|{_CODE})|{_TAG}"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,11});)"
    r"|(?P<character>.)",
    re.DOTALL | re.ASCII | re.IGNORECASE,
)
_BLOCKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
_BY_CATEGORY: Final = {"Zs": " ", "Zl": "\n", "Zp": "\n", "Cf": "", "Mn": "", "Me": ""}
_TRADITIONAL: Final = mapping("traditional")
_SINGLE: Final = {**_TRADITIONAL, **mapping("variants")}
_ONLY_TRADITIONAL: Final = {"著": "着", "乾": "干", "徵": "征"}
"""Characters that Simplified text has too, in other words: 著名, 乾坤, 宫商角徵羽."""
_KEPT: Final = re.compile("(?<![显名原编土卓拙专论])著(?![名作者述称])|乾(?![坤隆卦陵])|徵(?!羽)")
_COMPATIBLE: Final = tuple(
    frozenset(map(chr, range(first, last + 1)))
    for first, last in ((0xFF01, 0xFF5E), (0xF900, 0xFAFF), (0x2F00, 0x2FD5), (0x1D400, 0x1D7FF))
)
"""Full-width forms, compatibility ideographs, radicals, mathematical letters."""
_PUNCTUATION: Final = frozenset(mark for mark in mapping("marks") if not mark.isascii() and mark not in "—…’")
_INCH: Final = re.compile('(?<=[0-9])"(?=\\s?(?:电视|屏|显示|液晶|轮|蛋糕|披萨))')
_WIDE_COMMA: Final = re.compile("(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")


@dataclass(slots=True)
class Folded:
    """The text that rules read.

    Attributes:
        text: (N,) characters.
        starts: (N,) where each begins in the source.
        ends: (N,) where each ends in the source; what lies between an end and the next start is silent.
    """

    text: str = ""
    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))


@lru_cache(maxsize=4096)
def _folded_character(character: str) -> str:
    """The normal form of one character; empty if it has neither sound nor width."""
    category = unicodedata.category(character)
    if character in _SINGLE:
        return _SINGLE[character]
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in _BY_CATEGORY:
        return _BY_CATEGORY[category]
    if any(character in block for block in _COMPATIBLE):
        return unicodedata.normalize("NFKC", character)
    return character


def _composed(base: str, accent: str) -> str:
    """`base` with an accent put on, if Unicode has such a character, else `base`."""
    composed = unicodedata.normalize("NFC", base + accent)
    return composed if len(composed) == 1 else base


def _pieces(source: str) -> Iterator[tuple[str, int, int]]:
    """Single characters, each with its start and end in the source; entities decoded, tags left out."""
    for match in _PIECE.finditer(source):
        start, end = match.span()
        written = html.unescape(match[0]) if match["entity"] else match["character"]
        if written is None:
            if (match["tag"] or "").lower() in _BLOCKS:
                yield "\n", start, end
        elif len(written) == 1:
            yield written, start, end
        else:
            yield from ((source[place], place, place + 1) for place in range(start, end))


def fold(source: str) -> Folded:
    """Fold a text; see the module."""
    folded = Folded()
    characters: list[str] = []
    for written, start, end in _pieces(_WIDE_COMMA.sub(",", source)):
        character = _folded_character(written)
        if character:
            characters.append(character)
            folded.starts.append(start)
            folded.ends.append(end)
        elif characters:
            characters[-1] = _composed(characters[-1], written)
    text = "".join(characters)
    if not _TRADITIONAL.keys().isdisjoint(source):
        text = _KEPT.sub(lambda match: _ONLY_TRADITIONAL[match[0]], text)
    folded.text = _paired_quotes(text)
    return folded


def _paired_quotes(text: str) -> str:
    """Straight quotes made curly, in turns within a line; one that opens behind a digit is an inch."""
    if '"' not in text:
        return text
    characters = list(_INCH.sub("″", text))
    opened = False
    for place, character in enumerate(characters):
        if character == "\n":
            opened = False
        elif character == '"' and not opened and place and characters[place - 1].isdigit():
            characters[place] = "″"
        elif character == '"':
            characters[place] = "”" if opened else "“"
            opened = not opened
    return "".join(characters)


def is_han(character: str) -> bool:
    """Whether the character is an ideograph."""
    return character == "〇" or unicodedata.name(character, "").startswith("CJK UNIFIED IDEOGRAPH")


@lru_cache(maxsize=4096)
def character_class(character: str) -> str:
    """The class by which rules are chosen.

    `d` digit, `l` Latin letter, `h` Han, `b` blank, `p` punctuation that is nothing else, `x` emoji, control
    characters and the like, `o` all the rest.
    """
    if character in "0123456789":
        return "d"
    if character.isspace():
        return "b"
    if is_han(character):
        return "h"
    if character in _PUNCTUATION:
        return "p"
    if character > "\U0001f000" or unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"}:
        return "x"
    return "l" if character.isalpha() and unicodedata.name(character, "").startswith("LATIN ") else "o"
