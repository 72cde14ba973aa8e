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
from typing import Final

from huisheng.text.normalization.tables import alternation, mapping, words

_TAG: Final = rf"</?(?P<tag>{alternation(words('html_tags'))})(?:\s[^<>]{{0,500}})?/?>"
_PIECE: Final = re.compile(
    rf"(?P<comment><!--[^<>]{{0,500}}-->)|{_TAG}"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,11});)"
    r"|(?P<character>.)",
    re.DOTALL | re.ASCII | re.IGNORECASE,
)
_BLOCKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
_BLANKS: Final = {"Zs": " ", "Zl": "\n", "Zp": "\n"}
_VARIANTS: Final = mapping("variants")
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
    if character in _VARIANTS:
        return _VARIANTS[character]
    if "！" <= character <= "～":
        return chr(ord(character) - 0xFEE0)
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in _BLANKS:
        return _BLANKS[category]
    if category in {"Cf", "Mn", "Me"}:
        return ""
    if 0xF900 <= ord(character) <= 0xFAFF or 0x2F00 <= ord(character) <= 0x2FD5 or 0x1D400 <= ord(character) <= 0x1D7FF:
        return unicodedata.normalize("NFKC", character)
    return character


def _composed(base: str, accent: str) -> str:
    """`base` with an accent put on, if Unicode has such a character, else `base`."""
    composed = unicodedata.normalize("NFC", base + accent)
    return composed if len(composed) == 1 else base


def _piece(match: re.Match[str]) -> str:
    """What a piece of the source folds into: one character or none."""
    if match["character"]:
        return _folded_character(match["character"])
    if match["entity"]:
        decoded = html.unescape(match["entity"])
        return _folded_character(decoded) if len(decoded) == 1 else " "
    return "\n" if (match["tag"] or "").lower() in _BLOCKS else ""


def fold(source: str) -> Folded:
    """Fold a text; see the module."""
    folded = Folded()
    characters: list[str] = []
    for match in _PIECE.finditer(_WIDE_COMMA.sub(",", source)):
        character = _piece(match)
        if character:
            characters.append(character)
            folded.starts.append(match.start())
            folded.ends.append(match.end())
        elif characters and match["character"]:
            characters[-1] = _composed(characters[-1], match["character"])
    folded.text = _paired_quotes("".join(characters))
    return folded


def _paired_quotes(text: str) -> str:
    """Straight quotes made curly, in turns within a line; one that opens behind a digit is an inch."""
    if '"' not in text:
        return text
    characters = list(text)
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
    """The class by which rules are chosen: `d` digit, `l` Latin letter, `h` Han, `b` blank, `o` other."""
    if character in "0123456789":
        return "d"
    if character.isspace():
        return "b"
    if is_han(character):
        return "h"
    return "l" if unicodedata.name(character, "").startswith("LATIN ") else "o"
