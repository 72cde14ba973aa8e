"""Mails that anybody can cause are counted, so that nobody is flooded."""

from __future__ import annotations

from sqlalchemy.orm import Session

from huisheng.server.accounts.errors import TooManyAttempts
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.guard.addresses import subscriber


async def count_mail(parts: AccountParts, email: str, address: str) -> None:
    """Count a mail to a recipient that somebody at an address asks for.

    Raises:
        TooManyAttempts: the recipient has had enough of them for now, or this address has asked for enough.
    """
    attempts = parts.attempts
    now = parts.clock()
    await parts.database.write(
        lambda session: attempts.begin(session, [("mail_address", subscriber(address)), ("mail", email)], now)
    )


async def may_mail(parts: AccountParts, email: str, address: str) -> bool:
    """Count a mail, for somebody who must not learn about its recipient; False where it is not to be sent.

    Raises:
        TooManyAttempts: this address has asked for enough.
    """
    now = parts.clock()

    def work(session: Session) -> bool:
        parts.attempts.begin(session, [("mail_address", subscriber(address))], now)
        try:
            parts.attempts.begin(session, [("mail", email)], now)
        except TooManyAttempts:
            return False
        return True

    return await parts.database.write(work)
