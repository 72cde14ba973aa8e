"""SQL of the books."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Table,
    and_,
    bindparam,
    func,
    insert,
    select,
    tuple_,
)

from huisheng.server.accounts.models import Account
from huisheng.server.database.inserting import insert_unless_present
from huisheng.server.ledger.chart import AccountName, Operation
from huisheng.server.ledger.models import BalanceForward, Entry, Journal, LedgerAccount

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of any columns."""

FORWARD_AFTER: Final = 64
"""Entries of a ledger account after which its balance is brought forward."""

ACCOUNTS: Final = cast("Table", LedgerAccount.__table__)
JOURNALS: Final = cast("Table", Journal.__table__)
ENTRIES: Final = cast("Table", Entry.__table__)
FORWARDS: Final = cast("Table", BalanceForward.__table__)
_OWNERS: Final = cast("Table", Account.__table__)
_LATEST: Final = FORWARDS.alias("latest")
"""The sum of a ledger account that was brought forward last."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened.

    Attributes:
        key: names it: `payment:<method>:<external id>`, `issue:<grant>`, …
        operation: the kind of it.
        at: when.
        account_id: of the customer; None where it concerns the server alone.
        reference: the reservation, order or refund.
        price_version: of the plan file, where money is concerned.
    """

    key: str
    operation: Operation
    at: datetime
    account_id: str | None = None
    reference: str = ""
    price_version: str | None = None

    def row(self) -> dict[str, Any]:
        """Its columns."""
        return {
            "key": self.key,
            "operation": self.operation,
            "account_id": self.account_id,
            "reference": self.reference,
            "price_version": self.price_version,
            "at": self.at,
        }


class NewEntry(NamedTuple):
    """An amount that is added to a ledger account; below zero, it is taken off."""

    journal_id: int
    ledger_account_id: int
    amount: int


class Balance(NamedTuple):
    """The balance of a ledger account.

    Attributes:
        amount: the sum of all entries.
        entries: that were added up since the last sum that was brought forward.
        last: id of the last of them, 0 where there is none.
    """

    amount: int
    entries: int
    last: int


@dataclass(frozen=True, slots=True)
class BalanceQuery:
    """The parts of a `SELECT` of balances.

    Attributes:
        source: tables joined.
        columns: those of `Balance`.
        groups: to group by, beside what tells the ledger accounts apart.
    """

    source: FromClause
    columns: tuple[ColumnElement[Any], ...]
    groups: tuple[ColumnElement[Any], ...]


def balance_query(table: Table, ledger_account_id: ColumnElement[int]) -> BalanceQuery:
    """What selects the balance of a ledger account for each row of a table.

    Args:
        table: one row for each ledger account.
        ledger_account_id: its column.
    """
    newest = (
        select(func.max(FORWARDS.c.entry_id))
        .where(FORWARDS.c.ledger_account_id == ledger_account_id)
        .correlate(table)
        .scalar_subquery()
    )
    begin = func.coalesce(_LATEST.c.entry_id, 0)
    source = table.outerjoin(
        _LATEST, and_(_LATEST.c.ledger_account_id == ledger_account_id, _LATEST.c.entry_id == newest)
    ).outerjoin(ENTRIES, and_(ENTRIES.c.ledger_account_id == ledger_account_id, ENTRIES.c.id > begin))
    columns = (
        (func.coalesce(_LATEST.c.balance, 0) + func.coalesce(func.sum(ENTRIES.c.amount), 0)).label("amount"),
        func.count(ENTRIES.c.id).label("entries"),
        func.coalesce(func.max(ENTRIES.c.id), 0).label("last"),
    )
    return BalanceQuery(source, columns, (_LATEST.c.balance, _LATEST.c.entry_id))


def lock_accounts(connection: Connection, account_ids: Collection[str]) -> None:
    """Hold accounts until the commit: others that would enter something for them wait.

    Accounts are locked in the order of their ids, all that a unit of work needs at once, so that no two wait
    for each other. SQLite has one writer at a time, and needs no locks.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_LOCK, {"ids": sorted(filter(None, account_ids))}).all()


def add_journal(connection: Connection, fact: Fact) -> int | None:
    """The id of a new journal; None where its key is taken."""
    statement = insert_unless_present(connection, JOURNALS).returning(JOURNALS.c.id)
    return connection.execute(statement, fact.row()).scalar_one_or_none()


def add_journals(connection: Connection, facts: Sequence[Fact]) -> Sequence[int]:
    """The ids of journals whose keys are known to be free, in their order."""
    if len(facts) == 1:
        return connection.execute(_ADD_JOURNAL, facts[0].row()).scalars().all()
    connection.execute(insert(JOURNALS), [fact.row() for fact in facts])
    rows = connection.execute(_JOURNAL_IDS, {"keys": [fact.key for fact in facts]})
    ids = {row.key: row.id for row in rows}
    return [ids[fact.key] for fact in facts]


def add_entries(connection: Connection, entries: Iterable[NewEntry]) -> None:
    """Add entries. The caller sees to it that they balance."""
    connection.execute(_ADD_ENTRIES, [entry._asdict() for entry in entries])


def find_journal(connection: Connection, key: str) -> Sequence[AnyRow]:
    """A journal by its key: its id, its operation and an entry in each row."""
    return connection.execute(_FIND_JOURNAL, {"key": key}).all()


def find_ledger_accounts(connection: Connection, accounts: Collection[AccountName]) -> dict[AccountName, int]:
    """The ids of those that are there."""
    if len(accounts) == 1:  # a list of values costs three times as much
        (account,) = accounts
        number = connection.execute(_FIND_ACCOUNT, asdict(account)).scalar_one_or_none()
        return {} if number is None else {account: number}
    wanted = [(account.owner, account.kind, account.unit, account.detail) for account in accounts]
    rows = connection.execute(_FIND_ACCOUNTS, {"wanted": wanted})
    return {AccountName(row.kind, row.unit, row.owner, row.detail): row.id for row in rows}


def open_ledger_accounts(connection: Connection, accounts: Collection[AccountName]) -> dict[AccountName, int]:
    """The id of each; one that is not there yet is made."""
    ids = find_ledger_accounts(connection, accounts)
    if missing := [account for account in accounts if account not in ids]:
        connection.execute(insert_unless_present(connection, ACCOUNTS), list(map(asdict, missing)))
        ids |= find_ledger_accounts(connection, missing)
    return ids


def find_balances(connection: Connection, ids: Collection[int]) -> Mapping[int, Balance]:
    """The balance of each of these ledger accounts."""
    rows = connection.execute(_BALANCES, {"ids": list(ids)})
    return {row.id: Balance(int(row.amount), row.entries, row.last) for row in rows}


def bring_forward(connection: Connection, found: Mapping[int, Balance], at: datetime) -> None:
    """Bring those balances forward that added up many entries. The accounts that own them are locked."""
    rows = [
        {"ledger_account_id": number, "entry_id": each.last, "balance": each.amount, "at": at}
        for number, each in found.items()
        if each.entries >= FORWARD_AFTER
    ]
    if rows:
        connection.execute(_ADD_FORWARDS, rows)


def find_long_accounts(connection: Connection, limit: int) -> Sequence[AnyRow]:
    """Owner and id of ledger accounts of customers whose balance adds up many entries."""
    return connection.execute(_LONG, {"most": FORWARD_AFTER, "limit": limit}).all()


_LOCK: Final = (
    select(_OWNERS.c.id)
    .where(_OWNERS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_OWNERS.c.id)
    .with_for_update(key_share=True)
)
_ADD_JOURNAL: Final = insert(JOURNALS).returning(JOURNALS.c.id)
_JOURNAL_IDS: Final = select(JOURNALS.c.key, JOURNALS.c.id).where(
    JOURNALS.c.key.in_(bindparam("keys", expanding=True))
)
_ADD_ENTRIES: Final = insert(ENTRIES)
_ADD_FORWARDS: Final = insert(FORWARDS)
_FIND_JOURNAL: Final = (
    select(
        *(JOURNALS.c.id, JOURNALS.c.operation),
        *(ACCOUNTS.c.kind, ACCOUNTS.c.unit, ACCOUNTS.c.owner, ACCOUNTS.c.detail, ENTRIES.c.amount),
    )
    .join(ENTRIES, ENTRIES.c.journal_id == JOURNALS.c.id)
    .join(ACCOUNTS, ACCOUNTS.c.id == ENTRIES.c.ledger_account_id)
    .where(JOURNALS.c.key == bindparam("key"))
)
_FIND_ACCOUNT: Final = select(ACCOUNTS.c.id).where(
    *(ACCOUNTS.c[name] == bindparam(name) for name in ("owner", "kind", "unit", "detail"))
)
_FIND_ACCOUNTS: Final = select(ACCOUNTS).where(
    tuple_(ACCOUNTS.c.owner, ACCOUNTS.c.kind, ACCOUNTS.c.unit, ACCOUNTS.c.detail).in_(
        bindparam("wanted", expanding=True)
    )
)
_QUERY: Final = balance_query(ACCOUNTS, ACCOUNTS.c.id)
_BALANCES: Final = (
    select(ACCOUNTS.c.id, *_QUERY.columns)
    .select_from(_QUERY.source)
    .where(ACCOUNTS.c.id.in_(bindparam("ids", expanding=True)))
    .group_by(ACCOUNTS.c.id, *_QUERY.groups)
)
_LONG: Final = (
    select(ACCOUNTS.c.owner, ACCOUNTS.c.id)
    .select_from(_QUERY.source)
    .where(ACCOUNTS.c.owner != "")
    .group_by(ACCOUNTS.c.owner, ACCOUNTS.c.id, *_QUERY.groups)
    .having(func.count(ENTRIES.c.id) >= bindparam("most"))
    .limit(bindparam("limit"))
)
