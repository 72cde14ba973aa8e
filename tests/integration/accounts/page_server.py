"""A server with accounts for a browser, and the mail that it sends."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr
from tests.integration.accounts.conftest import MailServer

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.accounts.settings import AccountSettings, SignupRule
from huisheng.server.app import create_app
from huisheng.server.payments.settings import PaymentSettings
from huisheng.server.running import Server
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine

_LONGEST: Final = 30.0
"""Seconds that a mail may take: the outbox is looked into every two."""
_BY_TRANSFER: Final = {"payments": "manual", "manual_instructions": "招商银行，账号 1109 0000 1234 567"}


class WatchedMailServer(MailServer):
    """A server for mail that can be waited for."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        super().__init__()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a message, and tell those who wait."""
        reply = await super().handle_DATA(server, session, envelope)
        with self._arrived:
            self._arrived.notify_all()
        return reply

    def wait_for_link(self, recipient: str, kind: str) -> str:
        """The latest link of a kind that was mailed to somebody, once it is there.

        Raises:
            AssertionError: none came.
        """
        with self._arrived:
            self._arrived.wait_for(lambda: self._link(recipient, kind), _LONGEST)
            link = self._link(recipient, kind)
        assert link, f"no mail with a link to {kind} came"
        return link

    def _link(self, recipient: str, kind: str) -> str:
        links = [_find_link(message, kind) for message in self.taken if message["To"] == recipient]
        return next((link for link in reversed(links) if link), "")


@dataclass(frozen=True, slots=True)
class AccountServer:
    """A server that runs: where its first page is, with a slash at the end, its folder, and its mail."""

    address: str
    home: Path
    mail: WatchedMailServer


@contextmanager
def account_server(
    home: Path, signup: SignupRule = "open", payment: Mapping[str, str] = _BY_TRANSFER
) -> Generator[AccountServer]:
    """A server with accounts that says silence.

    Args:
        home: its folder.
        signup: by default nobody waits for a mail to be let in.
        payment: fields of `PaymentSettings`.
    """
    mail = WatchedMailServer()
    mail.start()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        host, port = mail.address
        settings = Settings(
            home=home,
            accounts=True,
            payment=PaymentSettings.model_validate(payment),
            account_settings=AccountSettings(
                public_url=address, signup=signup, mail=SecretStr(f"smtp://{host}:{port}"), password_memory=64
            ),
        )
        started = threading.Event()
        server = Server(create_app(settings, Synthesizer(SilentEngine())), on_start=started.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        assert started.wait(timeout=30)
        try:
            yield AccountServer(f"{address}/", home, mail)
        finally:
            server.should_exit = True
            thread.join()
            mail.stop()


def _find_link(message: Message, kind: str) -> str:
    content = message.get_payload(decode=True)
    assert isinstance(content, bytes)
    found = re.search(rf"https?://\S+/account#{kind}=\S+", content.decode())
    return found[0] if found else ""
