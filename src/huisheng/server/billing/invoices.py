"""Invoices: numbers without a gap, particulars of the buyer, and the state of the fapiao (发票).

The tax system gives a fapiao its number; the operator enters it here once it is issued there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.server.billing import repository
from huisheng.server.billing.errors import (
    InvoiceExists,
    InvoiceNotFound,
    OrderUnpaid,
    SpecialInvoiceIncomplete,
    TaxIdMissing,
)
from huisheng.server.billing.models import Invoice, NumberSequence
from huisheng.server.database.ids import new_id
from huisheng.server.database.inserting import insert_once
from huisheng.server.plans.catalogue import Seller

InvoiceKind: TypeAlias = Literal["personal", "company", "special"]
"""个人普通发票、企业普通发票、增值税专用发票."""

_SEQUENCE: Final = "invoice"
_PAID: Final = frozenset({"paid", "partially_refunded"})


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom an order is invoiced to; what is not given is empty."""

    title: str
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    bank_account: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceRequest:
    """What a customer asks for.

    Attributes:
        account_id: of the customer.
        order_id: that is invoiced.
        kind: of fapiao.
        buyer: whom to.
    """

    account_id: str
    order_id: str
    kind: InvoiceKind
    buyer: Buyer


def create_invoice(session: Session, asked: InvoiceRequest, seller: Seller, now: datetime) -> Invoice:
    """The invoice of an order, once; its amount is what was paid and not given back.

    Args:
        session: of a unit of work that writes.
        asked: by a customer.
        seller: who sells now; the invoice keeps it.
        now: the time.

    Raises:
        OrderNotFound: the account has no such order.
        OrderUnpaid: it is not paid, or all of it went back.
        InvoiceExists: it has an invoice to somebody else.
        TaxIdMissing, SpecialInvoiceIncomplete: more has to be given for an invoice of this kind.
    """
    _require_complete(asked.kind, asked.buyer)
    repository.lock_account(session, asked.account_id)
    order = repository.find_order(session, asked.account_id, asked.order_id)
    known = session.scalar(select(Invoice).where(Invoice.order_id == order.id))
    if known is not None:
        if (known.kind, known.buyer) != (asked.kind, asdict(asked.buyer)):
            raise InvoiceExists
        return known
    if order.status not in _PAID:
        raise OrderUnpaid
    invoice = Invoice(
        id=new_id("inv"),
        number=_next_number(session),
        account_id=asked.account_id,
        order_id=order.id,
        kind=asked.kind,
        buyer=asdict(asked.buyer),
        seller=asdict(seller),
        amount_fen=order.amount_fen - repository.refunded_fen(session, [order.id]).get(order.id, 0),
        fapiao_status="requested",
        created_at=now,
    )
    session.add(invoice)
    session.flush()
    return invoice


def enter_fapiao(session: Session, invoice_id: str, number: str, now: datetime) -> Invoice:
    """The operator has issued the fapiao of an invoice in the tax system.

    Raises:
        InvoiceNotFound: there is no such invoice.
    """
    invoice = session.get(Invoice, invoice_id, with_for_update=True)
    if invoice is None:
        raise InvoiceNotFound
    invoice.fapiao_status, invoice.fapiao_number, invoice.issued_at = "issued", number, now
    return invoice


def invoices_before(
    session: Session, account_id: str, number: int | None, limit: int, status: str = ""
) -> Sequence[Invoice]:
    """Invoices, newest first, below a number.

    Args:
        session: of a unit of work.
        account_id: whose; empty for those of all.
        number: of the last one before; None for the first page.
        limit: at most.
        status: of the fapiao; empty for any.
    """
    query = select(Invoice).order_by(Invoice.number.desc()).limit(limit)
    if account_id:
        query = query.where(Invoice.account_id == account_id)
    if number is not None:
        query = query.where(Invoice.number < number)
    if status:
        query = query.where(Invoice.fapiao_status == status)
    return session.scalars(query).all()


def format_number(number: int) -> str:
    """`00000012` for the twelfth invoice."""
    return f"{number:08}"


def _require_complete(kind: InvoiceKind, buyer: Buyer) -> None:
    if kind != "personal" and not buyer.tax_id:
        raise TaxIdMissing
    if kind == "special" and not (buyer.address and buyer.phone and buyer.bank and buyer.bank_account):
        raise SpecialInvoiceIncomplete


def _next_number(session: Session) -> int:
    """The number after the last one; whoever takes it holds the sequence until the commit."""
    insert_once(session, NumberSequence, name=_SEQUENCE, value=0)
    sequence = session.get_one(NumberSequence, _SEQUENCE, with_for_update=True, populate_existing=True)
    sequence.value += 1
    session.flush()
    return sequence.value
