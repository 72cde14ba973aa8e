"""A mail server that keeps what it is given, as long as a block lasts."""

from __future__ import annotations

import re
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any, Final, Self

from aiosmtpd.controller import Controller

_WAIT: Final = 30.0
"""Seconds that a message may take."""
_LINK: Final = r"/account#{purpose}=([\w.-]+)"


class _Controller(Controller):
    """Runs the server in a thread, on a free port."""

    def _trigger_server(self) -> None:
        """The library would connect to port 0, which stands for any."""
        self.port = self.server.sockets[0].getsockname()[1]  # pyright: ignore
        super()._trigger_server()


class Mailbox:
    """A mail server on a free port of this machine."""

    def __init__(self) -> None:
        self._messages: list[EmailMessage] = []
        self._arrival = threading.Condition()
        self._controller = _Controller(self, hostname="127.0.0.1", port=0)  # pyright: ignore[reportUnknownMemberType]

    @property
    def address(self) -> str:
        """`smtp://127.0.0.1:port`."""
        return f"smtp://127.0.0.1:{self._controller.port}"  # pyright: ignore[reportUnknownMemberType]

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802, ANN401, ARG002
        """Take a message (the library's name and signature)."""
        message = message_from_bytes(envelope.content, policy=default)
        with self._arrival:
            self._messages.append(message)
            self._arrival.notify_all()
        return "250 OK"

    def wait_for_token(self, recipient: str, purpose: str) -> str:
        """The token of the newest link that a recipient got.

        Args:
            recipient: e-mail address.
            purpose: of the link: `verify`, `reset`, `invite`.

        Raises:
            TimeoutError: none has come.
        """
        pattern = re.compile(_LINK.format(purpose=purpose))
        with self._arrival:
            if not self._arrival.wait_for(lambda: self._find(recipient, pattern), _WAIT):
                raise TimeoutError(f"no mail for {recipient}")
            return self._find(recipient, pattern)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    def _find(self, recipient: str, pattern: re.Pattern[str]) -> str:
        for message in reversed(self._messages):
            found = pattern.search(message.get_content()) if recipient in str(message["To"]) else None
            if found:
                return found[1]
        return ""
