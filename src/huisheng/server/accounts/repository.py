"""Questions to the tables of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Account, ApiKey, Membership, User
from huisheng.server.guard.client import Role


class AccountPlace(NamedTuple):
    """An account, and what a person is in it."""

    account: Account
    role: Role


class Member(NamedTuple):
    """A person, and their place in an account."""

    user: User
    membership: Membership


def find_user(session: Session, email: str) -> User | None:
    """The person of an address."""
    return session.scalars(select(User).where(User.email == email)).first()


def count_operators(session: Session) -> int:
    """People who administer the server."""
    query = select(func.count()).select_from(User).where(User.is_operator, User.erased_at.is_(None))
    return session.scalar(query) or 0


def list_accounts(session: Session, user_id: str) -> Sequence[AccountPlace]:
    """The accounts of a person, their own first."""
    rows = session.execute(
        select(Account, Membership.role)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.user_id == user_id, Account.erased_at.is_(None))
        .order_by(Account.kind.desc(), Membership.created_at, Account.id)  # personal, organization
    )
    return [AccountPlace(account, cast("Role", role)) for account, role in rows]


def find_membership(session: Session, account_id: str, user_id: str) -> Membership | None:
    """A person's place in an account."""
    return session.get(Membership, (account_id, user_id), with_for_update=True)


def list_members(session: Session, account_id: str) -> Sequence[Member]:
    """The people of an account, those who came first at the top."""
    rows = session.execute(
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.account_id == account_id)
        .order_by(Membership.created_at, User.id)
    )
    return [Member(user, membership) for user, membership in rows]


def count_owners(session: Session, account_id: str) -> int:
    """The owners of an account."""
    query = select(func.count()).where(Membership.account_id == account_id, Membership.role == "owner")
    return session.scalar(query) or 0


def count_keys(session: Session, account_id: str) -> int:
    """The API keys of an account that are not revoked."""
    query = select(func.count()).where(ApiKey.account_id == account_id, ApiKey.revoked_at.is_(None))
    return session.scalar(query) or 0
