"""Organizations: who is in an account, as what, and who is asked to come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from huisheng.server.accounts import audit, mail, one_time_tokens
from huisheng.server.accounts.audit import Actor, AuditAction
from huisheng.server.accounts.browser_sessions import Visitor, open_session
from huisheng.server.accounts.errors import (
    AlreadyMember,
    InvalidToken,
    LastOwner,
    PersonalAccount,
    UnknownObject,
)
from huisheng.server.accounts.mail_limits import count_mail
from huisheng.server.accounts.models import (
    Account,
    BrowserSession,
    Invitation,
    Membership,
    RefreshToken,
    User,
)
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.passwords import check_password
from huisheng.server.accounts.people import add_account, add_member, add_user, own_account
from huisheng.server.accounts.repository import count_owners, find_membership, find_user, list_accounts
from huisheng.server.accounts.tokens import hash_token, new_token
from huisheng.server.database.ids import new_id
from huisheng.server.guard.client import Client, Role
from huisheng.server.guard.errors import AccountNeeded, NotPermitted
from huisheng.server.permissions import ROLE_PERMISSIONS, permissions

_MANAGERS: Final = frozenset[str](
    role for role, allowed in ROLE_PERMISSIONS.items() if "manage_members" in allowed
)
"""Roles of those who say who is in an account."""

INVITED: Final = timedelta(days=7)
"""How long an invitation is good for; its mail says so."""


def create_organization(session: Session, client: Client, name: str, now: datetime) -> Account:
    """A new organization, whose owner is whoever asks."""
    user = session.get_one(User, client.user_id)
    zone = session.get_one(Account, client.account_id).zone
    account = add_account(session, user, name, "organization", zone, now)
    audit.record(session, Actor.of(client), "account.created", now, account_id=account.id)
    return account


def change_role(session: Session, client: Client, user_id: str, role: Role, now: datetime) -> None:
    """Give a member another role.

    Raises:
        UnknownObject: the account has no such member.
        NotPermitted: only owners make owners, and say what owners become.
        LastOwner: nobody else would be one.
    """
    membership = _lock_member(session, client, user_id)
    before = membership.role
    _require_still(session, client, before, role)
    if before == "owner" and role != "owner":
        _require_another_owner(session, client.account_id)
    membership.role = role
    _record(session, client, "member.role_changed", user_id, now, before=before, role=role)


def remove_member(session: Session, client: Client, user_id: str, now: datetime) -> None:
    """Take a member out of an account; everybody may leave themselves.

    Raises:
        UnknownObject: the account has no such member.
        NotPermitted: the client may not.
        LastOwner: the account would have none.
        PersonalAccount: it is the person's own.
    """
    if user_id != client.user_id and "manage_members" not in permissions(client):
        raise NotPermitted
    membership = _lock_member(session, client, user_id)
    if user_id != client.user_id:
        _require_still(session, client, membership.role)
    if session.get_one(Account, client.account_id).kind == "personal":
        raise PersonalAccount
    if membership.role == "owner":
        _require_another_owner(session, client.account_id)
    session.delete(membership)
    session.flush()
    move_credentials(session, client.account_id, user_id, now)
    _record(session, client, "member.removed", user_id, now)


async def invite(parts: AccountParts, client: Client, email: str, role: Role) -> Invitation:
    """Ask somebody into an account, by mail. An earlier invitation of the same address is worth nothing then.

    Raises:
        NotPermitted: only owners ask for owners.
        AlreadyMember: the person is in.
        PersonalAccount: it is for one person alone.
        MailUnavailable: none is sent.
        TooManyAttempts: there were too many mails to this recipient, or asked for from this address.
    """
    _require_owner(client, role)
    parts.require_mail()
    now = parts.clock()
    await count_mail(parts, email, client.address)
    return await parts.database.write(lambda session: _invite(session, parts, client, email, role, now))


def list_invitations(session: Session, account_id: str, now: datetime) -> Sequence[Invitation]:
    """The open invitations of an account, the latest first."""
    return session.scalars(
        select(Invitation)
        .where(
            Invitation.account_id == account_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
        )
        .order_by(Invitation.created_at.desc(), Invitation.id)
    ).all()


def revoke_invitation(session: Session, client: Client, invitation_id: str, now: datetime) -> None:
    """Make an invitation worth nothing.

    Raises:
        UnknownObject: the account has no such open invitation.
    """
    row = session.get(Invitation, invitation_id, with_for_update=True)
    if row is None or row.account_id != client.account_id or row.accepted_at or row.revoked_at:
        raise UnknownObject
    row.revoked_at = now
    _record(session, client, "invitation.revoked", invitation_id, now)


async def accept_invitation(
    parts: AccountParts, token: str, client: Client, password: str, name: str, visitor: Visitor
) -> str:
    """Come into an account; the token of a session for it.

    Whoever has the address of the invitation already must be signed in; whoever is new chooses a password,
    and the invitation proves the address.

    Raises:
        InvalidToken: the invitation is unknown, used, revoked, too old, or for somebody else.
        AccountNeeded: its address has an account, and nobody is signed in.
        WeakPassword: the new person's password should not be chosen.
        TooManyAttempts: from this address.
        Busy: too many passwords are being hashed.
    """
    now = parts.clock()
    password_hash = None
    if not client.user_id:
        if not password:
            raise AccountNeeded(given=False)
        check_password(password, "")
        password_hash = await parts.passwords.hash(password)

    def work(session: Session) -> str:
        invitation = _use_invitation(session, token, now)
        user = _invited_person(session, invitation, client, password_hash, name, now)
        account = session.get_one(Account, invitation.account_id, with_for_update=True)
        if account.erased_at or not _may_invite(session, invitation):
            raise InvalidToken
        if find_membership(session, account.id, user.id) is None:
            add_member(session, account.id, user.id, _role(invitation), now)
        actor = Actor(user.id, visitor.address)
        audit.record(session, actor, "member.added", now, account_id=account.id, target=user.id)
        return open_session(session, user, account.id, visitor, parts.settings, now)

    session_token = await one_time_tokens.attempt(parts, visitor, work)
    parts.forget_identities()
    return session_token


def switch_account(session: Session, client: Client, account_id: str) -> None:
    """Have the browser of a person work for another of their accounts.

    Raises:
        UnknownObject: it is none of theirs.
        NotPermitted: it is no browser.
    """
    if not client.session_id:
        raise NotPermitted
    if account_id not in {place.account.id for place in list_accounts(session, client.user_id)}:
        raise UnknownObject
    session.get_one(BrowserSession, client.session_id).account_id = account_id


def _invite(
    session: Session, parts: AccountParts, client: Client, email: str, role: Role, now: datetime
) -> Invitation:
    account = session.get_one(Account, client.account_id, with_for_update=True)
    if account.kind == "personal":
        raise PersonalAccount
    _require_still(session, client, role)
    known = find_user(session, email)
    if known is not None and find_membership(session, account.id, known.id) is not None:
        raise AlreadyMember
    session.execute(
        update(Invitation)
        .where(
            Invitation.account_id == account.id,
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    token, inviter = new_token(), session.get_one(User, client.user_id)
    row = Invitation(
        id=new_id("inv"),
        account_id=account.id,
        email=email,
        role=role,
        token_hash=hash_token(token),
        invited_by=client.user_id,
        created_at=now,
        expires_at=now + INVITED,
    )
    session.add(row)
    session.flush()
    values = {"account": account.name, "inviter": inviter.name, "link": parts.link("invitation", token)}
    mail.enqueue(session, f"invitation:{row.id}", email, "invitation", inviter.locale, values, now)
    _record(session, client, "invitation.created", row.id, now, role=role)
    return row


def _use_invitation(session: Session, token: str, now: datetime) -> Invitation:
    token_hash = hash_token(token)
    used: Any = session.execute(
        update(Invitation)
        .where(
            Invitation.token_hash == token_hash,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(accepted_at=now)
    )
    if not used.rowcount:
        raise InvalidToken
    return session.scalars(select(Invitation).where(Invitation.token_hash == token_hash)).one()


def _invited_person(
    session: Session,
    invitation: Invitation,
    client: Client,
    password_hash: str | None,
    name: str,
    now: datetime,
) -> User:
    """Whoever comes in: the person who is signed in, or a new one."""
    if client.user_id:
        user = session.get_one(User, client.user_id)
        if user.email != invitation.email:
            raise InvalidToken
        user.email_verified_at = user.email_verified_at or now
        return user
    if find_user(session, invitation.email) is not None:
        raise AccountNeeded(given=False)
    return add_user(session, invitation.email, now, name=name, password_hash=password_hash, is_verified=True)


def _role(invitation: Invitation) -> Role:
    roles: dict[str, Role] = {"owner": "owner", "admin": "admin", "billing": "billing"}
    return roles.get(invitation.role, "member")


def _lock_member(session: Session, client: Client, user_id: str) -> Membership:
    """A member; changes of one account come one after the other, so that owners are counted in turn."""
    session.get_one(Account, client.account_id, with_for_update=True)
    membership = find_membership(session, client.account_id, user_id)
    if membership is None:
        raise UnknownObject
    return membership


def _require_owner(client: Client, *roles: str) -> None:
    """Only owners have to do with owners."""
    if "owner" in roles and "own" not in permissions(client):
        raise NotPermitted


def _require_still(session: Session, client: Client, *roles: str) -> None:
    """Look again at what a person is in the account, which is held: what is known of a client may be some
    seconds old, and another server may have taken the right away.
    """
    membership = find_membership(session, client.account_id, client.user_id)
    role = membership.role if membership else ""
    if role not in _MANAGERS or ("owner" in roles and role != "owner"):
        raise NotPermitted


def _may_invite(session: Session, invitation: Invitation) -> bool:
    """Whether whoever has sent an invitation could do so now; else one would be a way back in."""
    inviter = find_membership(session, invitation.account_id, invitation.invited_by)
    return inviter is not None and (
        inviter.role == "owner" or (inviter.role in _MANAGERS and invitation.role != "owner")
    )


def _require_another_owner(session: Session, account_id: str) -> None:
    if count_owners(session, account_id) < 2:
        raise LastOwner


def move_credentials(session: Session, account_id: str, user_id: str, now: datetime) -> None:
    """Browsers of somebody who has left work for their own account; apps are signed out."""
    own = own_account(session, user_id).id
    session.execute(
        update(BrowserSession)
        .where(BrowserSession.user_id == user_id, BrowserSession.account_id == account_id)
        .values(account_id=own)
    )
    session.execute(
        update(RefreshToken)
        .where(
            RefreshToken.user_id == user_id,
            RefreshToken.account_id == account_id,
            RefreshToken.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def _record(
    session: Session, client: Client, action: AuditAction, target: str, now: datetime, **detail: str
) -> None:
    actor = Actor.of(client)
    audit.record(
        session, actor, action, now, account_id=client.account_id, target=target, detail=detail or None
    )
