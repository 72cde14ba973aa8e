"""What is free each day is for a person, whatever accounts and addresses the person has."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from tests.unit.server.usage.accounts import NOW, add_server, catalogue, make_reservation, request

from huisheng.server.accounts.models import Account, User
from huisheng.server.accounts.people import add_account, add_user
from huisheng.server.accounts.secret_keys import ensure_secret
from huisheng.server.billing.standing import CatalogueStanding
from huisheng.server.database.database import Database
from huisheng.server.usage.errors import InsufficientBalance
from huisheng.server.usage.free_days import canonical_mailbox

FREE = catalogue(free=2)


def sign_up(session: Session, email: str) -> str:
    """The account of a new person."""
    user = add_user(session, email, NOW, is_verified=True)
    session.flush()
    return next(account.id for account in session.query(Account) if account.name == user.name)


def speak(session: Session, account_id: str) -> int:
    """What is left after a request."""
    return make_reservation(session, request(account_id), FREE).remaining


def test_two_addresses_of_one_mailbox_have_one_free_day(database: Database) -> None:
    with database.writing() as session:
        ensure_secret(session, "attempts", NOW)
        add_server(session)
        first, second = sign_up(session, "li.lei@gmail.com"), sign_up(session, "lilei+2@gmail.com")
        other = sign_up(session, "han@example.com")

        assert speak(session, first) == 1
        with pytest.raises(InsufficientBalance):
            speak(session, second)
        assert speak(session, other) == 1
        assert not CatalogueStanding(FREE)(session, second, NOW).balances


def test_whoever_comes_back_has_no_second_free_day(database: Database) -> None:
    with database.writing() as session:
        ensure_secret(session, "attempts", NOW)
        add_server(session)
        first = sign_up(session, "li@example.com")
        speak(session, first)
        session.query(User).update({"email": None})
        session.query(Account).update({"erased_at": NOW, "name": ""})
        again = sign_up(session, "li@example.com")

        with pytest.raises(InsufficientBalance):
            speak(session, again)


def test_an_organization_has_no_free_day(database: Database) -> None:
    with database.writing() as session:
        ensure_secret(session, "attempts", NOW)
        add_server(session)
        user = add_user(session, "li@example.com", NOW)
        company = add_account(session, user, "company", "organization", "Asia/Shanghai", NOW)

        with pytest.raises(InsufficientBalance):
            speak(session, company.id)
        assert not CatalogueStanding(FREE)(session, company.id, NOW).balances


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("a.b+c@gmail.com", "ab@gmail.com"),
        ("a.b+c@example.com", "a.b@example.com"),
        ("+c@example.com", "+c@example.com"),
    ],
)
def test_marks_in_an_address_lead_to_the_same_mailbox(email: str, mailbox: str) -> None:
    assert canonical_mailbox(email) == mailbox
