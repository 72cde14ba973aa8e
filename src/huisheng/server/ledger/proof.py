"""The proof of the books: everything that must hold is computed anew from the rows.

Each check is a question to the database that brings what is at fault. Those of the books alone are here;
`huisheng.server.books` has those of usage and of payments too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from huisheng.server.ledger.repository import ACCOUNTS, ENTRIES, FORWARDS, JOURNALS

_MOST: Final = 100
"""Rows at fault that a check names."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that should not be as it is.

    Attributes:
        check: what does not hold.
        id: of the row: a journal, a grant, a reservation, a payment.
        detail: what was expected, and what is there; no names of people.
    """

    check: str
    id: str
    detail: str


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """The result.

    Attributes:
        at: when it was made.
        checks: that were made, by name.
        journals: that the books have.
        entries: the same.
        faults: none where the books are right; of each check no more than a hundred.
    """

    at: datetime
    checks: tuple[str, ...]
    journals: int
    entries: int
    faults: tuple[Fault, ...]

    @property
    def is_right(self) -> bool:
        """Whether the books are."""
        return not self.faults


Check: TypeAlias = Callable[[Session, datetime], Iterable[Fault]]
"""Finds what is at fault; `__name__` without `check_` is its name."""


def prove(session: Session, now: datetime, checks: Sequence[Check]) -> LedgerProof:
    """Prove the books, as they are at one moment.

    Args:
        session: of a unit of work that has read nothing yet.
        now: the time.
        checks: what must hold.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    faults: list[Fault] = []
    for check in checks:
        found = iter(check(session, now))
        faults += [fault for _, fault in zip(range(_MOST), found, strict=False)]
    connection = session.connection()
    journals = connection.execute(select(func.count()).select_from(JOURNALS)).scalar_one()
    entries = connection.execute(select(func.count()).select_from(ENTRIES)).scalar_one()
    return LedgerProof(now, tuple(map(name_of, checks)), journals, entries, tuple(faults))


def name_of(check: Check) -> str:
    """The name of a check."""
    return check.__name__.removeprefix("check_")


def check_journals_balance(session: Session, now: datetime) -> Iterable[Fault]:  # noqa: ARG001 (a Check)
    """The entries of each journal sum to zero in each unit; no journal is without entries."""
    unbalanced = (
        select(JOURNALS.c.key, ACCOUNTS.c.unit, func.sum(ENTRIES.c.amount))
        .join(ENTRIES, ENTRIES.c.journal_id == JOURNALS.c.id)
        .join(ACCOUNTS, ACCOUNTS.c.id == ENTRIES.c.ledger_account_id)
        .group_by(JOURNALS.c.id, JOURNALS.c.key, ACCOUNTS.c.unit)
        .having(func.sum(ENTRIES.c.amount) != 0)
    )
    for key, unit, total in session.execute(unbalanced):
        yield Fault("journals_balance", key, f"its entries sum to {total} {unit}")
    empty = (
        select(JOURNALS.c.key)
        .outerjoin(ENTRIES, ENTRIES.c.journal_id == JOURNALS.c.id)
        .where(ENTRIES.c.id.is_(None))
    )
    for (key,) in session.execute(empty):
        yield Fault("journals_balance", key, "it has no entries")


def check_balances_forward(session: Session, now: datetime) -> Iterable[Fault]:  # noqa: ARG001 (a Check)
    """Each balance that was brought forward is the sum of the entries up to its own."""
    running = select(
        ENTRIES.c.id,
        ENTRIES.c.ledger_account_id,
        func.sum(ENTRIES.c.amount)
        .over(partition_by=ENTRIES.c.ledger_account_id, order_by=ENTRIES.c.id)
        .label("total"),
    ).subquery()
    wrong = (
        select(FORWARDS.c.ledger_account_id, FORWARDS.c.entry_id, FORWARDS.c.balance, running.c.total)
        .outerjoin(
            running,
            (running.c.id == FORWARDS.c.entry_id)
            & (running.c.ledger_account_id == FORWARDS.c.ledger_account_id),
        )
        .where(running.c.total.is_distinct_from(FORWARDS.c.balance))
    )
    for account, entry, forward, total in session.execute(wrong):
        yield Fault("balances_forward", f"{account}:{entry}", f"{forward} was brought forward, not {total}")


CHECKS: Final[tuple[Check, ...]] = (check_journals_balance, check_balances_forward)
"""What must hold of the books alone."""
