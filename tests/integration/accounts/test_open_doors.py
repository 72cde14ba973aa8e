"""No open door: every route answers every kind of credential as this table says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias, get_args

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from tests.unit.server.accounts.conftest import (
    PASSWORD,
    OpenSite,
    Site,
    clock,
    open_site,
    site_address,
)

from huisheng.server.accounts.models import ApiKey, User
from huisheng.server.accounts.people import add_account, add_member
from huisheng.server.accounts.repository import find_user
from huisheng.server.contract import list_endpoints
from huisheng.server.guard.client import Role, Scope
from huisheng.server.permissions import Permission

__all__ = ["clock", "open_site", "site_address"]

Credential: TypeAlias = Literal[
    "nothing",
    "wrong_key",
    "expired_key",
    "speech_key",
    "usage_key",
    "billing_key",
    "account_key",
    "owner",
    "admin",
    "member",
    "billing",
    "token",
    "operator",
]
"""Keys by their only scope; people by their role, in a browser; an owner in an app; the operator, who is the
owner of another account.
"""
Need: TypeAlias = Literal["anyone", "person", "operator"] | Permission

Kinds: TypeAlias = frozenset[Credential]

OWNERS: Final[Kinds] = frozenset({"owner", "token", "operator"})
ADMINS: Final[Kinds] = frozenset({*OWNERS, "admin"})
PEOPLE: Final[Kinds] = frozenset({*ADMINS, "member", "billing"})
UNKNOWN: Final[frozenset[Credential]] = frozenset({"nothing", "wrong_key", "expired_key"})

ALLOWED: Final[Mapping[Need, frozenset[Credential]]] = {
    "anyone": frozenset({*PEOPLE, "nothing", "speech_key", "usage_key", "billing_key", "account_key"}),
    "speak": frozenset({*ADMINS, "member", "speech_key"}),
    "see_voices": frozenset({*PEOPLE, "speech_key"}),
    "see_account": frozenset({*PEOPLE, "usage_key", "billing_key", "account_key"}),
    "see_usage": frozenset({*PEOPLE, "usage_key"}),
    "bill": frozenset({*ADMINS, "billing", "billing_key"}),
    "manage_keys": frozenset({*ADMINS, "account_key"}),
    "manage_account": frozenset({*ADMINS, "account_key"}),
    "manage_members": ADMINS,
    "see_audit": ADMINS,
    "own": OWNERS,
    "person": PEOPLE,
    "operator": frozenset({"operator"}),
}
"""Who gets past the door; a wrong or expired key may be told where anyone may come."""

DOORS: Final[Mapping[str, Need]] = {
    **dict.fromkeys(("POST /tts", "POST /api/tts", "POST /synthesize", "GET /api/speech"), "speak"),
    **dict.fromkeys(("POST /api/speech/stream", "POST /v1/audio/speech"), "speak"),
    **dict.fromkeys(("GET /api/read", "POST /api/read"), "speak"),
    **dict.fromkeys(("GET /v1/models", "GET /v1/models/{model}", "GET /v1/audio/voices"), "speak"),
    **dict.fromkeys(("GET /api/voices", "GET /api/emotions"), "see_voices"),
    **dict.fromkeys(("GET /healthz", "GET /readyz", "GET /audio/{name}", "GET /api/roi"), "anyone"),
    "GET /metrics": "operator",
    **dict.fromkeys(
        (
            *("POST /api/auth/signup", "POST /api/auth/verify", "POST /api/auth/verify/resend"),
            *("POST /api/auth/login", "POST /api/auth/password/forgot", "POST /api/auth/password/reset"),
            *("POST /api/auth/token", "POST /api/auth/token/refresh", "POST /api/auth/token/revoke"),
            "POST /api/invitations/accept",
        ),
        "anyone",
    ),
    **dict.fromkeys(
        (
            *("GET /api/auth/sessions", "DELETE /api/auth/sessions/{session_id}"),
            *("POST /api/auth/password/change", "POST /api/account/switch", "PATCH /api/account/user"),
            *("GET /api/auth/identities", "DELETE /api/auth/identities/{identity}"),
            "POST /api/organizations",
        ),
        "person",
    ),
    "GET /api/account": "see_account",
    "PATCH /api/account": "manage_account",
    "GET /api/account/audit": "see_audit",
    "GET /api/usage": "see_usage",
    **dict.fromkeys(("GET /api/account/export", "POST /api/account/delete"), "own"),
    **dict.fromkeys(("GET /api/account/keys", "POST /api/account/keys"), "manage_keys"),
    **dict.fromkeys(("PATCH /api/account/keys/{key_id}", "DELETE /api/account/keys/{key_id}"), "manage_keys"),
    "GET /api/account/members": "person",
    **dict.fromkeys(
        (
            *("PATCH /api/account/members/{user_id}", "DELETE /api/account/members/{user_id}"),
            *("GET /api/account/invitations", "POST /api/account/invitations"),
            "DELETE /api/account/invitations/{invitation_id}",
        ),
        "manage_members",
    ),
    **dict.fromkeys(
        (
            *("GET /api/auth/options", "GET /api/auth/oidc/{provider}/start", "GET /api/plans"),
            *("GET /api/auth/oidc/{provider}/callback", "POST /api/payments/{method}/notify"),
        ),
        "anyone",
    ),
    **dict.fromkeys(
        (
            *("GET /api/billing/quote", "GET /api/billing/orders", "POST /api/billing/orders"),
            *("GET /api/billing/orders/{order_id}", "POST /api/billing/orders/{order_id}/cancel"),
            "POST /api/billing/orders/{order_id}/refresh",
            "GET /api/billing/orders/{order_id}/receipt.pdf",
            *("GET /api/billing/subscription", "POST /api/billing/subscription/change"),
            *("POST /api/billing/subscription/cancel", "POST /api/billing/subscription/resume"),
            *("POST /api/billing/portal", "GET /api/billing/invoices", "POST /api/billing/invoices"),
            "GET /api/billing/invoices/{invoice_id}.pdf",
        ),
        "bill",
    ),
    **dict.fromkeys(
        (
            *("GET /api/admin/accounts", "GET /api/admin/accounts/{account_id}"),
            "POST /api/admin/accounts/{account_id}/suspend",
            "POST /api/admin/accounts/{account_id}/resume",
            "PUT /api/admin/accounts/{account_id}/flags",
            "POST /api/admin/accounts/{account_id}/grants",
            "GET /api/admin/orders",
            "POST /api/admin/orders/{order_id}/confirm",
            "POST /api/admin/orders/{order_id}/refunds",
            *("GET /api/admin/invoices", "POST /api/admin/invoices/{invoice_id}/fapiao"),
            *("GET /api/admin/revenue", "GET /api/admin/usage", "GET /api/admin/audit"),
            *("GET /api/admin/health", "POST /api/admin/ledger/prove"),
        ),
        "operator",
    ),
    "POST /api/auth/logout": "person",  # the last: it signs out
}
"""Method and address → what a client needs."""

VALUES: Final = {"name": "x.mp3", "model": "tts-1", "method": "manual", "provider": "none"}


def fill(path: str) -> str:
    """The address of nothing that there is."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        return VALUES.get(name, f"{name[:3]}_{'0' * 20}")

    return re.sub(r"\{(\w+)\}", value, path)


def make_credentials(site: Site) -> dict[Credential, dict[str, str]]:
    """The headers that each kind of client sends."""
    browsers = {
        role: site.person(f"{role}@example.com")
        for role in ("owner", "admin", "member", "billing", "operator")
    }
    with site.database.writing() as session:
        people = {role: find_user(session, f"{role}@example.com") for role in get_args(Role)}
        owner = people.pop("owner")
        assert owner is not None
        account = add_account(session, owner, "组织", "organization", "Asia/Shanghai", site.clock())
        for role, user in people.items():
            assert user is not None
            add_member(session, account.id, user.id, role, site.clock())
        session.execute(update(User).where(User.email == "operator@example.com").values(is_operator=True))
    for role in get_args(Role):
        answer = browsers[role].post("/api/account/switch", json={"account_id": account.id})
        assert answer.status_code == 200
    keys = {scope: make_key(browsers["owner"], scope) for scope in get_args(Scope)}
    keys |= {"expired": expire(site, make_key(browsers["owner"], "speech")), "wrong": "hs_wrong"}
    signed_in = {"email": "owner@example.com", "password": PASSWORD, "account_id": account.id}
    keys["token"] = site.browser().post("/api/auth/token", json=signed_in).json()["access_token"]
    headers: dict[str, dict[str, str]] = {"nothing": {}}
    for name, key in keys.items():
        kind = name if name == "token" else f"{name}_key"
        headers[kind] = {"Authorization": f"Bearer {key}"}
    for role, browser in browsers.items():
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        headers[role] = {"Cookie": cookies, "X-CSRF-Token": browser.cookies["huisheng_csrf"]}
    return {kind: headers[kind] for kind in get_args(Credential)}


def make_key(owner: TestClient, scope: str) -> str:
    answer = owner.post("/api/account/keys", json={"name": scope, "scopes": [scope]})
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]


def expire(site: Site, key: str) -> str:
    with site.database.writing() as session:
        past = site.clock() - timedelta(seconds=1)
        session.execute(update(ApiKey).where(ApiKey.prefix == key[:11]).values(expires_at=past))
    site.forget()
    return key


async def knock(client: httpx.AsyncClient, door: str, headers: dict[str, str]) -> int:
    """The status of a request that asks for nothing that there is."""
    method, _, path = door.partition(" ")
    body: dict[str, Any] = {} if method in {"GET", "DELETE"} else {"json": {}}
    return (await client.request(method, fill(path), headers=headers, **body)).status_code


@pytest.fixture
def site(open_site: OpenSite) -> Site:
    return open_site(guard={"trusted_proxies": ("192.0.2.1",)})


def routes(site: Site) -> set[str]:
    paths: dict[str, dict[str, Any]] = site.app.openapi()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def test_every_route_has_its_row(site: Site) -> None:
    assert routes(site) == DOORS.keys()


def test_the_description_names_the_same(site: Site) -> None:
    told = {
        f"{endpoint.method} {endpoint.path}": {requirement.need for requirement in endpoint.requirements}
        for endpoint in list_endpoints(site.app.routes)
    }

    needed = {door: set[str]() if need == "anyone" else {need} for door, need in DOORS.items()}
    leaving = {"DELETE /api/account/members/{user_id}": {"person"}}  # everybody may leave
    assert told == needed | leaving


async def test_every_route_opens_to_those_whom_the_table_names(site: Site) -> None:
    credentials = make_credentials(site)
    transport = httpx.ASGITransport(site.app, raise_app_exceptions=False, client=("192.0.2.1", 50_000))
    wrong: list[tuple[str, Credential, int]] = []
    chores = [asyncio.create_task(chore()) for chore in site.app.state.components.business.meter.chores]

    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for number, (door, need) in enumerate(DOORS.items()):
            for kind, headers in credentials.items():
                # Who guesses too often from one address has to wait.
                address = {"X-Forwarded-For": f"198.51.100.{number}"} if kind in UNKNOWN else {}
                status = await knock(client, door, headers | address)
                if not is_expected(need, kind, status):
                    wrong.append((door, kind, status))

    for chore in chores:
        chore.cancel()
    assert wrong == []


def is_expected(need: Need, kind: Credential, status: int) -> bool:
    """Whether a status tells what the table says of a kind of credential."""
    if need == "anyone" and status == 503:  # not ready
        return True
    if kind in ALLOWED[need]:
        return status < 500 and status not in {401, 403}
    if need == "anyone":
        return status < 500
    return status == (401 if kind in UNKNOWN else 403)
