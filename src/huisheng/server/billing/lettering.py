"""The letters of documents: fonts that are embedded, and what stands for a character that neither has.

Chinese is set in a font of this machine (`chinese_font`), the rest in Bitstream Vera, which comes with
reportlab. Only the glyphs that a page uses are put into it. Where there is no font for Chinese, the reader's
own is asked for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from huisheng.server.billing.errors import FontError

LATIN: Final = "Vera"
_READERS: Final = "STSong-Light"
"""A font of Adobe's for Asian languages, which readers of PDF bring or replace."""

_GETA: Final = "〓"
"""JIS X 4051's and China's printers' sign for a character that is not in the case; its number follows."""

_SELECTORS: Final = frozenset({*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)})
"""They choose between forms of the character before them, of which the fonts have one."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """The fonts of documents.

    Attributes:
        chinese: name of the font for what the other one lacks.
        glyphs: font → code points of the characters that it can draw.
    """

    chinese: str
    glyphs: Mapping[str, frozenset[int]]

    def mark_fonts(self, text: str) -> str:
        """A text in the mark-up of reportlab's paragraphs, each run in a font that has its characters."""
        spelled = "".join(map(self._spell, unicodedata.normalize("NFC", text)))
        runs = groupby(spelled, self.font_of)
        return "".join(f'<font name="{font}">{escape("".join(run))}</font>' for font, run in runs)

    def font_of(self, character: str) -> str:
        """The name of the font in which a character is drawn."""
        return LATIN if self._has(LATIN, character) else self.chinese

    def _spell(self, character: str) -> str:
        """A character as the fonts can show it: itself, a compatible form, or its number."""
        if ord(character) in _SELECTORS:
            return ""
        plain = unicodedata.normalize("NFKC", character)
        for written in (character, plain):
            if all(self._has(LATIN, each) or self._has(self.chinese, each) for each in written):
                return written
        return f"{_GETA}(U+{ord(character):04X})"

    def _has(self, font: str, character: str) -> bool:
        return ord(character) in self.glyphs[font]


@cache
def load_fonts(path: Path | None) -> Lettering:
    """The fonts, known to reportlab; half a second, once.

    Args:
        path: of the font for Chinese; None for the one of those who read.

    Raises:
        FontError: it cannot be embedded.
    """
    latin = TTFont(LATIN, "Vera.ttf")
    pdfmetrics.registerFont(latin)  # pyright: ignore[reportUnknownMemberType]
    glyphs = {LATIN: _code_points(latin)}
    if path is None:
        pdfmetrics.registerFont(UnicodeCIDFont(_READERS))  # pyright: ignore[reportUnknownMemberType]
        return Lettering(_READERS, glyphs | {_READERS: _gbk()})
    try:
        chinese = TTFont(path.stem, str(path))
    except (TTFError, OSError) as error:
        raise FontError(path) from error
    pdfmetrics.registerFont(chinese)  # pyright: ignore[reportUnknownMemberType]
    return Lettering(path.stem, glyphs | {path.stem: _code_points(chinese)})


def _code_points(font: TTFont) -> frozenset[int]:
    return frozenset(font.face.charToGlyph)  # pyright: ignore


def _gbk() -> frozenset[int]:
    """Characters that every font for simplified Chinese has."""
    return frozenset(number for number in range(0x80, 0xFFFF) if chr(number).encode("gbk", "ignore"))
