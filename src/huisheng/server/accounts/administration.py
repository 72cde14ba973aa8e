"""What the operator does to people from the command line."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from huisheng.server.accounts import audit
from huisheng.server.accounts.audit import SYSTEM, AuditAction
from huisheng.server.accounts.browser_sessions import end_all_sessions
from huisheng.server.accounts.errors import AddressTaken, UnknownObject
from huisheng.server.accounts.models import User
from huisheng.server.accounts.passwords import Passwords, check_password
from huisheng.server.accounts.people import add_user, own_account
from huisheng.server.accounts.repository import find_user
from huisheng.server.accounts.text import normalize_email


def create_person(session: Session, email: str, now: datetime) -> str:
    """An account for somebody whose address the operator vouches for; its id.

    Raises:
        ValueError: it is no address.
        AddressTaken: somebody has it already.
    """
    address = normalize_email(email)
    if find_user(session, address):
        raise AddressTaken
    user = add_user(session, address, now, is_verified=True)
    _record(session, user, "account.created", now)
    return own_account(session, user.id).id


def create_operator(session: Session, email: str, password_hash: str | None, now: datetime) -> User:
    """Make whoever has an address an operator of this server; a new person where nobody has it.

    Args:
        session: of a unit of work that writes.
        email: of the person.
        password_hash: theirs from now on; None for the one they have.
        now: when.

    Raises:
        ValueError: it is no address.
    """
    address = normalize_email(email)
    user = find_user(session, address) or add_user(session, address, now, is_verified=True)
    user.email_verified_at = user.email_verified_at or now
    user.password_hash = password_hash or user.password_hash
    user.is_operator = True
    session.flush()
    _record(session, user, "operator.created", now)
    return user


def dismiss_operator(session: Session, email: str, now: datetime) -> None:
    """Make an operator an ordinary person.

    Raises:
        UnknownObject: nobody has the address.
    """
    user = _find(session, email)
    user.is_operator = False
    end_all_sessions(session, user, now)
    _record(session, user, "operator.dismissed", now)


def set_password(session: Session, passwords: Passwords, email: str, password: str, now: datetime) -> None:
    """Give somebody a password, who is signed out everywhere.

    Raises:
        UnknownObject: nobody has the address.
        WeakPassword: it should not be chosen.
    """
    user = _find(session, email)
    check_password(password, user.email or "")
    user.password_hash = passwords.hash_now(password)
    user.email_verified_at = user.email_verified_at or now
    end_all_sessions(session, user, now)
    _record(session, user, "password.set", now)


def _find(session: Session, email: str) -> User:
    user = find_user(session, normalize_email(email))
    if user is None:
        raise UnknownObject
    return user


def _record(session: Session, user: User, action: AuditAction, now: datetime) -> None:
    account_id = own_account(session, user.id).id
    audit.record(session, SYSTEM, action, now, account_id=account_id, target=user.id)
