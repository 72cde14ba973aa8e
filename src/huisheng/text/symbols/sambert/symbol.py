"""One symbol: four fields that the model reads together, and where they come from."""

from __future__ import annotations

from typing import NamedTuple

from huisheng.types import Span


class Symbol(NamedTuple):
    """What the model reads at one place.

    Attributes:
        phone: an initial, a final or an English phone; `#1` to `#4` for a break.
        tone: `tone1`…; `tone_none` for a break.
        syllable_flag: place of the phone in its syllable.
        word_segment: place of the phone in its word.
        item: index into the items that were transcribed. A break belongs to the item that asks for it: a
            mark, else the spoken item before. Of a parsed line, the index of the symbol.
        span: the source characters of that item; of a parsed line, the characters of the symbol.
    """

    phone: str
    tone: str
    syllable_flag: str
    word_segment: str
    item: int
    span: Span
