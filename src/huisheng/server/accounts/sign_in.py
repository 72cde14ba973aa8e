"""Signing in by password, and changing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from huisheng.server.accounts import audit, mail, one_time_tokens
from huisheng.server.accounts.attempts import Attempt
from huisheng.server.accounts.audit import Actor
from huisheng.server.accounts.browser_sessions import Visitor, end_all_sessions, end_session, open_session
from huisheng.server.accounts.errors import EmailUnverified, WrongCredentials
from huisheng.server.accounts.models import User
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.passwords import check_password
from huisheng.server.accounts.people import own_account
from huisheng.server.accounts.repository import find_user
from huisheng.server.accounts.tokens import hash_token
from huisheng.server.guard.addresses import subscriber
from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import SessionEnded


@dataclass(frozen=True, slots=True)
class _StoredPassword:
    """What is kept of a person who tries to sign in."""

    user_id: str
    password_hash: str | None


async def sign_in(parts: AccountParts, email: str, password: str, visitor: Visitor, previous: Client) -> str:
    """Sign a browser in; the token of its session. A session that it had ends.

    Raises:
        WrongCredentials: e-mail and password do not belong together.
        EmailUnverified: the address is not verified yet.
        TooManyAttempts: for this name, or from this address.
        Busy: too many passwords are being hashed.
    """
    user_id = await prove_password(parts, email, password, visitor)
    now = parts.clock()

    def work(session: Session) -> str:
        user = session.get_one(User, user_id)
        end_session(session, user_id, previous.session_id, now)
        account = own_account(session, user_id)
        audit.record(session, Actor(user_id, visitor.address), "session.created", now, account_id=account.id)
        return open_session(session, user, account.id, visitor, parts.settings, now)

    return await parts.database.write(work)


async def prove_password(parts: AccountParts, email: str, password: str, visitor: Visitor) -> str:
    """The id of the person whose address and password these are. Raises as `sign_in`."""
    now = parts.clock()
    attempts: list[Attempt] = [("name", email), ("address", subscriber(visitor.address))]

    def begin(session: Session) -> _StoredPassword | None:
        parts.attempts.begin(session, attempts, now)
        user = find_user(session, email)
        return user and _StoredPassword(user.id, user.password_hash)

    kept = await parts.database.write(begin)
    is_right = await parts.passwords.verify(kept and kept.password_hash, password)
    if kept is None or not is_right:
        await _record_failure(parts, kept, visitor, now)
        raise WrongCredentials
    renewed = await _renew_hash(parts, kept, password)

    def succeed(session: Session) -> bool:
        user = session.get_one(User, kept.user_id, with_for_update=True)
        if user.password_hash != kept.password_hash:  # changed in the meantime
            raise WrongCredentials
        user.password_hash = renewed
        parts.attempts.forgive(session, "name", email)
        parts.attempts.take_back(session, "address", subscriber(visitor.address))
        return user.email_verified_at is not None

    is_verified = await parts.database.write(succeed)
    if not is_verified and parts.signup_rule == "verified":
        raise EmailUnverified
    return kept.user_id


async def sign_out(parts: AccountParts, client: Client) -> None:
    """End the session of a browser."""
    now = parts.clock()

    def work(session: Session) -> None:
        if end_session(session, client.user_id, client.session_id, now):
            audit.record(session, Actor.of(client), "session.ended", now, account_id=client.account_id)

    await parts.database.write(work)
    parts.forget_identities()


async def mail_reset(parts: AccountParts, email: str, visitor: Visitor) -> None:
    """Mail a link by which a new password can be chosen; to an address that nobody has, nothing."""
    now = parts.clock()

    def work(session: Session) -> None:
        user = find_user(session, email)
        if user is not None:
            mail_reset_link(session, parts, user, visitor, now)

    await parts.database.write(work)


def mail_reset_link(
    session: Session, parts: AccountParts, user: User, visitor: Visitor, now: datetime
) -> None:
    """Mail a link by which a person chooses a new password, and proves the address."""
    token = one_time_tokens.add(session, user.id, "reset_password", now)
    values = {"link": parts.link("reset", token), "address": visitor.address}
    key = f"reset:{hash_token(token)}"
    mail.enqueue(session, key, user.email or "", "reset_password", user.locale, values, now)


async def reset_password(parts: AccountParts, token: str, password: str, visitor: Visitor) -> str:
    """Choose a new password by a mailed link, which proves the address too; everybody is signed out, and this
    browser in: the token of its session.

    Raises:
        InvalidToken: the link is wrong, used or too old.
        WeakPassword: the password should not be chosen.
        TooManyAttempts: from this address.
        Busy: too many passwords are being hashed.
    """
    check_password(password, "")
    now = parts.clock()
    password_hash = await parts.passwords.hash(password)

    def work(session: Session) -> str:
        row = one_time_tokens.use(session, token, "reset_password", now)
        user = session.get_one(User, row.user_id, with_for_update=True)
        user.email_verified_at = user.email_verified_at or now
        account_id = own_account(session, user.id).id
        _set_password(session, parts, user, password_hash, visitor, now)
        parts.attempts.forgive(session, "name", user.email or "")
        audit.record(session, Actor(user.id, visitor.address), "password.reset", now, account_id=account_id)
        return open_session(session, user, account_id, visitor, parts.settings, now)

    token = await one_time_tokens.attempt(parts, visitor, work)
    parts.forget_identities()
    return token


async def change_password(
    parts: AccountParts, client: Client, current: str, new: str, visitor: Visitor
) -> str:
    """Change the password of whoever is signed in; everybody else is signed out, and this browser gets a new
    session: its token.

    Raises:
        WrongCredentials: the current password is wrong.
        WeakPassword: the new one should not be chosen.
        TooManyAttempts: for this name, or from this address.
        Busy: too many passwords are being hashed.
    """
    email = await read_email(parts, client)
    check_password(new, email)
    await prove_password(parts, email, current, visitor)
    now = parts.clock()
    password_hash = await parts.passwords.hash(new)

    def work(session: Session) -> str:
        user = session.get_one(User, client.user_id, with_for_update=True)
        _set_password(session, parts, user, password_hash, visitor, now)
        audit.record(session, Actor.of(client), "password.changed", now, account_id=client.account_id)
        return open_session(session, user, client.account_id, visitor, parts.settings, now)

    token = await parts.database.write(work)
    parts.forget_identities()
    return token


async def read_email(parts: AccountParts, client: Client) -> str:
    """The address of whoever is signed in.

    Raises:
        SessionEnded: the person is erased.
    """
    email = await parts.database.read(lambda session: session.get_one(User, client.user_id).email)
    if email is None:
        raise SessionEnded
    return email


async def _record_failure(
    parts: AccountParts, kept: _StoredPassword | None, visitor: Visitor, now: datetime
) -> None:
    """Tell the owner of the name, where there is one; guesses of names leave no rows."""
    if kept is None:
        return

    def work(session: Session) -> None:
        account_id = own_account(session, kept.user_id).id
        actor = Actor("anonymous", visitor.address)
        audit.record(session, actor, "session.refused", now, account_id=account_id, target=kept.user_id)

    await parts.database.write(work)


async def _renew_hash(parts: AccountParts, kept: _StoredPassword, password: str) -> str | None:
    """The hash by today's parameters."""
    if kept.password_hash and parts.passwords.is_outdated(kept.password_hash):
        return await parts.passwords.hash(password)
    return kept.password_hash


def _set_password(
    session: Session,
    parts: AccountParts,
    user: User,
    password_hash: str,
    visitor: Visitor,
    now: datetime,
) -> None:
    """A new password ends everything that the old one opened, and its owner is told."""
    user.password_hash = password_hash
    end_all_sessions(session, user, now)
    one_time_tokens.void_all(session, user.id, now)
    values = {"link": parts.link("signin"), "address": visitor.address}
    key = f"password:{user.id}:{user.credential_epoch}"
    mail.enqueue(session, key, user.email or "", "password_changed", user.locale, values, now)
