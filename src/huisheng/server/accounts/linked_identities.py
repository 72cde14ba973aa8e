"""Identities at OpenID providers that a person has linked: listed, and taken off."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.server.accounts import audit
from huisheng.server.accounts.audit import Actor
from huisheng.server.accounts.errors import LastSignIn, UnknownObject
from huisheng.server.accounts.models import LinkedIdentity, User
from huisheng.server.guard.client import Client

_ID_LENGTH = 20


def identity_id(identity: LinkedIdentity) -> str:
    """The name of an identity in addresses; it tells nothing of the person there."""
    return hashlib.sha256(f"{identity.provider}\n{identity.subject}".encode()).hexdigest()[:_ID_LENGTH]


def list_identities(session: Session, user_id: str) -> Sequence[LinkedIdentity]:
    """The identities of a person, the oldest first."""
    query = select(LinkedIdentity).where(LinkedIdentity.user_id == user_id)
    return session.scalars(query.order_by(LinkedIdentity.created_at, LinkedIdentity.subject)).all()


def unlink_identity(
    session: Session, client: Client, chosen: str, providers: Collection[str], now: datetime
) -> None:
    """Take an identity off a person, who then cannot sign in by it.

    Args:
        session: of a unit of work that writes.
        client: the person.
        chosen: the `identity_id`.
        providers: at which people can sign in here.
        now: when.

    Raises:
        UnknownObject: the person has no such identity.
        LastSignIn: without it there would be no way to sign in.
    """
    user = session.get_one(User, client.user_id, with_for_update=True)  # so that two are unlinked in turn
    identities = list_identities(session, user.id)
    identity = next((each for each in identities if identity_id(each) == chosen), None)
    if identity is None:
        raise UnknownObject
    others = [each for each in identities if each is not identity and each.provider in providers]
    if not (user.password_hash or others):
        raise LastSignIn
    session.delete(identity)
    detail = {"provider": identity.provider}
    actor = Actor.of(client)
    audit.record(session, actor, "identity.unlinked", now, account_id=client.account_id, detail=detail)
