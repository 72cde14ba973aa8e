"""Random tokens of 256 bits, of which only the SHA-256 is kept: a hash without salt suffices for what cannot
be guessed.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

_BYTES: Final = 32


def new_token() -> str:
    """A token that fits into addresses and cookies: 43 characters."""
    return secrets.token_urlsafe(_BYTES)


def hash_token(token: str) -> str:
    """What is kept of a token, in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
