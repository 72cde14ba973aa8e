"""Browsers that are signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from huisheng.server.accounts.models import BrowserSession, RefreshToken, User
from huisheng.server.accounts.settings import AccountSettings
from huisheng.server.accounts.tokens import hash_token, new_token
from huisheng.server.database.ids import new_id

_LONGEST_AGENT: Final = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from.

    Attributes:
        address: of the client.
        user_agent: as the browser calls itself; cut.
    """

    address: str
    user_agent: str = ""


def describe_agent(written: str) -> str:
    """What is kept of a browser's name of itself."""
    return "".join(character for character in written if character.isprintable())[:_LONGEST_AGENT]


def open_session(
    session: Session,
    user: User,
    account_id: str,
    visitor: Visitor,
    settings: AccountSettings,
    now: datetime,
) -> str:
    """Sign a browser in; its token."""
    token = new_token()
    session.add(
        BrowserSession(
            id=new_id("ses"),
            token_hash=hash_token(token),
            user_id=user.id,
            account_id=account_id,
            credential_epoch=user.credential_epoch,
            address=visitor.address,
            user_agent=visitor.user_agent,
            created_at=now,
            last_seen_at=now,
            expires_at=now + settings.session_lifetime,
        )
    )
    session.flush()
    return token


def end_session(session: Session, user_id: str, session_id: str, now: datetime) -> bool:
    """Sign one browser of a person out; False where there is no such."""
    row = session.get(BrowserSession, session_id)
    if row is None or row.user_id != user_id or row.revoked_at is not None:
        return False
    row.revoked_at = now
    return True


def end_all_sessions(session: Session, user: User, now: datetime) -> None:
    """Sign all browsers and apps of a person out."""
    user.credential_epoch += 1
    for model in (BrowserSession, RefreshToken):
        session.execute(
            update(model).where(model.user_id == user.id, model.revoked_at.is_(None)).values(revoked_at=now)
        )


def list_sessions(session: Session, user_id: str, idle: timedelta, now: datetime) -> Sequence[BrowserSession]:
    """The browsers of a person that are signed in, the latest first."""
    return session.scalars(
        select(BrowserSession)
        .where(
            BrowserSession.user_id == user_id,
            BrowserSession.revoked_at.is_(None),
            BrowserSession.expires_at > now,
            BrowserSession.last_seen_at > now - idle,
        )
        .order_by(BrowserSession.created_at.desc(), BrowserSession.id)
    ).all()
