"""Entering facts into the books, and reading balances out of them.

A fact has a key and is entered once, whoever enters it and however often. Entries are only ever added; a
balance is their sum. Now and then the sum so far is brought forward, so that a balance adds up few rows.
Whoever enters something for an account holds its lock until the commit; what belongs to the server itself
needs none, since nothing of it is brought forward.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from huisheng.server.ledger import repository
from huisheng.server.ledger.chart import AccountName
from huisheng.server.ledger.errors import LedgerFault
from huisheng.server.ledger.repository import Fact, NewEntry

_AT_ONCE: Final = 200
"""Balances that are brought forward in one unit of work, so that it stays short."""


class JournalLine(NamedTuple):
    """A part of a fact: `amount` is added to a ledger account; below zero, it is taken off."""

    account: AccountName
    amount: int


class Posting(NamedTuple):
    """A fact in the books; `is_new` where it was entered just now."""

    journal_id: int
    is_new: bool


def transfer(amount: int, source: AccountName, target: AccountName) -> tuple[JournalLine, JournalLine]:
    """The two lines that move an amount from one account of the books to another."""
    return JournalLine(source, -amount), JournalLine(target, amount)


def post(session: Session, fact: Fact, lines: Sequence[JournalLine]) -> Posting:
    """Enter a fact, or find it where it has been entered before.

    Args:
        session: of a unit of work that writes.
        fact: what happened.
        lines: sum to zero in each unit.

    Raises:
        LedgerFault: they do not, or another fact has the key.
    """
    _require_balance(fact.key, lines)
    connection = session.connection()
    repository.lock_accounts(connection, {line.account.owner for line in lines})
    journal_id = repository.add_journal(connection, fact)
    if journal_id is None:
        return Posting(_find(connection, fact, lines), is_new=False)
    ids = repository.open_ledger_accounts(connection, {line.account for line in lines})
    entries = (NewEntry(journal_id, ids[account], amount) for account, amount in lines)
    repository.add_entries(connection, entries)
    return Posting(journal_id, is_new=True)


def balance(session: Session, account: AccountName) -> int:
    """The balance of a ledger account; 0 where nothing ever moved there."""
    connection = session.connection()
    ids = repository.find_ledger_accounts(connection, {account})
    return repository.find_balances(connection, ids.values())[ids[account]].amount if ids else 0


def bring_forward(session: Session, at: datetime) -> int:
    """Bring balances of customers forward that add up many entries, of some of them; of how many."""
    connection = session.connection()
    found = repository.find_long_accounts(connection, _AT_ONCE)
    repository.lock_accounts(connection, {account.owner for account in found})
    long_balances = repository.find_balances(connection, [account.id for account in found])
    repository.bring_forward(connection, long_balances, at)
    return len(found)


def _require_balance(key: str, lines: Sequence[JournalLine]) -> None:
    sums = defaultdict[str, int](int)
    for account, amount in lines:
        sums[account.unit] += amount
    if not lines or any(sums.values()) or any(not line.amount for line in lines):
        raise LedgerFault(f"{key} does not balance")


def _find(connection: Connection, fact: Fact, lines: Sequence[JournalLine]) -> int:
    """The journal of a fact that is in the books.

    Raises:
        LedgerFault: it says something else.
    """
    rows = repository.find_journal(connection, fact.key)
    known = sorted(
        JournalLine(AccountName(row.kind, row.unit, row.owner, row.detail), row.amount) for row in rows
    )
    if not rows or rows[0].operation != fact.operation or known != sorted(lines):
        raise LedgerFault(f"{fact.key} is another fact")
    return rows[0].id
