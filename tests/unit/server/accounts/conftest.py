"""What tests of accounts share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.accounts.browser_sessions import Visitor, open_session
from huisheng.server.accounts.models import Mail
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.people import add_user, own_account
from huisheng.server.accounts.repository import find_user
from huisheng.server.app import create_app
from huisheng.server.database.database import Database
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class FixedClock:
    """A clock that only moves when it is told to."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> FixedClock:
    """Stands at `START`."""
    return FixedClock()


PASSWORD = "correct horse battery"  # noqa: S105
CHEAP = {"password_memory": 32, "password_passes": 1}
"""The least that Argon2 takes, so that tests do not wait."""


_DOMAIN = "localhost.local"
"""Under which the client keeps cookies of a name without a dot."""


class Answer(Protocol):
    """What any client of HTTP gets."""

    status_code: int

    def json(self) -> Any: ...  # noqa: ANN401 (whatever came)


class Browser(TestClient):
    """A browser of one person: keeps cookies, and proves that its requests come from our page."""

    def __init__(self, app: FastAPI, address: str = "192.0.2.1") -> None:
        super().__init__(app, base_url="http://localhost", client=(address, 50_000), follow_redirects=False)

    def request(self, *request: Any, **options: Any) -> Any:  # noqa: ANN401 (httpx's)
        csrf = self.cookies.get("huisheng_csrf")
        sent: dict[str, str] = options.pop("headers", None) or {}
        headers = {"X-CSRF-Token": csrf, **sent} if csrf else sent
        return super().request(*request, headers=headers, **options)


def code(answer: Answer) -> tuple[int, str]:
    """Status and kind of a refusal."""
    return answer.status_code, answer.json().get("code", "")


@dataclass(frozen=True)
class Site:
    """A server with accounts, without a socket; mail stays in its outbox."""

    app: FastAPI
    parts: AccountParts
    clock: FixedClock

    @property
    def database(self) -> Database:
        return self.parts.database

    def browser(self, address: str = "192.0.2.1") -> Browser:
        return Browser(self.app, address)

    def person(self, email: str = "wang@example.com", address: str = "192.0.2.1") -> Browser:
        """The browser of somebody who is signed up with `PASSWORD`, and in."""
        with self.database.writing() as session:
            user = find_user(session, email) or add_user(
                session,
                email,
                self.clock(),
                password_hash=self.parts.passwords.hash_now(PASSWORD),
                is_verified=True,
            )
            account = own_account(session, user.id)
            visitor = Visitor(address)
            token = open_session(session, user, account.id, visitor, self.parts.settings, self.clock())
        browser = self.browser(address)
        browser.cookies.set("huisheng_session", token, domain=_DOMAIN)
        browser.cookies.set("huisheng_csrf", self.parts.csrf.token(token), domain=_DOMAIN)
        return browser

    def program(self, key: str, address: str = "192.0.2.1") -> TestClient:
        """A program with a key or an access token."""
        headers = {"Authorization": f"Bearer {key}"}
        return TestClient(self.app, base_url="http://localhost", headers=headers, client=(address, 50_000))

    def mails(self, template: str) -> list[dict[str, str]]:
        """The values of the mails of a kind that wait, the latest last."""
        with self.database.reading() as session:
            rows = session.scalars(select(Mail).where(Mail.template == template).order_by(Mail.id))
            return [{**row.values, "recipient": row.recipient} for row in rows]

    def mailed_token(self, template: str) -> str:
        """The token in the link of the latest mail of a kind."""
        return self.mails(template)[-1]["link"].rpartition("=")[2]

    def forget(self) -> None:
        """What a server knows of identities is over after five seconds."""
        self.parts.forget_identities()


OpenSite = Callable[..., Site]


@pytest.fixture
def site_address(common_address: str) -> str:
    """A database; `test_both_databases` goes through everything on both kinds."""
    return common_address


@pytest.fixture
def open_site(site_address: str, tmp_path: Path, clock: FixedClock) -> Iterator[OpenSite]:
    """Opens servers over one database: `open_site(signup="open", …)`."""
    with ExitStack() as sites:

        def open_one(guard: dict[str, Any] | None = None, **chosen: object) -> Site:
            account_settings = {
                **{"signup": "open", "public_url": "http://localhost", "mail": "smtp://localhost:9"},
                **CHEAP,
                **chosen,
            }
            settings = Settings.model_validate(
                {
                    "home": tmp_path,
                    "page": tmp_path / "page",
                    "accounts": True,
                    "database": site_address,
                    "account_settings": account_settings,
                    "guard": guard or {},
                }
            )
            app = create_app(settings, Synthesizer(SilentEngine()), clock=clock)
            business = app.state.components.business
            sites.callback(business.close)
            return Site(app, business.accounts, clock)

        yield open_one


@pytest.fixture
def site(open_site: OpenSite) -> Site:
    """A server where anybody can sign up."""
    return open_site()
