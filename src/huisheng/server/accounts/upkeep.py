"""What accounts do beside requests: send mail, note uses, replace secrets, delete what is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from huisheng.errors import HuishengError
from huisheng.server.accounts.attempts import forget_old_attempts
from huisheng.server.accounts.mail import MailSender
from huisheng.server.accounts.models import BrowserSession, OidcRequest, OneTimeToken, RefreshToken
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.smtp import SmtpTransport

_INTERVAL: Final = 60.0
"""Seconds; more often than new versions of a secret begin to sign."""
_KEPT: Final = timedelta(days=30)
"""How long sessions and tokens that are over are still known, as such."""


def chores(parts: AccountParts) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
    """What goes on beside the requests, each until it is cancelled."""
    server = parts.settings.mail_server
    transport = SmtpTransport(server) if server else None
    sender = MailSender(parts.database, transport, parts.settings.sender, parts.clock)
    return sender.run, parts.authenticator.run, lambda: _run(parts)


def delete_expired(session: Session, now: datetime) -> None:
    """Delete what is over, and would only be in the way."""
    forget_old_attempts(session, now)
    for model in (BrowserSession, RefreshToken, OneTimeToken, OidcRequest):
        session.execute(delete(model).where(model.expires_at < now - _KEPT))


async def _run(parts: AccountParts) -> None:
    while True:
        await asyncio.sleep(_INTERVAL)
        with suppress(HuishengError):  # the log has it; the next round comes soon
            await asyncio.to_thread(parts.rotate_secrets)
            await parts.database.write(lambda session: delete_expired(session, parts.clock()))
