"""Accounts, plans, books and payments as one: the part of the composition root that is there only where
accounts are on. Nothing else imports it, so that a server without accounts loads none of its libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from huisheng.server.accounts import upkeep
from huisheng.server.accounts.clock import Clock, utc_now
from huisheng.server.accounts.endpoints import account, authentication, keys, members
from huisheng.server.accounts.parts import AccountParts, make_parts
from huisheng.server.database import migrating
from huisheng.server.database.database import Database
from huisheng.server.guard.keys import Authenticator
from huisheng.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Business:
    """The parts, made once by `open_business`.

    Attributes:
        database: of everything below.
        accounts: people, keys, sessions.
        authenticator: knows clients by their accounts.
        routers: of all features.
        chores: what goes on beside the requests, each until it is cancelled.
    """

    database: Database
    accounts: AccountParts
    authenticator: Authenticator
    routers: tuple[APIRouter, ...]
    chores: tuple[Callable[[], Coroutine[Any, Any, None]], ...]

    def close(self) -> None:
        """Give everything back."""
        self.accounts.close()
        self.database.close()


def open_business(settings: Settings, clock: Clock = utc_now) -> Business:
    """Open the database, bring its tables to this version, and make the parts.

    Args:
        settings: of the server.
        clock: tells the time.

    Raises:
        SetupError: the database or a setting cannot be used.
        RefusedError: the database does not answer.
    """
    database = Database(settings.database_address)
    database.create()
    migrating.upgrade(database)
    accounts = make_parts(database, settings.account_settings, clock)
    return Business(
        database,
        accounts,
        accounts.authenticator,
        routers=(authentication.router, account.router, keys.router, members.router),
        chores=upkeep.chores(accounts),
    )
