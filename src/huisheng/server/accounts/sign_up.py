"""Signing up, and proving an address. Whether an address is known is told to nobody but its owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from huisheng.server.accounts import audit, mail, one_time_tokens
from huisheng.server.accounts.audit import Actor
from huisheng.server.accounts.browser_sessions import Visitor, open_session
from huisheng.server.accounts.errors import SignupClosed
from huisheng.server.accounts.mail_limits import may_mail
from huisheng.server.accounts.models import User
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.passwords import check_password
from huisheng.server.accounts.people import LOCALE, ZONE, add_user, own_account
from huisheng.server.accounts.repository import find_user
from huisheng.server.accounts.sign_in import mail_reset_link
from huisheng.server.accounts.tokens import hash_token, new_token

_NOBODYS_HOST: Final = "invalid"
"""A name that is never anybody's (RFC 6761)."""


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody signs up with.

    Attributes:
        email: in lower case.
        password: as it was typed.
        name: empty for none.
        locale: BCP 47 tag.
        zone: of the account's days and months.
    """

    email: str
    password: str
    name: str = ""
    locale: str = LOCALE
    zone: str = ZONE


async def sign_up(parts: AccountParts, form: SignUp, visitor: Visitor) -> None:
    """Sign up. Who has an account already is told so by mail, and nobody else is.

    Raises:
        SignupClosed: nobody can.
        WeakPassword: it should not be chosen.
        TooManyAttempts: from this address.
        Busy: too many passwords are being hashed.
    """
    if parts.signup_rule == "closed":
        raise SignupClosed
    check_password(form.password, form.email)
    now = parts.clock()
    is_mailed = await may_mail(parts, form.email, visitor.address)
    password_hash = await parts.passwords.hash(form.password)

    def work(session: Session) -> None:
        known = find_user(session, form.email)
        added = _add(session, form, password_hash, visitor, now, is_known=known is not None)
        user = added or known or find_user(session, form.email)
        if user is None or not is_mailed:
            return
        if user.email_verified_at is None and parts.signup_rule == "verified":
            _mail_link(session, parts, user, password_hash, visitor, now)
        elif added is None:
            _mail_reminder(session, parts, user, visitor, now)

    await parts.database.write(work)


async def mail_verification(parts: AccountParts, email: str, visitor: Visitor) -> None:
    """Mail a new link to an address that is not verified; to any other nothing.

    Where several have signed up with the address it is not known whose password is its owner's: the link is
    one with which a password is chosen.
    """
    now = parts.clock()

    def work(session: Session) -> None:
        user = find_user(session, email)
        if user is None or user.email_verified_at is not None:
            return
        if one_time_tokens.has_other_password(session, user):
            mail_reset_link(session, parts, user, visitor, now)
        else:
            _mail_link(session, parts, user, user.password_hash, visitor, now)

    await parts.database.write(work)


async def verify_email(parts: AccountParts, token: str, visitor: Visitor) -> str:
    """Take a mailed link as proof of an address, and sign the browser in; the token of its session.

    Raises:
        InvalidToken: the link is wrong, used or too old.
        TooManyAttempts: from this address.
    """
    now = parts.clock()

    def work(session: Session) -> str:
        row = one_time_tokens.use(session, token, "verify_email", now)
        user = session.get_one(User, row.user_id)
        user.email_verified_at = now
        user.password_hash = row.password_hash or user.password_hash
        one_time_tokens.void_all(session, user.id, now)
        account = own_account(session, user.id)
        audit.record(session, Actor(user.id, visitor.address), "email.verified", now, account_id=account.id)
        return open_session(session, user, account.id, visitor, parts.settings, now)

    return await one_time_tokens.attempt(parts, visitor, work)


def _add(
    session: Session, form: SignUp, password_hash: str, visitor: Visitor, now: datetime, *, is_known: bool
) -> User | None:
    """Add a person; None where there is one of this address. The same is then done and undone, so that time
    does not tell the two apart.
    """
    savepoint = session.begin_nested()
    try:
        added = add_user(
            session,
            f"{new_token()}@{_NOBODYS_HOST}" if is_known else form.email,
            now,
            name=form.name,
            locale=form.locale,
            zone=form.zone,
            password_hash=password_hash,
        )
    except IntegrityError:  # somebody else was faster
        savepoint.rollback()
        return None
    account_id = own_account(session, added.id).id
    audit.record(session, Actor(added.id, visitor.address), "account.created", now, account_id=account_id)
    if is_known:
        savepoint.rollback()
        return None
    savepoint.commit()
    return added


def _mail_link(
    session: Session,
    parts: AccountParts,
    user: User,
    password_hash: str | None,
    visitor: Visitor,
    now: datetime,
) -> None:
    token = one_time_tokens.add(session, user.id, "verify_email", now, password_hash)
    values = {"link": parts.link("verify", token), "address": visitor.address}
    key = f"verify:{hash_token(token)}"
    mail.enqueue(session, key, user.email or "", "verify_email", user.locale, values, now)


def _mail_reminder(
    session: Session, parts: AccountParts, user: User, visitor: Visitor, now: datetime
) -> None:
    values = {"link": parts.link("signin"), "address": visitor.address}
    key = f"reminder:{user.id}:{now.isoformat()}"
    mail.enqueue(session, key, user.email or "", "already_registered", user.locale, values, now)
