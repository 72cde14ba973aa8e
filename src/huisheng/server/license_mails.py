"""Mail to operators about the end of the server's licence: long before it, near it, and in its grace."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.licensing.status import LicenseStatus
from huisheng.server.accounts import mail
from huisheng.server.accounts.models import User

REMINDERS: Final = (90, 30, 7, 1)
"""Days before the end of the term, and before that of the grace, with which a message is due."""


class Reminder(NamedTuple):
    """A message that is due: its template, and the threshold that was reached; 0 for the end itself."""

    template: str
    threshold: int


def due_reminder(status: LicenseStatus) -> Reminder | None:
    """The latest message that is due; None without a licence, and while its end is far.

    Those before it that were missed, while no server ran, are not sent late.
    """
    if status.license is None or status.moment < status.license.begins:
        return None
    if status.moment >= status.license.stops:
        return Reminder("license_over", 0)
    is_grace = status.moment >= status.license.ends
    left = status.grace_days_left if is_grace else status.days_left
    reached = [days for days in REMINDERS if left is not None and left <= days]
    template = "license_grace" if is_grace else "license_ending"
    return Reminder(template, min(reached)) if reached else None


def remind_operators(session: Session, status: LicenseStatus, now: datetime) -> None:
    """Put the message that is due into the outbox, once for each operator, licence and threshold.

    Args:
        session: of a unit of work that writes.
        status: of the licence.
        now: the time.
    """
    due = due_reminder(status)
    if due is None or status.license is None:
        return
    found = status.license
    left = status.grace_days_left if due.template == "license_grace" else status.days_left
    values = {"serial": found.serial, "end": found.term_to.isoformat(), "days": str(left or 0)}
    operators = select(User).where(User.is_operator.is_(True), User.email.is_not(None)).order_by(User.id)
    for user in session.scalars(operators):
        key = f"{due.template}:{found.serial}:{found.term_to}:{due.threshold}:{user.id}"
        mail.enqueue(session, key, user.email or "", due.template, user.locale, values, now)
