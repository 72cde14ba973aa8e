"""Symbols as the numbers that the network reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from huisheng.errors import UnpronounceableSymbol
from huisheng.text.symbols.sambert.inventories import Inventory
from huisheng.text.symbols.sambert.symbol import Symbol

_FULL_STOP: Final = b"."
_FINAL: Final = (b"!", b".", b"?")


def encode(symbols: Sequence[Symbol], inventory: Inventory) -> NDArray[np.int64]:
    """Ids of phone, tone, syllable flag and word segment.

    Unlike the original, which drops a phone that it does not know and then fails over streams of different
    lengths, this tells which.

    Returns:
        (L, 4) int64, without the end symbol: only training feeds it.

    Raises:
        UnpronounceableSymbol: the inventory lacks a value; which and where.
    """
    ids = np.fromiter(chain.from_iterable(_row(symbol, inventory) for symbol in symbols), np.int64)
    return ids.reshape(len(symbols), 4)


def encode_bytes(text: str) -> NDArray[np.int64]:
    """Ids of a byte model, which reads text as it is written: its UTF-8 bytes.

    A full stop is added where the text does not end in `!`, `.` or `?`, as in training.

    Returns:
        (L, 1) int64, 0…255.
    """
    written = text.encode("utf-8")
    ended = written if written.endswith(_FINAL) else written + _FULL_STOP
    return np.frombuffer(ended, np.uint8).astype(np.int64)[:, None]


def _row(symbol: Symbol, inventory: Inventory) -> Sequence[int]:
    values = (symbol.phone, symbol.tone, symbol.syllable_flag, symbol.word_segment)
    try:
        return [table[value] for table, value in zip(inventory.ids, values, strict=True)]
    except KeyError as error:
        raise UnpronounceableSymbol(
            str(error.args[0]),
            symbol.phone,
            symbol.span,
            f"这个音色（{inventory.language}）的符号表中没有这个符号，请检查符号行",
            f"the symbols of this voice ({inventory.language}) lack it; check the line of symbols",
        ) from error
