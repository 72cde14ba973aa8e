"""SAM-BERT's alphabet: a sentence as a line of symbols, each a phone with its tone, place and emotion.

A voice brings an `Inventory`; `transcribe` spells items in it, `encode` gives the ids that the network reads,
`line` the text that the model's own tools read.
"""

from __future__ import annotations

from huisheng.text.symbols.sambert.inventories import (
    LANGUAGES,
    TAGS,
    Inventory,
    Sizes,
    category,
    inventory,
    with_marked_breaks,
)
from huisheng.text.symbols.sambert.lines import SymbolLine, line, parse_line
from huisheng.text.symbols.sambert.symbol import Symbol
from huisheng.text.symbols.sambert.transcription import encode, syllables, transcribe

__all__ = [
    "LANGUAGES",
    "TAGS",
    "Inventory",
    "Sizes",
    "Symbol",
    "SymbolLine",
    "category",
    "encode",
    "inventory",
    "line",
    "parse_line",
    "syllables",
    "transcribe",
    "with_marked_breaks",
]
