"""Passwords: which are taken, and how they are hashed (Argon2id, RFC 9106)."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from huisheng.errors import Busy
from huisheng.server.accounts.errors import WeakPassword

T = TypeVar("T")

SHORTEST: Final = 8
LONGEST: Final = 128
"""Characters after Unicode's NFC (NIST SP 800-63B, 3.1.1.2)."""

_LANES: Final = 4
_WAITING: Final = 16
"""Hashes that may wait; each takes some tenths of a second."""
_RETRY_AFTER: Final = 2
_HOPELESS: Final = frozenset(
    files("huisheng.server.accounts").joinpath("common_passwords.txt").read_text(encoding="utf-8").split()
)
"""What is tried first everywhere, in lower case."""


def check_password(password: str, email: str) -> None:
    """Refuse a password that should not be chosen.

    Raises:
        WeakPassword: it is too short, too long, or easily guessed.
    """
    plain = _normalize(password)
    folded = plain.casefold()
    is_hopeless = folded in _HOPELESS or folded in {email, email.partition("@")[0]} or len(set(folded)) < 3
    if not SHORTEST <= len(plain) <= LONGEST or is_hopeless or not _is_text(plain):
        raise WeakPassword


class Passwords:
    """Hashes passwords, one at a time in a thread of its own, so that speech keeps its cores.

    It is a class for the cost, which is checked once, and for the thread.

    Args:
        memory: KiB.
        passes: over the memory.
    """

    def __init__(self, memory: int, passes: int) -> None:
        self._hasher = PasswordHasher(passes, memory, _LANES, type=Type.ID)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="password")
        self._waiting = 0
        self._nobodys = self._thread.submit(self._hasher.hash, secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The hash to keep, with its parameters.

        Raises:
            Busy: too many wait.
        """
        plain = _normalize(password)
        return await self._run(lambda: self._hasher.hash(_encode(plain)))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one of a hash; without a hash it takes the same time and is not.

        Raises:
            Busy: too many wait.
        """
        plain = _normalize(password)
        return await self._run(lambda: self._matches(kept or self._nobodys.result(), plain)) and bool(kept)

    def is_outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)

    def hash_now(self, password: str) -> str:
        """The hash to keep, for the command line."""
        return self._hasher.hash(_encode(_normalize(password)))

    def close(self) -> None:
        """Finish what runs."""
        self._thread.shutdown()

    def _matches(self, kept: str, plain: str) -> bool:
        try:
            return self._hasher.verify(kept, _encode(plain))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= _WAITING:
            raise Busy(_RETRY_AFTER)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1


def _normalize(password: str) -> str:
    """One form for a password, however a keyboard composes it; of a very long one enough to refuse it."""
    return unicodedata.normalize("NFC", password[: 4 * LONGEST])


def _encode(plain: str) -> bytes:
    return plain.encode("utf-8", "surrogatepass")


def _is_text(plain: str) -> bool:
    """Whether every keyboard could type it again: no control characters and no halves of characters."""
    return not any(unicodedata.category(character) in {"Cc", "Cs"} for character in plain)
