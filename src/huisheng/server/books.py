"""All that must hold of the books, over every feature: for the hourly proof and `huisheng ledger prove`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, cast

from sqlalchemy import Subquery, Table, and_, func, or_, select
from sqlalchemy.orm import Session

from huisheng.server.billing.models import Payment, Refund
from huisheng.server.ledger import proof as ledger
from huisheng.server.ledger.chart import Kind, Operation
from huisheng.server.ledger.proof import Check, Fault, LedgerProof
from huisheng.server.ledger.repository import ACCOUNTS, ENTRIES, JOURNALS
from huisheng.server.usage import proof as usage

_PAYMENTS: Final = cast("Table", Payment.__table__)
_REFUNDS: Final = cast("Table", Refund.__table__)


def prove(session: Session, now: datetime) -> LedgerProof:
    """Prove all books, as they are at one moment."""
    return ledger.prove(session, now, CHECKS)


def _lines(operation: Operation, kind: Kind) -> Subquery:
    """What journals of an operation add to ledger accounts of a kind: key, detail of the account, amount."""
    return (
        select(JOURNALS.c.key, ACCOUNTS.c.detail, func.sum(ENTRIES.c.amount).label("amount"))
        .join(ENTRIES, ENTRIES.c.journal_id == JOURNALS.c.id)
        .join(ACCOUNTS, ACCOUNTS.c.id == ENTRIES.c.ledger_account_id)
        .where(JOURNALS.c.operation == operation, ACCOUNTS.c.kind == kind)
        .group_by(JOURNALS.c.key, ACCOUNTS.c.detail)
        .subquery()
    )


def check_payments(session: Session, now: datetime) -> Iterable[Fault]:  # noqa: ARG001 (a Check)
    """Each payment is in the cash of its method, and cash has no payment that is not there."""
    keys = "payment:" + _PAYMENTS.c.method + ":" + _PAYMENTS.c.external_id
    entered = _lines("payment", "cash")
    wrong = select(_PAYMENTS.c.id, _PAYMENTS.c.amount_fen, entered.c.amount).outerjoin(
        entered, and_(entered.c.key == keys, entered.c.detail == _PAYMENTS.c.method)
    )
    for payment, amount, cash in session.execute(
        wrong.where(entered.c.amount.is_distinct_from(_PAYMENTS.c.amount_fen))
    ):
        yield Fault("payments", payment, f"{amount} was paid, {cash} is in the books")
    unknown = select(entered.c.key).outerjoin(_PAYMENTS, entered.c.key == keys)
    for (key,) in session.execute(unknown.where(_PAYMENTS.c.id.is_(None))):
        yield Fault("payments", key, "there is no such payment")


def check_refunds(session: Session, now: datetime) -> Iterable[Fault]:  # noqa: ARG001 (a Check)
    """Each refund that has succeeded is in the books, and no other is."""
    entered = _lines("refund", "refunded")
    wrong = (
        select(_REFUNDS.c.id, _REFUNDS.c.status, _REFUNDS.c.amount_fen, entered.c.amount)
        .outerjoin(entered, entered.c.key == "refund:" + _REFUNDS.c.id)
        .where(
            or_(
                and_(
                    _REFUNDS.c.status == "succeeded",
                    entered.c.amount.is_distinct_from(_REFUNDS.c.amount_fen),
                ),
                and_(_REFUNDS.c.status != "succeeded", entered.c.amount.is_not(None)),
            )
        )
    )
    for refund, status, amount, paid in session.execute(wrong):
        yield Fault("refunds", refund, f"{amount} is {status}, {paid} is in the books")
    unknown = select(entered.c.key).outerjoin(_REFUNDS, entered.c.key == "refund:" + _REFUNDS.c.id)
    for (key,) in session.execute(unknown.where(_REFUNDS.c.id.is_(None))):
        yield Fault("refunds", key, "there is no such refund")


CHECKS: Final[tuple[Check, ...]] = (*ledger.CHECKS, *usage.CHECKS, check_payments, check_refunds)
"""Everything that must hold."""
