"""Links that are mailed: good once, for a while, and for one purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from huisheng.server.accounts.attempts import Attempt
from huisheng.server.accounts.browser_sessions import Visitor
from huisheng.server.accounts.errors import InvalidToken
from huisheng.server.accounts.models import OneTimeToken, User
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.tokens import hash_token, new_token
from huisheng.server.guard.addresses import subscriber

T = TypeVar("T")

TokenPurpose: TypeAlias = Literal["verify_email", "reset_password"]

LIFETIMES: Final[Mapping[TokenPurpose, timedelta]] = {
    "verify_email": timedelta(hours=24),
    "reset_password": timedelta(hours=1),
}
"""How long a link is good for; the mails say so."""


def add(
    session: Session, user_id: str, purpose: TokenPurpose, now: datetime, password_hash: str | None = None
) -> str:
    """A new token for a person.

    Args:
        session: of a unit of work that writes.
        user_id: of the person.
        purpose: what it is good for.
        now: the time.
        password_hash: that the person has once the token is used; None for the one they have.
    """
    token = new_token()
    session.add(
        OneTimeToken(
            token_hash=hash_token(token),
            user_id=user_id,
            purpose=purpose,
            password_hash=password_hash,
            created_at=now,
            expires_at=now + LIFETIMES[purpose],
        )
    )
    session.flush()
    return token


def use(session: Session, token: str, purpose: TokenPurpose, now: datetime) -> OneTimeToken:
    """Use a token, which is then worth nothing.

    Raises:
        InvalidToken: it is unknown, used, too old, or for something else.
    """
    token_hash = hash_token(token)
    used: Any = session.execute(
        update(OneTimeToken)
        .where(
            OneTimeToken.token_hash == token_hash,
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > now,
        )
        .values(used_at=now)
    )
    if not used.rowcount:
        raise InvalidToken
    return session.get_one(OneTimeToken, token_hash)


def has_other_password(session: Session, user: User) -> bool:
    """Whether somebody has signed up with the address of a person and another password than the kept one."""
    query = select(OneTimeToken.token_hash).where(
        OneTimeToken.user_id == user.id,
        OneTimeToken.purpose == "verify_email",
        OneTimeToken.password_hash != user.password_hash,
    )
    return session.scalars(query.limit(1)).first() is not None


def void_all(session: Session, user_id: str, now: datetime) -> None:
    """Make all tokens of a person worthless."""
    session.execute(
        update(OneTimeToken)
        .where(OneTimeToken.user_id == user_id, OneTimeToken.used_at.is_(None))
        .values(used_at=now)
    )


async def attempt(parts: AccountParts, visitor: Visitor, work: Callable[[Session], T]) -> T:
    """Run a unit of work that uses a mailed token; a wrong one makes the next wait longer.

    Raises:
        InvalidToken: the token is wrong.
        TooManyAttempts: from this address.
    """
    counted: Attempt = ("token", subscriber(visitor.address))
    await parts.database.write(lambda session: parts.attempts.begin(session, [counted], parts.clock()))

    def work_and_take_back(session: Session) -> T:
        result = work(session)
        parts.attempts.take_back(session, *counted)
        return result

    return await parts.database.write(work_and_take_back)
