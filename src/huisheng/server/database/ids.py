"""Identifiers of rows that people and programs see."""

from __future__ import annotations

import secrets
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, in lower case: no letter is taken for a digit."""

_LENGTH: Final = 20
"""Characters after the prefix: 100 random bits."""


def new_id(prefix: str) -> str:
    """A new identifier, such as `acc_5k…` for the prefix `acc`."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
