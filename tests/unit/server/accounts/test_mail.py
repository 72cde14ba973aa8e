"""The outbox: what is put there, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.unit.server.accounts.conftest import START, FixedClock

from huisheng.server.accounts import mail
from huisheng.server.accounts.mail import MailSender, OutgoingMail, SendOutcome
from huisheng.server.accounts.models import Mail
from huisheng.server.database.database import Database

VALUES = {"link": "https://tts.example.com/account#verify=secret", "address": "192.0.2.1"}


class ListTransport:
    """Keeps what is sent; says of each message what it is told to."""

    def __init__(self, *outcomes: SendOutcome) -> None:
        self.sent: list[EmailMessage] = []
        self._outcomes = list(outcomes)

    def send(self, message: EmailMessage) -> SendOutcome:
        self.sent.append(message)
        return self._outcomes.pop(0) if self._outcomes else SendOutcome.SENT


def enqueue(session: Session, key: str = "verify:1") -> None:
    mail.enqueue(session, key, "reader@example.com", "verify_email", "zh-CN", VALUES, START)


def only_row(database: Database) -> Mail:
    with database.reading() as session:
        return session.scalars(select(Mail)).one()


def sender(database: Database, transport: mail.MailTransport | None, clock: FixedClock) -> MailSender:
    return MailSender(database, transport, "huisheng@example.com", clock)


async def test_a_message_is_sent_once_and_its_link_is_then_forgotten(
    database: Database, clock: FixedClock
) -> None:
    transport = ListTransport()
    await database.write(enqueue)

    await sender(database, transport, clock).send_due()
    await sender(database, transport, clock).send_due()

    row = only_row(database)
    assert [message["To"] for message in transport.sent] == ["reader@example.com"]
    assert VALUES["link"] in transport.sent[0].get_content()
    assert (row.recipient, row.values, row.sent_at) == ("", {}, START)


async def test_a_fact_is_told_once(database: Database, clock: FixedClock) -> None:
    await database.write(enqueue)
    await database.write(enqueue)

    assert only_row(database).key == "verify:1"


async def test_a_transaction_that_fails_sends_nothing(database: Database, clock: FixedClock) -> None:
    def fail(session: Session) -> None:
        enqueue(session)
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(fail)

    assert await sender(database, ListTransport(), clock).send_due() == 0


async def test_a_message_that_is_not_taken_is_tried_again_later(
    database: Database, clock: FixedClock
) -> None:
    transport = ListTransport(SendOutcome.DELAYED)
    await database.write(enqueue)
    await sender(database, transport, clock).send_due()

    assert await sender(database, transport, clock).send_due() == 0
    clock.advance(timedelta(minutes=1))
    assert await sender(database, transport, clock).send_due() == 1

    assert len(transport.sent) == 2
    assert transport.sent[0]["Message-ID"] == transport.sent[1]["Message-ID"]
    assert only_row(database).sent_at == clock.now


async def test_a_message_that_is_never_taken_is_given_up(database: Database, clock: FixedClock) -> None:
    transport = ListTransport(*[SendOutcome.DELAYED] * 20)
    await database.write(enqueue)
    for _ in range(20):
        await sender(database, transport, clock).send_due()
        clock.advance(timedelta(days=1))

    backlog = await database.read(mail.measure_backlog)

    assert len(transport.sent) == 10
    assert (backlog.waiting, backlog.abandoned) == (0, 1)
    assert only_row(database).values == {}


@pytest.mark.parametrize("has_server", [True, False])
async def test_a_message_that_is_refused_or_cannot_be_sent_at_all_is_given_up_at_once(
    database: Database, clock: FixedClock, *, has_server: bool
) -> None:
    transport = ListTransport(SendOutcome.REFUSED) if has_server else None
    await database.write(enqueue)

    await sender(database, transport, clock).send_due()

    assert (await database.read(mail.measure_backlog)).abandoned == 1


async def test_two_servers_do_not_send_the_same_message(
    database: Database, database_address: str, clock: FixedClock
) -> None:
    other = Database(database_address)
    taken: list[int] = []

    class TakingTransport(ListTransport):
        def send(self, message: EmailMessage) -> SendOutcome:
            with other.writing() as session:
                taken.append(len(mail._take_due(session, clock())))
            return super().send(message)

    await database.write(enqueue)
    await sender(database, TakingTransport(), clock).send_due()
    other.close()

    assert taken == [0]


async def test_a_server_that_dies_while_it_sends_leaves_the_message_to_another(
    database: Database, clock: FixedClock
) -> None:
    transport = ListTransport()
    await database.write(enqueue)
    await database.write(lambda session: mail._take_due(session, clock()))

    assert await sender(database, transport, clock).send_due() == 0
    clock.advance(timedelta(minutes=5))
    assert await sender(database, transport, clock).send_due() == 1


def test_a_value_adds_no_header_and_no_line() -> None:
    values = {
        "account": "绘声\r\nBcc: victim@example.com\r\n\r\n免费",
        "inviter": "小王\n\n点这里",
        "link": "https://tts.example.com/account#invitation=x",
    }
    row = OutgoingMail(1, "k", "reader@example.com", "invitation", "zh", values, 1)

    message = message_from_bytes(
        mail.compose(row, "huisheng@example.com", START).as_bytes(policy=SMTP), policy=SMTP
    )

    assert message["Bcc"] is None
    assert message["Subject"] == "邀请您加入绘声 Bcc: victim@example.com 免费"
    assert "\n点这里" not in message.get_content()


def test_a_recipient_with_a_line_break_is_no_recipient() -> None:
    row = OutgoingMail(1, "k", "a@example.com\nBcc: b@example.com", "verify_email", "zh", VALUES, 1)

    with pytest.raises(ValueError, match=r"linefeed"):
        mail.compose(row, "huisheng@example.com", START)


async def test_a_message_without_one_of_its_values_fails_the_transaction(database: Database) -> None:
    with pytest.raises(KeyError):
        await database.write(
            lambda session: mail.enqueue(session, "k", "a@example.com", "verify_email", "zh", {}, START)
        )


@pytest.mark.parametrize(
    ("tag", "locale"), [("zh-CN", "zh"), ("en-US", "en"), ("en", "en"), ("", "zh"), ("fr", "zh")]
)
def test_mail_is_written_in_the_language_of_its_reader(tag: str, locale: str) -> None:
    assert mail.locale_of(tag) == locale
