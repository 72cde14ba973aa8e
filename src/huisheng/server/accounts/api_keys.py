"""API keys as they are written: `hs_<43 characters>_<6 characters>`, 256 random bits and a checksum.

The beginning and the checksum let a scanner of leaks know one, and a typing error be told without a look into
the database.
"""

from __future__ import annotations

import re
import secrets
import zlib
from typing import Final

PREFIX: Final = "hs_"

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BITS: Final = 256
_RANDOM: Final = 43
_CHECKSUM: Final = 6
"""Digits in base 62 of 256 and of 32 bits."""
_SHOWN: Final = 8
_FORM: Final = re.compile(rf"hs_([0-9A-Za-z]{{{_RANDOM}}})_([0-9A-Za-z]{{{_CHECKSUM}}})")


def make_key() -> str:
    """A new key."""
    random = _write_base62(secrets.randbits(_BITS), _RANDOM)
    return f"{PREFIX}{random}_{_checksum(random)}"


def is_well_formed(key: str) -> bool:
    """Whether a key may be one of ours."""
    found = _FORM.fullmatch(key)
    return found is not None and _checksum(found[1]) == found[2]


def shown_prefix(key: str) -> str:
    """The part of a key by which people know it."""
    return key[: len(PREFIX) + _SHOWN]


def _checksum(random: str) -> str:
    return _write_base62(zlib.crc32(random.encode()), _CHECKSUM)


def _write_base62(number: int, digits: int) -> str:
    written = ""
    for _ in range(digits):
        number, digit = divmod(number, len(_ALPHABET))
        written = _ALPHABET[digit] + written
    return written
