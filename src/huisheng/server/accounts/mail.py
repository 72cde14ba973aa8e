"""Mail: an outbox that the transaction fills which causes a message, and a chore that sends it.

A message is sent at least once. Its `Message-ID` is made of its key, so that a second copy is known as one.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from enum import Enum, auto
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from huisheng.errors import HuishengError
from huisheng.server.accounts.models import Mail
from huisheng.server.clock import Clock
from huisheng.server.database.database import Database
from huisheng.server.database.inserting import insert_once

logger = logging.getLogger("huisheng.server")

Locale: TypeAlias = Literal["zh", "en"]

_DELAYS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60)
)
"""Behind each attempt that failed; behind the last a message is given up, two days after the first."""
_LEASE: Final = timedelta(minutes=5)
"""That a server has for sending what it took; afterwards another may."""
_BATCH: Final = 20
_INTERVAL: Final = 2.0
"""Seconds between two looks into the outbox."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
"""A value is one line, so that it adds no header and no paragraph."""
_LONGEST_VALUE: Final = 2000


class SendOutcome(Enum):
    """What became of a message: handed in; not taken now; never to be taken."""

    SENT = auto()
    DELAYED = auto()
    REFUSED = auto()


class MailTransport(Protocol):
    """Hands in messages."""

    def send(self, message: EmailMessage) -> SendOutcome:
        """Hand one in; called in a thread."""
        ...


class MailBacklog(NamedTuple):
    """What is in the outbox: messages that wait, those given up, and since when the oldest waits."""

    waiting: int
    abandoned: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A row of the outbox, taken to be sent."""

    id: int
    key: str
    recipient: str
    template: str
    locale: Locale
    values: Mapping[str, str]
    attempts: int


def locale_of(tag: str) -> Locale:
    """The language of mails for a BCP 47 tag."""
    return "en" if tag.lower().startswith("en") else "zh"


def enqueue(
    session: Session,
    key: str,
    recipient: str,
    template: str,
    locale: str,
    values: Mapping[str, str],
    now: datetime,
) -> None:
    """Put a message into the outbox; once for each key.

    Args:
        session: of the transaction that causes it.
        key: names the fact that it tells of, as `invoice:<id>`.
        recipient: an e-mail address.
        template: name of files in `templates`, without language.
        locale: BCP 47 tag of the reader's language.
        values: what the template's `${…}` stand for.
        now: when.
    """
    render(template, locale_of(locale), values)  # what is wrong with it is the fault of this transaction
    insert_once(
        session,
        Mail,
        key=key,
        recipient=recipient,
        template=template,
        locale=locale_of(locale),
        values=dict(values),
        attempts=0,
        created_at=now,
        next_attempt_at=now,
        sent_at=None,
    )


def render(template: str, locale: Locale, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of a message.

    Raises:
        KeyError: a value is missing.
        FileNotFoundError: there is no such template.
    """
    plain = {name: _CONTROL.sub(" ", value)[:_LONGEST_VALUE] for name, value in values.items()}
    subject, _, text = _load_template(template, locale).substitute(plain).partition("\n\n")
    return subject.removeprefix("Subject: "), text


def compose(mail: OutgoingMail, sender: str, now: datetime) -> EmailMessage:
    """The message of a row (RFC 5322), marked as written by a program (RFC 3834)."""
    subject, text = render(mail.template, mail.locale, mail.values)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = subject
    message["Date"] = now
    digest = hashlib.sha256(mail.key.encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def measure_backlog(session: Session) -> MailBacklog:
    """What is in the outbox."""
    waiting, oldest = session.execute(
        select(func.count(), func.min(Mail.created_at)).where(
            Mail.sent_at.is_(None), Mail.next_attempt_at.is_not(None)
        )
    ).one()
    abandoned = session.scalar(
        select(func.count()).select_from(Mail).where(Mail.sent_at.is_(None), Mail.next_attempt_at.is_(None))
    )
    return MailBacklog(waiting, abandoned or 0, oldest)


class MailSender:
    """Sends what is in the outbox; several servers may share it.

    Args:
        database: with the outbox.
        transport: hands messages in; None where there is no server for mail, and messages are dropped.
        sender: the address that they come from.
        clock: tells the time.
    """

    def __init__(
        self, database: Database, transport: MailTransport | None, sender: str, clock: Clock
    ) -> None:
        self._database = database
        self._transport = transport
        self._sender = sender
        self._clock = clock

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            with suppress(HuishengError):  # the database has said so in the log, and may be back soon
                while await self.send_due():
                    pass
            await asyncio.sleep(_INTERVAL)

    async def send_due(self) -> int:
        """Send some of what is due; the number of messages that were taken."""
        if not await self._database.read(lambda session: session.scalar(_due(self._clock()))):
            return 0
        taken = await self._database.write(lambda session: _take_due(session, self._clock()))
        for mail in taken:
            await self._send(mail)
        return len(taken)

    async def _send(self, mail: OutgoingMail) -> None:
        outcome = await asyncio.to_thread(self._deliver, mail)
        if outcome is SendOutcome.DELAYED:
            await self._database.write(lambda session: _postpone(session, mail, self._clock()))
            return
        sent_at = self._clock() if outcome is SendOutcome.SENT else None
        await self._database.write(lambda session: _close(session, mail, sent_at))

    def _deliver(self, mail: OutgoingMail) -> SendOutcome:
        if self._transport is None:
            logger.warning("mail %d (%s) is dropped: there is no server for mail", mail.id, mail.template)
            return SendOutcome.REFUSED
        outcome = self._transport.send(compose(mail, self._sender, self._clock()))
        if outcome is not SendOutcome.SENT:
            logger.warning("mail %d (%s) is %s", mail.id, mail.template, outcome.name.lower())
        return outcome


@cache
def _load_template(name: str, locale: Locale) -> Template:
    folder = files("huisheng.server.accounts").joinpath("templates")
    return Template(folder.joinpath(f"{name}.{locale}.txt").read_text(encoding="utf-8"))


def _due(now: datetime) -> Select[Mail]:
    return (
        select(Mail)
        .where(Mail.sent_at.is_(None), Mail.next_attempt_at <= now)
        .order_by(Mail.next_attempt_at)
        .limit(_BATCH)
    )


def _take_due(session: Session, now: datetime) -> Sequence[OutgoingMail]:
    """Take messages; until the lease is over no other server does."""
    rows = session.scalars(_due(now).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.attempts += 1
        row.next_attempt_at = now + _LEASE
    return [
        OutgoingMail(
            row.id, row.key, row.recipient, row.template, locale_of(row.locale), row.values, row.attempts
        )
        for row in rows
    ]


def _close(session: Session, mail: OutgoingMail, sent_at: datetime | None) -> None:
    """Keep of a message only that there was one."""
    row: Any = session.get_one(Mail, mail.id)
    row.recipient, row.values = "", {}
    row.sent_at, row.next_attempt_at = sent_at, None


def _postpone(session: Session, mail: OutgoingMail, now: datetime) -> None:
    if mail.attempts > len(_DELAYS):
        logger.error("mail %d (%s) is given up", mail.id, mail.template)
        _close(session, mail, None)
        return
    session.get_one(Mail, mail.id).next_attempt_at = now + _DELAYS[mail.attempts - 1]
