"""What operators do to accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.unit.server.admin.rows import NOW, add_account, add_customer, add_user, join, sign_in

from huisheng.server.accounts.audit import Actor, RecordedEvent, list_events
from huisheng.server.accounts.models import Account, BrowserSession, RefreshToken
from huisheng.server.admin import service
from huisheng.server.admin.errors import AccountErased, AccountNotFound
from huisheng.server.admin.service import Gift
from huisheng.server.database.database import Database
from huisheng.server.errors import IdempotencyKeyReused
from huisheng.server.paging import PageRequest
from huisheng.server.usage.grants import live_grants

OPERATOR = Actor("usr_operator", "192.0.2.1")

Action = Callable[..., Account]


def events(session: Session) -> Sequence[RecordedEvent]:
    return list_events(session, PageRequest())


def signed_in(session: Session) -> set[str]:
    browsers = select(BrowserSession.id).where(BrowserSession.revoked_at.is_(None))
    apps = select(RefreshToken.family).where(RefreshToken.revoked_at.is_(None))
    return {*session.scalars(browsers), *session.scalars(apps)}


def test_a_suspended_account_is_signed_out_and_says_why(database: Database) -> None:
    with database.writing() as session:
        for name in ("alice", "bob"):
            account = add_customer(session, name)
            user = add_user(session, f"{name}2")
            join(session, user, account, "member")
            sign_in(session, account, user, name)

    with database.writing() as session:
        service.suspend(session, OPERATOR, "acc_alice", "退款欺诈", NOW)

    with database.reading() as session:
        account = session.get_one(Account, "acc_alice")
        (event,) = events(session)
        assert (account.suspended_at, account.suspension_reason) == (NOW, "退款欺诈")
        assert signed_in(session) == {"ses_bob", "bob"}
    assert (event.action, event.actor, event.address) == ("account.suspended", "usr_operator", "192.0.2.1")
    assert (event.account_id, event.detail) == ("acc_alice", {"reason": "退款欺诈"})


def test_what_is_suspended_already_stays_as_it_is(database: Database) -> None:
    with database.writing() as session:
        add_customer(session, "alice")
        service.suspend(session, OPERATOR, "acc_alice", "first", NOW)
        account = service.suspend(session, OPERATOR, "acc_alice", "second", NOW)

    assert account.suspension_reason == "first"
    with database.reading() as session:
        assert len(events(session)) == 1


def test_a_resumed_account_is_as_before(database: Database) -> None:
    with database.writing() as session:
        add_customer(session, "alice")
        service.suspend(session, OPERATOR, "acc_alice", "one", NOW)
        service.resume(session, OPERATOR, "acc_alice", "two", NOW)
        account = service.resume(session, OPERATOR, "acc_alice", "three", NOW)

    assert (account.suspended_at, account.suspension_reason) == (None, None)
    with database.reading() as session:
        assert [event.action for event in events(session)] == ["account.resumed", "account.suspended"]
        assert events(session)[0].detail == {"reason": "two"}


def test_flags_are_a_set(database: Database) -> None:
    with database.writing() as session:
        add_customer(session, "alice")
        service.set_flags(session, OPERATOR, "acc_alice", ["vip", "beta", "vip"], "test", NOW)
        account = service.set_flags(session, OPERATOR, "acc_alice", ["beta", "vip"], "again", NOW)

    assert account.flags == ["beta", "vip"]
    with database.reading() as session:
        (event,) = events(session)
    assert event.detail == {"reason": "test", "flags": ["beta", "vip"]}


ACTIONS: list[tuple[Action, tuple[Any, ...]]] = [
    (service.suspend, ("why",)),
    (service.resume, ("why",)),
    (service.set_flags, (["vip"], "why")),
]


@pytest.mark.parametrize(("action", "given"), ACTIONS)
def test_nothing_is_done_to_an_account_that_there_is_not(
    database: Database, action: Action, given: tuple[Any, ...]
) -> None:
    with pytest.raises(AccountNotFound), database.writing() as session:
        action(session, OPERATOR, "acc_nobody", *given, NOW)


@pytest.mark.parametrize(("action", "given"), ACTIONS)
def test_nothing_is_done_to_an_account_that_was_deleted(
    database: Database, action: Action, given: tuple[Any, ...]
) -> None:
    with database.writing() as session:
        add_account(session, "gone", erased_at=NOW)

    with pytest.raises(AccountErased), database.writing() as session:
        action(session, OPERATOR, "acc_gone", *given, NOW)


def gift(**changed: Any) -> Gift:  # noqa: ANN401 (fields)
    return replace(Gift("acc_alice", "calls", 100, 30, "补偿", "one"), **changed)


def test_a_gift_can_be_used_until_its_term_is_over(database: Database) -> None:
    with database.writing() as session:
        add_customer(session, "alice")
        grant = service.give_grant(session, OPERATOR, gift(), NOW)

    assert (grant.starts_at, grant.ends_at, grant.source) == (NOW, NOW + timedelta(days=30), "gift")
    with database.reading() as session:
        (live,) = live_grants(session.connection(), "acc_alice", NOW)
        (event,) = events(session)
    assert (live.remaining, live.meter) == (100, "calls")
    assert (event.action, event.actor) == ("grant.given", "usr_operator")
    assert event.detail == {"reason": "补偿", "meter": "calls", "amount": 100, "valid_days": 30}


def test_a_gift_may_be_for_ever(database: Database) -> None:
    with database.writing() as session:
        add_customer(session, "alice")
        assert service.give_grant(session, OPERATOR, gift(valid_days=None), NOW).ends_at is None


def test_a_gift_is_given_once_for_each_key(database: Database) -> None:
    with database.writing() as session:
        add_customer(session, "alice")
        first = service.give_grant(session, OPERATOR, gift(), NOW)
    with database.writing() as session:
        again = service.give_grant(session, OPERATOR, gift(), NOW)
        other = service.give_grant(session, OPERATOR, gift(key="two"), NOW)

    assert again.id == first.id != other.id
    with database.reading() as session:
        assert sum(each.remaining for each in live_grants(session.connection(), "acc_alice", NOW)) == 200
        assert len(events(session)) == 2


@pytest.mark.parametrize("changed", [{"amount": 101}, {"meter": "seconds"}])
def test_a_key_of_another_gift_is_refused(database: Database, changed: dict[str, Any]) -> None:
    with database.writing() as session:
        add_customer(session, "alice")
        service.give_grant(session, OPERATOR, gift(), NOW)

    with pytest.raises(IdempotencyKeyReused), database.writing() as session:
        service.give_grant(session, OPERATOR, gift(**changed), NOW)
