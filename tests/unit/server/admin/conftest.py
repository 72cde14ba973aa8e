"""A server with accounts, and its operator."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from tests.unit.server.accounts.conftest import (
    Browser,
    OpenSite,
    Site,
    clock,
    open_site,
    site_address,
)

from huisheng.server.accounts.models import User

__all__ = ["clock", "open_site", "operator", "site", "site_address"]

OPERATOR = "boss@example.com"


@pytest.fixture
def site(open_site: OpenSite) -> Site:
    """A server where anybody can sign up."""
    return open_site()


@pytest.fixture
def operator(site: Site) -> Browser:
    """The browser of whoever runs the server."""
    return make_operator(site)


def make_operator(site: Site) -> Browser:
    """Sign the operator in."""
    browser = site.person(OPERATOR)
    with site.database.writing() as session:
        session.execute(update(User).where(User.email == OPERATOR).values(is_operator=True))
    site.forget()
    return browser


def add_customer(site: Site, email: str = "customer@example.com") -> str:
    """A person; the id of their account."""
    browser = site.person(email)
    return browser.get("/api/account").json()["account"]["id"]
