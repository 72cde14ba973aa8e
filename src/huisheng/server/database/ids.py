"""Identifiers of rows that people and programs see."""

from __future__ import annotations

import secrets
import time
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, in lower case: no letter is taken for a digit."""

_TIME_LENGTH: Final = 9
"""Characters that tell the time: 45 bits of milliseconds, until the year 3084."""
_RANDOM_LENGTH: Final = 11
"""Characters after them: 55 random bits."""


def new_id(prefix: str) -> str:
    """A new identifier, such as `acc_1m…` for the prefix `acc`.

    Those of one prefix sort by the time at which they were made, as UUIDs of version 7 do (RFC 9562, 5.7), so
    that new rows lie side by side in an index.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(5 * _RANDOM_LENGTH)
    return f"{prefix}_{_encode(milliseconds, _TIME_LENGTH)}{_encode(random, _RANDOM_LENGTH)}"


def _encode(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))
