"""The end of an account: what names a person is erased, what the books need is kept under its id."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from huisheng.server.accounts import audit, mail
from huisheng.server.accounts.audit import Actor
from huisheng.server.accounts.browser_sessions import Visitor
from huisheng.server.accounts.errors import ConfirmationMissing, LastOwner
from huisheng.server.accounts.members import move_credentials
from huisheng.server.accounts.models import (
    Account,
    ApiKey,
    BrowserSession,
    Invitation,
    LinkedIdentity,
    Mail,
    Membership,
    OidcRequest,
    OneTimeToken,
    RefreshToken,
    User,
)
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.repository import count_owners, list_accounts
from huisheng.server.accounts.sign_in import prove_password
from huisheng.server.guard.client import Client

_OF_PERSON: Final[tuple[Any, ...]] = (
    *(BrowserSession, RefreshToken, OneTimeToken, LinkedIdentity),
    *(OidcRequest, Membership),
)
"""Tables whose rows about a person are deleted."""


async def delete_account(
    parts: AccountParts, client: Client, password: str, confirmation: str, visitor: Visitor
) -> bool:
    """Delete the account that a client works for, and with their own account the person too.

    Args:
        parts: of accounts.
        client: an owner who is signed in.
        password: of theirs.
        confirmation: the account's name, for somebody without a password.
        visitor: where they are.

    Returns:
        whether the person is gone as well.

    Raises:
        WrongCredentials: the password is wrong.
        ConfirmationMissing: there is no proof that it is meant.
        LastOwner: an organization would have no owner.
        StateConflict: a feature objects: a subscription renews, money is owed.
        TooManyAttempts: there were too many wrong passwords.
    """
    user, account = await parts.database.read(
        lambda session: (
            session.get_one(User, client.user_id),
            session.get_one(Account, client.account_id),
        )
    )
    if user.password_hash is None:
        if not hmac.compare_digest(confirmation.encode(), account.name.encode()):
            raise ConfirmationMissing
    elif not password:
        raise ConfirmationMissing
    else:
        await prove_password(parts, user.email or "", password, visitor)
    now = parts.clock()
    is_person = account.kind == "personal"
    await parts.database.write(lambda session: _delete(session, parts, client, now, is_person=is_person))
    parts.forget_identities()
    return is_person


def _delete(session: Session, parts: AccountParts, client: Client, now: datetime, *, is_person: bool) -> None:
    account = session.get_one(Account, client.account_id, with_for_update=True)
    user = session.get_one(User, client.user_id, with_for_update=True)
    for feature in parts.features:
        for objection in feature.objections(session, account.id, now):
            raise objection
    if is_person:
        _require_other_owners(session, user.id)
        _erase_mails(session, user.email or "")
        values = {"account": account.name}
        key = f"deleted:{account.id}"
        mail.enqueue(session, key, user.email or "", "account_deleted", user.locale, values, now)
    _erase_account(session, parts, account, now)
    if is_person:
        _erase_person(session, user, now)
    actor = Actor(client.user_id)
    audit.record(session, actor, "account.deleted", now, account_id=account.id)


def _require_other_owners(session: Session, user_id: str) -> None:
    """Organizations of a person need another owner before the person goes."""
    for place in list_accounts(session, user_id):
        if place.account.kind != "personal" and place.role == "owner":
            session.get_one(Account, place.account.id, with_for_update=True)
            if count_owners(session, place.account.id) < 2:
                raise LastOwner


def _erase_account(session: Session, parts: AccountParts, account: Account, now: datetime) -> None:
    for feature in parts.features:
        feature.erase(session, account.id, now)
    for key in session.scalars(select(ApiKey).where(ApiKey.account_id == account.id)):
        key.name, key.prefix, key.addresses = "", "", []
        key.key_hash = f"erased:{key.id}"
        key.revoked_at = key.revoked_at or now
    session.execute(
        update(Invitation).where(Invitation.account_id == account.id).values(email="", revoked_at=now)
    )
    members = session.scalars(select(Membership.user_id).where(Membership.account_id == account.id)).all()
    session.execute(delete(Membership).where(Membership.account_id == account.id))
    for user_id in members if account.kind != "personal" else ():
        move_credentials(session, account.id, user_id, now)
    audit.erase_origins(session, account.id)
    account.name, account.erased_at, account.suspension_reason = "", now, None
    session.flush()


def _erase_person(session: Session, user: User, now: datetime) -> None:
    for model in _OF_PERSON:
        session.execute(delete(model).where(model.user_id == user.id))
    session.execute(update(Invitation).where(Invitation.email == user.email).values(email="", revoked_at=now))
    user.email, user.name, user.password_hash = None, "", None
    user.email_verified_at, user.is_operator = None, False
    user.credential_epoch += 1
    user.erased_at = now
    session.flush()


def _erase_mails(session: Session, recipient: str) -> None:
    """What has not been sent yet is not sent any more."""
    session.execute(
        update(Mail).where(Mail.recipient == recipient).values(recipient="", values={}, next_attempt_at=None)
    )
