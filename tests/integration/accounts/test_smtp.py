"""Mail is handed to a real server, and only over what was agreed."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, Literal
from urllib.parse import quote

import pytest
from tests.integration.accounts.conftest import PASSWORD, USER, MailServer, authenticate

from huisheng.server.accounts.mail import OutgoingMail, SendOutcome, compose
from huisheng.server.accounts.settings import MailServer as Destination
from huisheng.server.accounts.settings import parse_mail_server
from huisheng.server.accounts.smtp import SmtpTransport

pytestmark = pytest.mark.slow

VALUES = {"link": "https://tts.example.com/account#verify=x", "address": "192.0.2.1"}
ROW = OutgoingMail(1, "verify:1", "reader@example.com", "verify_email", "zh", VALUES, 1)


@pytest.fixture
def message() -> EmailMessage:
    return compose(ROW, "huisheng@example.com", datetime.now(UTC))


Start = Callable[..., MailServer]


@pytest.fixture
def start(server_tls: ssl.SSLContext) -> Iterator[Start]:
    """Starts servers for mail; they end with the test."""
    with ExitStack() as servers:

        def start(**options: Any) -> MailServer:  # noqa: ANN401 (aiosmtpd's)
            server = MailServer(**options)
            server.start()
            servers.callback(server.stop)
            return server

        yield start


def destination(
    server: MailServer, tls: Literal["always", "starttls", "none"], password: str = PASSWORD
) -> Destination:
    return Destination(*server.address, USER if tls != "none" else "", password, tls)


def test_on_this_machine_mail_needs_no_tls(mail_server: MailServer, message: EmailMessage) -> None:
    host, port = mail_server.address

    outcome = SmtpTransport(parse_mail_server(f"smtp://{host}:{port}")).send(message)

    assert outcome is SendOutcome.SENT
    (taken,) = mail_server.taken
    assert taken["Subject"] == "验证您的邮箱"
    assert taken["Auto-Submitted"] == "auto-generated"
    assert VALUES["link"] in taken.get_payload(decode=True).decode()  # pyright: ignore


def test_mail_is_handed_in_by_a_known_user_over_starttls(
    start: Start, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext, message: EmailMessage
) -> None:
    server = start(tls_context=server_tls, require_starttls=True, authenticator=authenticate)

    assert SmtpTransport(destination(server, "starttls"), client_tls).send(message) is SendOutcome.SENT
    assert len(server.taken) == 1


def test_mail_is_handed_in_over_tls_from_the_first_byte(
    start: Start, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext, message: EmailMessage
) -> None:
    server = start(ssl_context=server_tls)
    target = Destination(*server.address, "", "", "always")

    assert SmtpTransport(target, client_tls).send(message) is SendOutcome.SENT


def test_a_server_that_strips_starttls_gets_neither_password_nor_message(
    mail_server: MailServer, client_tls: ssl.SSLContext, message: EmailMessage
) -> None:
    outcome = SmtpTransport(destination(mail_server, "starttls"), client_tls).send(message)

    assert (outcome, mail_server.taken) == (SendOutcome.DELAYED, [])


def test_a_server_with_a_certificate_of_its_own_gets_nothing(
    start: Start, server_tls: ssl.SSLContext, message: EmailMessage
) -> None:
    server = start(tls_context=server_tls, require_starttls=True)

    outcome = SmtpTransport(destination(server, "starttls")).send(message)

    assert (outcome, server.taken) == (SendOutcome.DELAYED, [])


def test_a_wrong_password_is_for_the_operator_to_mend(
    start: Start, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext, message: EmailMessage
) -> None:
    server = start(tls_context=server_tls, require_starttls=True, authenticator=authenticate)

    outcome = SmtpTransport(destination(server, "starttls", "wrong"), client_tls).send(message)

    assert outcome is SendOutcome.DELAYED


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [("451 later", SendOutcome.DELAYED), ("550 no such user", SendOutcome.REFUSED)],
)
def test_a_reply_says_whether_to_try_again(
    mail_server: MailServer, message: EmailMessage, reply: str, outcome: SendOutcome
) -> None:
    mail_server.replies.append(reply)
    host, port = mail_server.address

    assert SmtpTransport(Destination(host, port, "", "", "none")).send(message) is outcome


def test_a_server_that_is_gone_may_come_back(message: EmailMessage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    outcome = SmtpTransport(Destination("127.0.0.1", port, "", "", "none")).send(message)

    assert outcome is SendOutcome.DELAYED


def test_special_characters_of_user_and_password_are_kept() -> None:
    address = f"smtp://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@mail.example.com"

    assert parse_mail_server(address) == Destination("mail.example.com", 587, USER, PASSWORD, "starttls")
