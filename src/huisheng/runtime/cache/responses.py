"""A complete answer in its pieces as one value: a head of JSON, then the pieces as they were sent.

HST1 | length of the table, 4 bytes | table: JSON of the head and the sizes | the pieces, one after the other
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Final

from pydantic import NonNegativeInt, TypeAdapter, ValidationError
from typing_extensions import TypedDict

_MAGIC: Final = b"HST1"
_BEGINNING: Final = struct.Struct("<4sI")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class CachedResponse:
    """A complete answer.

    Attributes:
        head: what JSON can tell of it.
        pieces: in the order in which they were sent.
    """

    head: dict[str, Any]
    pieces: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes of all pieces."""
        return sum(map(len, self.pieces))


class _Table(TypedDict):
    """What stands before the pieces."""

    head: dict[str, Any]
    sizes: list[NonNegativeInt]


_TABLE: Final = TypeAdapter(_Table)


def framed(take: CachedResponse) -> bytes:
    """A take as one value."""
    sizes = [len(piece) for piece in take.pieces]
    table = json.dumps({"head": take.head, "sizes": sizes}, allow_nan=False).encode("ascii")
    return b"".join((_BEGINNING.pack(_MAGIC, len(table)), table, *take.pieces))


def unframed(value: bytes) -> CachedResponse | None:
    """The take that was framed; None where the value is no take."""
    if len(value) < _BEGINNING.size:
        return None
    magic, length = _BEGINNING.unpack_from(value)
    start = _BEGINNING.size + length
    if magic != _MAGIC:
        return None
    try:
        table = _TABLE.validate_json(value[_BEGINNING.size : start])
    except ValidationError:
        return None
    edges = list(accumulate(table["sizes"], initial=start))
    if edges[-1] != len(value):
        return None
    return CachedResponse(table["head"], tuple(value[begin:end] for begin, end in pairwise(edges)))
