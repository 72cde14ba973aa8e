"""Proof that a request with a cookie comes from our own page: an HMAC of the session's token, which another
site can neither read nor make.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

HEADER: Final = "X-CSRF-Token"


class CsrfTokens:
    """Makes and checks the proofs.

    Args:
        secret: of all servers of the database.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, session_token: str) -> str:
        """The proof for a session."""
        return hmac.new(self._secret, session_token.encode(), hashlib.sha256).hexdigest()

    def matches(self, session_token: str, sent: str) -> bool:
        """Whether what came in the header is the proof."""
        return hmac.compare_digest(self.token(session_token).encode(), sent.encode())
