"""Messages are handed to a server by SMTP (RFC 5321, RFC 6409, RFC 8314)."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Final

from huisheng.server.accounts.mail import SendOutcome
from huisheng.server.accounts.settings import MailServer

logger = logging.getLogger("huisheng.server")

_TIMEOUT: Final = 20.0
"""Seconds that a server may take for each step."""
_PERMANENT: Final = 500
"""Replies from there on are final (RFC 5321, 4.2.1)."""
_AUTHENTICATION: Final = frozenset({530, 534, 535, 538})
"""Replies that are about us, not about the message (RFC 4954, 6): the operator can mend them."""


class SmtpTransport:
    """A `MailTransport` that opens a connection for each message.

    Args:
        server: where messages are handed in.
        tls: certificates that are trusted; those of the system without.
    """

    def __init__(self, server: MailServer, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._tls = tls or ssl.create_default_context()

    def send(self, message: EmailMessage) -> SendOutcome:
        """See `MailTransport`."""
        try:
            with self._connect() as connection:
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            return _classify(min(code for code, _ in error.recipients.values()))
        except smtplib.SMTPResponseException as error:
            return _classify(error.smtp_code)
        except (smtplib.SMTPException, OSError) as error:
            logger.warning("the server for mail cannot be used: %s", type(error).__name__)
            return SendOutcome.DELAYED
        except ValueError:  # an address that no header can hold
            return SendOutcome.REFUSED
        return SendOutcome.SENT

    @contextmanager
    def _connect(self) -> Generator[smtplib.SMTP]:
        server = self._server
        if server.tls == "always":
            connection = smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT, context=self._tls)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT)
        try:
            if server.tls == "starttls":
                connection.starttls(context=self._tls)
            if server.user:
                connection.login(server.user, server.password)
            yield connection
        finally:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()


def _classify(code: int) -> SendOutcome:
    """What a reply means. Its words may quote an address, and are not logged."""
    logger.warning("the server for mail replies %d", code)
    return SendOutcome.REFUSED if code >= _PERMANENT and code not in _AUTHENTICATION else SendOutcome.DELAYED
