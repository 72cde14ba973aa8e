"""Administration's questions about accounts: each a fixed number of statements, however long the list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Account, ApiKey, BrowserSession, Membership, User
from huisheng.server.admin.errors import AccountNotFound
from huisheng.server.billing.models import Payment, PurchaseOrder, Refund
from huisheng.server.paging import PageRequest, parse_time_cursor

AccountStatus: TypeAlias = Literal["active", "suspended", "erased"]

FAILED: Final = "failed"
"""Status of a refund whose money stays."""

_OWNERS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """An account in a list.

    Attributes:
        account: its row.
        owners: e-mail addresses of the first few.
        members: people in it.
        paid_fen: all that it ever paid.
        refunded_fen: that went back, or is going back.
    """

    account: Account
    owners: Sequence[str] = ()
    members: int = 0
    paid_fen: int = 0
    refunded_fen: int = 0


class AccountMember(NamedTuple):
    """A person in an account."""

    user: User
    membership: Membership


class _People(NamedTuple):
    owners: list[str]
    members: int


def search_accounts(
    session: Session, text: str, status: AccountStatus | None, page: PageRequest
) -> Sequence[AccountSummary]:
    """Accounts, the newest first, one more than the page holds.

    Args:
        session: of a unit of work.
        text: an id of an account or a person, or the beginning of an account's name or of a person's address;
            empty for all.
        status: None for all.
        page: what part of the list.
    """
    query = _with_status(select(Account), status)
    if text:
        query = query.where(_matches(text))
    if cursor := parse_time_cursor(page.cursor):
        at, account_id = cursor
        query = query.where(
            or_(Account.created_at < at, (Account.created_at == at) & (Account.id < account_id))
        )
    newest_first = query.order_by(Account.created_at.desc(), Account.id.desc())
    return summarize(session, session.scalars(newest_first.limit(page.limit + 1)).all())


def summarize(session: Session, accounts: Sequence[Account]) -> Sequence[AccountSummary]:
    """What a list shows of accounts."""
    ids = [account.id for account in accounts]
    people, paid, refunded = _people(session, ids), _sum_payments(session, ids), _sum_refunds(session, ids)
    return [
        AccountSummary(account, *people[account.id], paid.get(account.id, 0), refunded.get(account.id, 0))
        for account in accounts
    ]


def find_account(session: Session, account_id: str, *, lock: bool = False) -> Account:
    """An account, also one that was deleted.

    Raises:
        AccountNotFound: there is none.
    """
    account = session.get(Account, account_id, with_for_update={"key_share": True} if lock else None)
    if account is None:
        raise AccountNotFound
    return account


def find_account_by_name(session: Session, name: str) -> Account:
    """The account with an id, or the oldest that the person with an e-mail address owns.

    Raises:
        AccountNotFound: there is none.
    """
    owned = (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .join(User, User.id == Membership.user_id)
        .where(User.email == name.strip().lower(), Membership.role == "owner")
        .order_by(Account.created_at, Account.id)
    )
    account = session.get(Account, name) or session.scalars(owned.limit(1)).first()
    if account is None:
        raise AccountNotFound
    return account


def list_members(session: Session, account_id: str) -> Sequence[AccountMember]:
    """The people of an account, those who came first at the top."""
    rows = session.execute(
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.account_id == account_id)
        .order_by(Membership.created_at, User.id)
    )
    return [AccountMember(user, membership) for user, membership in rows]


def list_keys(session: Session, account_id: str) -> Sequence[ApiKey]:
    """The API keys of an account, the newest first."""
    query = select(ApiKey).where(ApiKey.account_id == account_id)
    return session.scalars(query.order_by(ApiKey.created_at.desc(), ApiKey.id)).all()


def last_use(session: Session, account_id: str) -> datetime | None:
    """When a key or a browser of an account was last seen; None where none ever was. Half a minute late."""
    keys = select(func.max(ApiKey.last_used_at)).where(ApiKey.account_id == account_id)
    browsers = select(func.max(BrowserSession.last_seen_at)).where(BrowserSession.account_id == account_id)
    return max(filter(None, (session.scalar(keys), session.scalar(browsers))), default=None)


def _with_status(query: Select[Account], status: AccountStatus | None) -> Select[Account]:
    match status:
        case "active":
            return query.where(Account.suspended_at.is_(None), Account.erased_at.is_(None))
        case "suspended":
            return query.where(Account.suspended_at.is_not(None), Account.erased_at.is_(None))
        case "erased":
            return query.where(Account.erased_at.is_not(None))
        case None:
            return query


def _matches(text: str) -> ColumnElement[bool]:
    begin = text.lower()
    people = (
        select(Membership.account_id)
        .join(User, User.id == Membership.user_id)
        .where(or_(User.id == text, User.email.startswith(begin, autoescape=True)))
    )
    return or_(
        Account.id == text,
        func.lower(Account.name).startswith(begin, autoescape=True),
        Account.id.in_(people),
    )


def _people(session: Session, account_ids: Sequence[str]) -> Mapping[str, _People]:
    people = defaultdict[str, _People](lambda: _People([], 0))
    counts = (
        select(Membership.account_id, func.count())
        .where(Membership.account_id.in_(account_ids))
        .group_by(Membership.account_id)
    )
    for account_id, members in session.execute(counts):
        people[account_id] = _People([], members)
    place = func.row_number().over(
        partition_by=Membership.account_id, order_by=(Membership.created_at, Membership.user_id)
    )
    owners = (
        select(Membership.account_id, User.email, place.label("place"))
        .join(User, User.id == Membership.user_id)
        .where(Membership.account_id.in_(account_ids), Membership.role == "owner", User.email.is_not(None))
        .subquery()
    )
    first = select(owners.c.account_id, owners.c.email).where(owners.c.place <= _OWNERS_SHOWN)
    for account_id, email in session.execute(first.order_by(owners.c.place)):
        people[account_id].owners.append(email)
    return people


def _sum_payments(session: Session, account_ids: Sequence[str]) -> Mapping[str, int]:
    """Account → all that it ever paid."""
    rows = session.execute(
        select(PurchaseOrder.account_id, func.sum(Payment.amount_fen))
        .join(Payment, Payment.order_id == PurchaseOrder.id)
        .where(PurchaseOrder.account_id.in_(account_ids))
        .group_by(PurchaseOrder.account_id)
    )
    return {account_id: int(total) for account_id, total in rows}


def _sum_refunds(session: Session, account_ids: Sequence[str]) -> Mapping[str, int]:
    """Account → what went back, or is going back."""
    rows = session.execute(
        select(PurchaseOrder.account_id, func.sum(Refund.amount_fen))
        .join(Payment, Payment.order_id == PurchaseOrder.id)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(PurchaseOrder.account_id.in_(account_ids), Refund.status != FAILED)
        .group_by(PurchaseOrder.account_id)
    )
    return {account_id: int(total) for account_id, total in rows}
