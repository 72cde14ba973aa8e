"""People come into being, each with an account of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Account, Membership, User
from huisheng.server.accounts.repository import list_accounts
from huisheng.server.database.ids import new_id
from huisheng.server.guard.client import Role

FREE_PLAN: Final = "free"
"""The plan of every new account."""
ZONE: Final = "Asia/Shanghai"
LOCALE: Final = "zh-CN"


def add_user(
    session: Session,
    email: str,
    now: datetime,
    *,
    name: str = "",
    locale: str = LOCALE,
    zone: str = ZONE,
    password_hash: str | None = None,
    is_verified: bool = False,
) -> User:
    """A new person with an account of their own.

    Args:
        session: of a unit of work that writes.
        email: that nobody has.
        now: when.
        name: how they want to be called; empty for the part of the address before the @.
        locale: BCP 47 tag of their language.
        zone: of their account.
        password_hash: None for somebody who signs in elsewhere, or chooses one later.
        is_verified: whether the address is known to be theirs.
    """
    user = User(
        id=new_id("usr"),
        email=email,
        email_verified_at=now if is_verified else None,
        password_hash=password_hash,
        name=name or email.partition("@")[0],
        locale=locale,
        is_operator=False,
        credential_epoch=0,
        created_at=now,
    )
    session.add(user)
    session.flush()
    add_account(session, user, user.name, "personal", zone, now)
    return user


def add_account(
    session: Session,
    owner: User,
    name: str,
    kind: Literal["personal", "organization"],
    zone: str,
    now: datetime,
) -> Account:
    """A new account and its owner."""
    account = Account(
        id=new_id("acc"), name=name, kind=kind, zone=zone, plan=FREE_PLAN, flags=[], created_at=now
    )
    session.add(account)
    session.flush()
    add_member(session, account.id, owner.id, "owner", now)
    return account


def add_member(session: Session, account_id: str, user_id: str, role: Role, now: datetime) -> None:
    """A person's new place in an account."""
    session.add(Membership(account_id=account_id, user_id=user_id, role=role, created_at=now))
    session.flush()


def own_account(session: Session, user_id: str) -> Account:
    """The account that a person signs in to: their own, else the first they came into."""
    return list_accounts(session, user_id)[0].account
