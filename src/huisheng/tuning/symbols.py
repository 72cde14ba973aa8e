"""The text of a piece as symbols of the model."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from huisheng.errors import UnpronounceableSymbol
from huisheng.text.frontend import Frontend
from huisheng.text.symbols.sambert import Inventory, encode, transcribe


@dataclass(frozen=True, slots=True, eq=False)
class SymbolSequence:
    """L symbols.

    Attributes:
        ids: (L, 4) int64.
        spoken: (L,) whether a symbol is a sound, not a break.
    """

    ids: NDArray[np.int64]
    spoken: NDArray[np.bool_]


class SymbolReader:
    """Reads texts; all sentences of a text are one sequence, as they were spoken without a stop.

    Args:
        frontend: that reads.
        inventory: of the model.
        longest: symbols of a sequence.
    """

    def __init__(self, frontend: Frontend, inventory: Inventory, longest: int) -> None:
        self._frontend = frontend
        self._inventory = inventory
        self._longest = longest

    def read(self, text: str) -> SymbolSequence | None:
        """Symbols of a text; None where it has none, too many, or some that the model lacks."""
        items = tuple(chain.from_iterable(one.items for one in self._frontend.sentences(text)))
        try:
            symbols = transcribe(items, self._inventory)
        except UnpronounceableSymbol:
            return None
        if not symbols or len(symbols) > self._longest:
            return None
        spoken = np.array([not symbol.phone.startswith("#") for symbol in symbols])
        return SymbolSequence(encode(symbols, self._inventory), spoken)
