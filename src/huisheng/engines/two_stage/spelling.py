"""What a byte model reads of a sentence: the bytes of its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from huisheng.text.symbols.sambert import Symbol
from huisheng.types import EnglishWord, Mark, SpokenItem

_STOP: Final = "."
_STOPS: Final = frozenset(b"!.?")
"""What a text of a byte model ends in."""


def spell_bytes(items: Sequence[SpokenItem]) -> tuple[tuple[Symbol, ...], NDArray[np.int64]]:
    """A symbol for each byte of the words and marks, and (L, 1) the bytes."""
    spelt = list(_bytes(items))
    if spelt and spelt[-1][0] not in _STOPS:
        spelt.append((ord(_STOP), spelt[-1][1]))
    symbols = tuple(_symbol(items, byte, index) for byte, index in spelt)
    return symbols, np.array([[byte] for byte, _ in spelt], dtype=np.int64).reshape(-1, 1)


def _bytes(items: Sequence[SpokenItem]) -> Iterator[tuple[int, int]]:
    """Each byte of the text, and the index of its item; English words are kept apart."""
    for index, item in enumerate(items):
        apart = index and isinstance(item, EnglishWord) and isinstance(items[index - 1], EnglishWord)
        for byte in (" " * bool(apart) + item.text).encode("utf-8"):
            yield byte, index


def _symbol(items: Sequence[SpokenItem], byte: int, index: int) -> Symbol:
    phone = f"#{byte}" if isinstance(items[index], Mark) else f"byte {byte}"
    return Symbol(phone, "tone_none", "s_none", "word_none", index, items[index].span)
