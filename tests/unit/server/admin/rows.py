"""Accounts, people and money, as rows."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Account, ApiKey, BrowserSession, Membership, RefreshToken, User
from huisheng.server.billing.models import Payment, PurchaseOrder, Refund
from huisheng.server.ledger.models import Journal
from huisheng.server.usage.models import Reservation, ServerInstance, UsageRecord

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)


def add_user(session: Session, name: str, **changed: Any) -> User:  # noqa: ANN401 (columns)
    """A person, whose address is `name@example.com`."""
    values: dict[str, Any] = {
        **{"id": f"usr_{name}", "email": f"{name}@example.com", "email_verified_at": NOW},
        **{"password_hash": None, "name": name, "locale": "zh-CN", "is_operator": False},
        **{"credential_epoch": 0, "created_at": NOW, "erased_at": None},
    }
    user = User(**(values | changed))
    session.add(user)
    session.flush()
    return user


def add_account(session: Session, name: str, age: int = 0, **changed: Any) -> Account:  # noqa: ANN401 (columns)
    """An account `acc_name`, so many minutes old."""
    values: dict[str, Any] = {
        **{"id": f"acc_{name}", "name": name, "kind": "personal", "zone": "Asia/Shanghai", "plan": "free"},
        **{"flags": [], "created_at": NOW - timedelta(minutes=age), "suspended_at": None},
        **{"suspension_reason": None, "erased_at": None},
    }
    account = Account(**(values | changed))
    session.add(account)
    session.flush()
    return account


def join(session: Session, user: User, account: Account, role: str = "owner", age: int = 0) -> None:
    """Make a person a member."""
    created_at = NOW - timedelta(minutes=age)
    session.add(Membership(account_id=account.id, user_id=user.id, role=role, created_at=created_at))
    session.flush()


def add_customer(session: Session, name: str, age: int = 0) -> Account:
    """An account with its owner."""
    account = add_account(session, name, age)
    join(session, add_user(session, name), account)
    return account


def add_key(session: Session, account: Account, user: User, name: str = "key") -> ApiKey:
    """An API key."""
    key = ApiKey(
        id=f"key_{name}",
        account_id=account.id,
        created_by=user.id,
        name=name,
        prefix="hs_abcd",
        key_hash=f"hash-{name}",
        scopes=["speech"],
        addresses=[],
        rate="",
        concurrency=0,
        created_at=NOW,
        expires_at=None,
        last_used_at=None,
        revoked_at=None,
    )
    session.add(key)
    session.flush()
    return key


def sign_in(session: Session, account: Account, user: User, name: str) -> None:
    """A browser and an app that are signed in."""
    both = {"user_id": user.id, "account_id": account.id, "credential_epoch": 0, "created_at": NOW}
    later = {"expires_at": NOW + timedelta(days=1), "revoked_at": None}
    session.add(
        BrowserSession(
            id=f"ses_{name}",
            token_hash=f"browser-{name}",
            address="",
            user_agent="",
            last_seen_at=NOW,
            **both,
            **later,
        )
    )
    session.add(RefreshToken(token_hash=f"app-{name}", family=name, used_at=None, **both, **later))
    session.flush()


def add_order(
    session: Session, account: Account, name: str, fen: int, method: str = "manual"
) -> PurchaseOrder:
    """An order that was paid, without its payment."""
    order = PurchaseOrder(
        id=f"ord_{name}",
        account_id=account.id,
        user_id=None,
        product="pack",
        price_version="2026-01-01",
        offer={},
        quantity=1,
        purpose="pack",
        price_fen=fen,
        credit_fen=0,
        amount_fen=fen,
        currency="CNY",
        status="paid",
        method=method,
        method_reference=None,
        checkout=None,
        subscription_id=None,
        unused=None,
        created_at=NOW,
        expires_at=NOW,
        next_poll_at=None,
        paid_at=NOW,
    )
    session.add(order)
    session.flush()
    return order


def pay(session: Session, order: PurchaseOrder, fen: int, at: datetime = NOW, name: str = "") -> Payment:
    """Money for an order."""
    payment = Payment(
        id=f"pay_{order.id}{name}",
        order_id=order.id,
        method=order.method,
        external_id=f"{order.id}{name}",
        amount_fen=fen,
        currency="CNY",
        charged=fen,
        charged_currency="CNY",
        purpose="order",
        paid_at=at,
        recorded_at=at,
    )
    session.add(payment)
    session.flush()
    return payment


def refund(
    session: Session, payment: Payment, fen: int, at: datetime = NOW, status: str = "succeeded"
) -> Refund:
    """Money that goes back."""
    made = Refund(
        id=f"ref_{payment.id}{fen}{status}",
        payment_id=payment.id,
        amount_fen=fen,
        reason="",
        status=status,
        external_id=None,
        revoked=[],
        requested_by="usr_operator",
        idempotency_key=None,
        attempts=0,
        created_at=at,
        next_attempt_at=None,
        finished_at=at,
    )
    session.add(made)
    session.flush()
    return made


def use(session: Session, account: Account, day: date, name: str, **changed: Any) -> None:  # noqa: ANN401 (columns)
    """An answered request: of 10 characters and 1.5 seconds, by default."""
    session.merge(ServerInstance(id="ins", started_at=NOW, lease_until=NOW))
    journal = Journal(
        key=name, operation="reserve", account_id=account.id, reference="", price_version=None, at=NOW
    )
    session.add(journal)
    session.flush()
    both = {"account_id": account.id, "key_id": None, "requests": 1, "meter": "calls"}
    session.add(
        Reservation(
            **both,
            id=f"rsv_{name}",
            journal_id=journal.id,
            amount=1,
            idempotency_key=None,
            instance="ins",
            created_at=NOW,
            is_open=False,
        )
    )
    session.flush()
    record: dict[str, Any] = {
        **{"reservation_id": f"rsv_{name}", "at": NOW, "day": day, "voice": "yanzhou", "route": "/api/tts"},
        **{"characters": 10, "milliseconds": 1500, "charged": 1, **both},
    }
    session.add(UsageRecord(**(record | changed)))
    session.flush()


@contextmanager
def count_statements() -> Generator[list[str]]:
    """The statements that are executed in a block, but for those that begin and end transactions."""
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement not in {"BEGIN", "BEGIN IMMEDIATE"}:
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)
