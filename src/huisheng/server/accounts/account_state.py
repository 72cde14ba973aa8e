"""Who is signed in, for which account, and how it stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from huisheng.server.accounts import audit
from huisheng.server.accounts.audit import Actor
from huisheng.server.accounts.models import Account, User
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.repository import list_accounts
from huisheng.server.accounts.schemas import (
    AccountChanges,
    AccountView,
    PersonChanges,
    PersonView,
    PlaceView,
    SessionView,
)
from huisheng.server.guard.client import Client


def describe_session(
    session: Session, parts: AccountParts, client: Client, csrf_token: str, now: datetime
) -> SessionView:
    """What `GET /api/account` answers.

    Args:
        session: of a unit of work.
        parts: of accounts.
        client: that has an account.
        csrf_token: of its session; empty for none.
        now: the time.
    """
    account = session.get_one(Account, client.account_id)
    user = session.get(User, client.user_id) if client.user_id else None
    places = list_accounts(session, client.user_id) if client.user_id else ()
    standing = parts.standing(session, account.id, now)
    return SessionView(
        user=user and PersonView.of(user),
        account=AccountView.of(account),
        role=client.role or None,
        accounts=[
            PlaceView(id=place.id, name=place.name, kind=place.kind, role=role) for place, role in places
        ],
        plan=standing.plan,
        balances=standing.balances,
        limits=standing.limits,
        csrf_token=csrf_token,
    )


def change_account(session: Session, client: Client, changes: AccountChanges, now: datetime) -> Account:
    """Give an account another name or zone."""
    account = session.get_one(Account, client.account_id, with_for_update=True)
    account.name = changes.name or account.name
    account.zone = changes.zone or account.zone
    fields = sorted(changes.model_dump(exclude_none=True))
    actor = Actor.of(client)
    audit.record(session, actor, "account.changed", now, account_id=account.id, detail={"fields": fields})
    return account


def change_person(session: Session, client: Client, changes: PersonChanges) -> User:
    """Give whoever is signed in another name or language."""
    user = session.get_one(User, client.user_id, with_for_update=True)
    user.name = changes.name or user.name
    user.locale = changes.locale or user.locale
    return user
