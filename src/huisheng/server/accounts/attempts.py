"""Brute force is slowed: each failed attempt of late makes the next one wait longer, across all servers.

An attempt is counted before it is tried, so that a thousand at once are counted a thousand times; one that
succeeds is taken back.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from sqlalchemy import delete
from sqlalchemy.orm import Session

from huisheng.server.accounts.errors import TooManyAttempts
from huisheng.server.accounts.models import SignInAttempts
from huisheng.server.database.inserting import insert_once

AttemptKind: TypeAlias = Literal["name", "address", "token", "key", "mail", "mail_address", "oidc"]
"""Passwords by account name and by address; mailed tokens, and API keys, by address; mails by recipient, and
by the address that asks for them; sign-ins that are begun at providers and not ended, by address.
"""

Attempt: TypeAlias = tuple[AttemptKind, str]
"""A kind with the name, the address or the recipient."""


@dataclass(frozen=True, slots=True)
class AttemptRule:
    """How many attempts are free, and how long they are remembered after the last one."""

    free: int
    memory: timedelta


RULES: Final[Mapping[AttemptKind, AttemptRule]] = {
    "name": AttemptRule(5, timedelta(days=1)),
    "address": AttemptRule(30, timedelta(hours=1)),
    "token": AttemptRule(20, timedelta(hours=1)),
    "key": AttemptRule(20, timedelta(hours=1)),
    "mail": AttemptRule(3, timedelta(hours=6)),
    "mail_address": AttemptRule(20, timedelta(hours=1)),
    "oidc": AttemptRule(60, timedelta(hours=1)),
}
"""An address may be that of many people, so it has more."""

_LONGEST: Final = timedelta(minutes=15)


class Attempts:
    """Counts attempts.

    Args:
        secret: keys the hashes that stand for names and addresses in the database.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def begin(self, session: Session, attempts: Iterable[Attempt], now: datetime) -> None:
        """Count attempts as failed ones until they are taken back.

        Args:
            session: of a unit of work that writes.
            attempts: of which none is counted when one has to wait.
            now: the time.

        Raises:
            TooManyAttempts: one has to wait.
        """
        for kind, value in attempts:
            self._count(session, kind, value, now)

    def require_unblocked(self, session: Session, kind: AttemptKind, value: str, now: datetime) -> None:
        """Refuse whoever has to wait.

        Raises:
            TooManyAttempts: until then.
        """
        row = session.get(SignInAttempts, self._subject(kind, value))
        _require_over(row and row.blocked_until, now)

    def forgive(self, session: Session, kind: AttemptKind, value: str) -> None:
        """Forget all attempts of a kind."""
        subject = self._subject(kind, value)
        session.execute(delete(SignInAttempts).where(SignInAttempts.subject == subject))

    def take_back(self, session: Session, kind: AttemptKind, value: str) -> None:
        """Take back one attempt, which was none; the failures before it stay."""
        row = session.get(SignInAttempts, self._subject(kind, value), with_for_update=True)
        if row is not None:
            row.failures = max(row.failures - 1, 0)
            if row.failures <= RULES[kind].free:
                row.blocked_until = None

    def _count(self, session: Session, kind: AttemptKind, value: str, now: datetime) -> None:
        subject, rule = self._subject(kind, value), RULES[kind]
        insert_once(
            session, SignInAttempts, subject=subject, failures=0, last_failure_at=now, blocked_until=None
        )
        row = session.get_one(SignInAttempts, subject, with_for_update=True, populate_existing=True)
        _require_over(row.blocked_until, now)
        row.failures = 1 if now - row.last_failure_at > rule.memory else row.failures + 1
        row.last_failure_at = now
        row.blocked_until = now + _delay(row.failures - rule.free) if row.failures > rule.free else None
        session.flush()

    def _subject(self, kind: AttemptKind, value: str) -> str:
        return hmac.new(self._secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def forget_old_attempts(session: Session, now: datetime) -> None:
    """Delete what is no longer counted."""
    oldest = now - max(rule.memory for rule in RULES.values())
    session.execute(delete(SignInAttempts).where(SignInAttempts.last_failure_at < oldest))


def _require_over(blocked_until: datetime | None, now: datetime) -> None:
    if blocked_until and blocked_until > now:
        raise TooManyAttempts(math.ceil((blocked_until - now).total_seconds()))


def _delay(over: int) -> timedelta:
    """The wait behind the first attempt that was not free, the second, and so on: 1, 2, 4 … seconds."""
    return min(timedelta(seconds=2.0 ** min(over - 1, 30)), _LONGEST)
