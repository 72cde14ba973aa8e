"""The letters of documents: fonts that are embedded, and what stands for a character that neither has.

Chinese is set in Droid Sans Fallback, which is beside this file (Apache License 2.0, see NOTICE), the rest in
Bitstream Vera, which comes with reportlab. Only the glyphs that a page uses are put into it.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from html import escape
from importlib import resources
from itertools import groupby
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

LATIN: Final = "Vera"
_HAN: Final = "DroidSansFallback"
_HAN_FILE: Final = "DroidSansFallbackFull.ttf"

_GETA: Final = "〓"
"""JIS X 4051's and China's printers' sign for a character that is not in the case; its number follows."""

_SELECTORS: Final = frozenset({*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)})
"""They choose between forms of the character before them, of which the fonts have one."""


def mark_fonts(text: str) -> str:
    """A text in the mark-up of reportlab's paragraphs, each run in a font that has its characters."""
    spelled = "".join(map(_spell, unicodedata.normalize("NFC", text)))
    runs = groupby(spelled, font_of)
    return "".join(f'<font name="{font}">{escape("".join(run))}</font>' for font, run in runs)


def load_fonts() -> None:
    """Make the fonts known to reportlab; half a second, once."""
    _glyphs()


def _spell(character: str) -> str:
    """A character as the fonts can show it: itself, a compatible form, or its number."""
    if ord(character) in _SELECTORS:
        return ""
    plain = unicodedata.normalize("NFKC", character)
    for written in (character, plain):
        if all(_has(LATIN, each) or _has(_HAN, each) for each in written):
            return written
    return f"{_GETA}(U+{ord(character):04X})"


def font_of(character: str) -> str:
    """The name of the font in which a character is drawn."""
    return LATIN if _has(LATIN, character) else _HAN


def _has(font: str, character: str) -> bool:
    return ord(character) in _glyphs()[font]


@cache
def _glyphs() -> dict[str, frozenset[int]]:
    """Font → code points of the characters that it can draw."""
    beside = resources.files("huisheng.server.billing").joinpath("fonts", _HAN_FILE)
    with resources.as_file(beside) as file:
        fonts = [TTFont(LATIN, "Vera.ttf"), TTFont(_HAN, str(file))]
    for font in fonts:
        pdfmetrics.registerFont(font)  # pyright: ignore[reportUnknownMemberType]
    return {font.fontName: frozenset(font.face.charToGlyph) for font in fonts}  # pyright: ignore
