"""What a listener hears of an answer that is played while it arrives."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BUFFERED: Final = 0.1
"""Seconds of sound that a careful player gathers before it plays."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Sound that arrived at once.

    Attributes:
        moment: seconds since the request was due.
        sound: seconds.
    """

    moment: float
    sound: float


@dataclass(frozen=True, slots=True)
class Played:
    """How an answer was heard.

    Attributes:
        begins: seconds until the player began.
        underruns: how often it had nothing left before the end.
        silence: seconds that it then waited, in all.
    """

    begins: float
    underruns: int
    silence: float


def play(pieces: Sequence[Piece], buffer: float = 0.0) -> Played:
    """Play while it arrives.

    Args:
        pieces: at least one, none of them empty, in the order in which they arrived.
        buffer: seconds of sound that are gathered before it begins, and after it has run dry; less where
            the answer ends.
    """
    begins: list[float] = []
    ends: list[float] = []
    gathered = 0.0
    for left, piece in zip(reversed(range(len(pieces))), pieces, strict=True):
        if ends and piece.moment <= ends[-1]:
            ends[-1] += piece.sound
            continue
        gathered += piece.sound
        if gathered >= buffer or not left:
            begins.append(piece.moment)
            ends.append(piece.moment + gathered)
            gathered = 0.0
    waits = [begin - end for begin, end in zip(begins[1:], ends, strict=False)]
    return Played(begins[0], len(waits), sum(waits))


def widest_gap(pieces: Sequence[Piece]) -> float:
    """Seconds between two pieces that followed each other, at most; 0 for a single one."""
    return max((after.moment - before.moment for before, after in itertools.pairwise(pieces)), default=0.0)
