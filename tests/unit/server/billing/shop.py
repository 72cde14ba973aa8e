"""Customers who buy, for tests of billing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select

from huisheng.server.accounts.models import Account, Mail, Membership, User
from huisheng.server.billing import orders, receiving, refunds, repository
from huisheng.server.billing.models import PurchaseOrder, Refund
from huisheng.server.billing.orders import OrderRequest
from huisheng.server.billing.values import BillingConfig, Outcome, SubscriptionState
from huisheng.server.database.database import Database
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import (
    PaymentReceived,
    RefundResult,
    RefundState,
    SubscriptionReference,
)
from huisheng.server.plans.catalogue import Meter
from huisheng.server.plans.plan_file import load_plans
from huisheng.server.usage.grants import live_grants
from huisheng.server.usage.models import ServerInstance
from huisheng.server.usage.reservations import NewReservation, choose_grants, enter

NOW: Final = datetime(2026, 11, 22, 4, tzinfo=UTC)
"""Noon in Shanghai."""

DAY: Final = timedelta(days=1)
CUSTOMER: Final = "acc_customer"
CONFIG: Final = BillingConfig(load_plans(None, NOW), "https://tts.example.com")
GRACE: Final = timedelta(days=CONFIG.catalogue.renewal.grace_days)
MONTH_END: Final = datetime(2026, 12, 22, 4, tzinfo=UTC)
"""The end of a month that begins now."""


def add_customer(database: Database, account_id: str = CUSTOMER, locale: str = "zh-CN") -> str:
    """An account with its owner."""
    with database.writing() as session:
        user = User(
            id=f"usr_{account_id}",
            email=f"{account_id}@example.com",
            email_verified_at=NOW,
            password_hash=None,
            name="",
            locale=locale,
            is_operator=False,
            credential_epoch=0,
            created_at=NOW,
            erased_at=None,
        )
        account = Account(
            id=account_id,
            name=account_id,
            kind="personal",
            zone="Asia/Shanghai",
            plan="free",
            flags=[],
            created_at=NOW,
            suspended_at=None,
            suspension_reason=None,
            erased_at=None,
        )
        session.add_all([user, account])
        session.flush()
        session.add(Membership(account_id=account_id, user_id=user.id, role="owner", created_at=NOW))
    return account_id


def place(
    database: Database,
    product: str,
    quantity: int = 1,
    *,
    now: datetime = NOW,
    method: str = "wechat",
    account_id: str = CUSTOMER,
    key: str = "",
) -> PurchaseOrder:
    """An order."""
    request = OrderRequest(account_id, f"usr_{account_id}", product, quantity, method, "qr", key)
    with database.writing() as session:
        return orders.place_order(session, CONFIG.catalogue, request, now).order


def payment_of(
    order: PurchaseOrder,
    external_id: str = "",
    *,
    event_id: str = "",
    amount: Money | None = None,
    now: datetime = NOW,
    automatic: SubscriptionReference | None = None,
) -> PaymentReceived:
    """What a method says once an order is paid."""
    number = external_id or f"tx_{order.id}"
    due = amount or Money(order.amount_fen)
    return PaymentReceived(event_id or f"evt_{number}", order.id, number, due, due, now, automatic)


def notify(
    database: Database, notification: receiving.Notification, method: str = "wechat", now: datetime = NOW
) -> Outcome:
    """A notification comes."""
    with database.writing() as session:
        return receiving.receive(session, CONFIG, method, notification, now)


def buy(
    database: Database, product: str, *, now: datetime = NOW, account_id: str = CUSTOMER, quantity: int = 1
) -> PurchaseOrder:
    """An order that is paid."""
    order = place(database, product, quantity, now=now, account_id=account_id)
    assert notify(database, payment_of(order, now=now), now=now) == "credited"
    return order


def give_back(
    database: Database, order_id: str, amount_fen: int | None = None, *, now: datetime = NOW, key: str = ""
) -> Refund:
    """A refund that the method makes at once."""
    asked = refunds.RefundOrder(order_id, amount_fen, "test", "operator", key=key)
    with database.writing() as session:
        refund = refunds.request_refund(session, asked, now)
    result = RefundResult(refund.id, f"ext_{refund.id}", RefundState.SUCCEEDED)
    with database.writing() as session:
        return refunds.finish(session, CONFIG, refund.id, result, now)


def use(database: Database, calls: int, now: datetime = NOW, account_id: str = CUSTOMER) -> None:
    """Use calls up that were bought, as a request that is under way does."""
    with database.writing() as session:
        if session.get(ServerInstance, "srv_a") is None:
            session.add(ServerInstance(id="srv_a", started_at=now, lease_until=now + 365 * DAY))
            session.flush()
        connection = session.connection()
        bought = [each for each in live_grants(connection, account_id, now) if each.source != "free"]
        new = NewReservation("", account_id, None, None, 1, "srv_a", now)
        enter(connection, choose_grants(bought, {"calls": calls}), new)


def remaining(
    database: Database, now: datetime = NOW, account_id: str = CUSTOMER, source: str = ""
) -> dict[Meter, int]:
    """What can be used now, of what was bought."""
    units: dict[Meter, int] = {}
    with database.reading() as session:
        for grant in live_grants(session.connection(), account_id, now):
            if grant.source == source or (not source and grant.source != "free"):
                units[grant.meter] = units.get(grant.meter, 0) + grant.remaining
    return units


def subscription(database: Database, account_id: str = CUSTOMER) -> SubscriptionState:
    """The one that goes on, or ended last."""
    with database.reading() as session:
        state = repository.newest_subscription(session, account_id)
    assert state is not None
    return state


def fetch(database: Database, order: PurchaseOrder) -> PurchaseOrder:
    """An order as it is now."""
    with database.reading() as session:
        return session.get_one(PurchaseOrder, order.id)


def mails(database: Database) -> list[tuple[str, str]]:
    """Template and day or days of every message, in order."""
    with database.reading() as session:
        rows = session.scalars(select(Mail).order_by(Mail.id)).all()
    return [(row.template, str(row.values.get("days", ""))) for row in rows]
