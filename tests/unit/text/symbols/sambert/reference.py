"""What the reference implementation holds and says, and items to compare with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from huisheng.text.symbols.sambert import Inventory, Symbol, inventory, transcribe
from huisheng.types import Break, EnglishWord, Mark, Span, SpokenItem, Syllable
from huisheng.units import Seconds

REFERENCE: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "reference.json").read_text(encoding="utf-8")
)
"""Made by KAN-TTS 66202d0: inventories, encodings, and lines of symbols for a script."""

PINYIN: Final = inventory("PinYin")
SPAN: Final = Span(0, 1)


def syllable(
    surface: str, after: Break = Break.SYLLABLE, language: str = "zh", span: Span = SPAN
) -> Syllable:
    return Syllable(span, "字", surface, surface, after, language=language)


def word(*surfaces: str, after: Break = Break.WORD) -> list[SpokenItem]:
    """A Chinese word."""
    *inner, last = surfaces
    return [*(syllable(surface) for surface in inner), syllable(last, after)]


def english(phones: str, after: Break = Break.WORD) -> EnglishWord:
    return EnglishWord(SPAN, "word", tuple(phones.split()), after)


def mark(text: str, after: Break = Break.PHRASE, *, exact: bool = False) -> Mark:
    return Mark(SPAN, text, Seconds(0.2), after, exact)


def spell(*items: SpokenItem, known: Inventory = PINYIN) -> tuple[Symbol, ...]:
    return transcribe(items, known)


def phones(*items: SpokenItem, known: Inventory = PINYIN) -> list[str]:
    return [symbol.phone for symbol in spell(*items, known=known)]


def breaks(*items: SpokenItem, known: Inventory = PINYIN) -> list[str]:
    return [phone for phone in phones(*items, known=known) if phone.startswith("#")]
