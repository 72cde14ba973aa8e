"""Every kind of client that there is, of one server: what it sends, and what it may do."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, get_args

import httpx
from sqlalchemy import update
from sqlalchemy.orm import Session
from tests.integration.accounts.paying import UNLIMITED, paid_server
from tests.integration.server.conftest import Running, wait_until_ready
from tests.unit.server.accounts.conftest import PASSWORD

from huisheng.server.accounts.access_tokens import LIFETIME, AccessClaims
from huisheng.server.accounts.api_keys import make_key
from huisheng.server.accounts.browser_sessions import Visitor, open_session
from huisheng.server.accounts.key_management import NewKey, create_key
from huisheng.server.accounts.models import Account, ApiKey, Invitation, RefreshToken, User
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.people import add_account, add_member, add_user, own_account
from huisheng.server.accounts.repository import find_user
from huisheng.server.accounts.tokens import hash_token, new_token
from huisheng.server.contract import Endpoint
from huisheng.server.database.ids import new_id
from huisheng.server.guard.client import SCOPES, Client, Role, Scope
from huisheng.server.permissions import BARRED, ROLE_SCOPES, meets
from huisheng.server.usage.grants import NewGrant, give
from huisheng.text.frontend import Frontend

SETTINGS_KEY: Final = "0123456789abcdefghij"
"""A key of `HUISHENG_API_KEYS`."""
GUARD: Final = {"api_keys": (SETTINGS_KEY,), "trusted_proxies": ("127.0.0.1",)}
"""Settings of a server for these callers: a proxy in front of it tells their addresses."""
ELSEWHERE: Final = "203.0.113.0/24"
_HOME: Final = Visitor("192.0.2.1")
_UNITS: Final = 1_000_000

ENDED: Final = frozenset({"unauthorized", "session_ended", "credential_expired"})
"""Codes for whoever is not known, or not any more."""
DENIED: Final = ENDED | {
    "csrf_refused",
    "not_permitted",
    "not_operator",
    "account_suspended",
    "key_address_refused",
}
"""Codes with which a door is shut."""


INNER: Final = {
    ("POST", "/api/auth/token/refresh"): {"session_ended"},
    ("POST", "/api/invitations/accept"): {"unauthorized"},
    ("DELETE", "/api/account/members/{user_id}"): {"not_permitted"},
    ("PATCH", "/api/account/members/{user_id}"): {"not_permitted"},
    ("POST", "/api/account/invitations"): {"not_permitted"},
    ("POST", "/api/account/keys"): {"not_permitted"},
    ("POST", "/api/account/switch"): {"not_permitted"},
}
"""Doors behind which somebody may be refused for what they ask: a token that is over, a role that only owners
give, a scope that they do not have themselves, another account for an app.
"""

UNREAD: Final = {
    *("malformed_body", "unsupported_media_type", "body_too_large", "malformed_fields"),
    *("invalid_idempotency_key", "repeated_field", "field_in_address"),
}
"""What cannot be read is refused before it is known what its sender may do."""


@dataclass(frozen=True)
class ClientKind:
    """A kind of client.

    Attributes:
        headers: with which it shows who it is.
        client: who it is; None for somebody who is not known.
        refused: the code with which every guarded door is shut to it; empty for none.
        lacks_proof: whether it cannot prove that our page sends its requests.
        is_over_limit: whether nothing is spoken for it any more.
    """

    headers: Mapping[str, str]
    client: Client | None = None
    refused: str = ""
    lacks_proof: bool = False
    is_over_limit: bool = False

    def shut(self, endpoint: Endpoint) -> str:
        """The code with which an endpoint is shut to it; empty for an open door.

        It is derived from the tables of permissions, not from what endpoints do.
        """
        if endpoint.access.is_public:
            return ""
        lacks_proof = self.lacks_proof and endpoint.is_unsafe
        refused = "csrf_refused" if lacks_proof else self.refused
        if refused and endpoint.access.is_anonymous:
            return refused if refused == "key_address_refused" else ""
        if refused:
            return refused
        return next(filter(None, (self._shut_by(each) for each in endpoint.requirements)), "")

    def _shut_by(self, requirement: Any) -> str:  # noqa: ANN401 (a `Requirement`)
        client = self.client
        assert client is not None
        if not meets(client, requirement.need) or (requirement.of_account and not client.account_id):
            return "not_permitted"
        return "account_suspended" if client.is_suspended and requirement.need in BARRED else ""


@dataclass
class World:
    """A server with people.

    Attributes:
        running: the server.
        callers: by name.
        ids: of things of the organization, by the names that addresses and bodies have for them.
    """

    running: Running
    callers: dict[str, ClientKind] = field(default_factory=dict[str, ClientKind])
    ids: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def parts(self) -> AccountParts:
        return self.running.app.state.components.business.accounts

    @contextmanager
    def writing(self) -> Generator[Session]:
        with self.parts.database.writing() as session:
            yield session

    def send(self, caller: ClientKind, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        return self.running.client.request(method, path, headers=dict(caller.headers), **options)


@contextmanager
def open_world(home: Path, database_address: str, frontend: Frontend) -> Generator[World]:
    """A server that says silence, where transfers can be paid with."""
    payment = {"payments": "manual", "manual_instructions": "汇款"}
    server = paid_server(home, database_address, frontend, guard=GUARD, text_limit=200, payment=payment)
    with server as running:
        wait_until_ready(running.client)
        yield populate(running)


def is_expected(endpoint: Endpoint, caller: ClientKind, status: int, code: str) -> bool:
    """Whether a door was shut as the tables say, or open; nothing is spoken beyond a limit."""
    if shut := caller.shut(endpoint):
        return code == shut or code in UNREAD
    inner = INNER.get((endpoint.method, endpoint.path), set[str]())
    is_over = caller.is_over_limit and endpoint.is_charged and status < 400
    return not is_over and code not in DENIED - inner


def populate(running: Running) -> World:
    """An organization with its people and keys, its neighbours, and whoever is nobody."""
    world = World(running)
    world.callers |= _nobody()
    with world.writing() as session:
        world.callers |= _organization(session, world)
        world.callers |= _neighbours(session, world.parts)
    world.callers |= _keys_of_no_use(world)
    _add_things(world)
    world.send(world.callers["key over its limit"], "POST", "/api/tts", json={"text": "你好。"})
    world.parts.forget_identities()
    return world


def _nobody() -> dict[str, ClientKind]:
    def bearer(value: str) -> ClientKind:
        return ClientKind({"Authorization": f"Bearer {value}"}, refused="unauthorized")

    ended = ClientKind({"Cookie": "huisheng_session=of-nobody"}, refused="session_ended")
    return {
        "nobody": ClientKind({}, refused="unauthorized"),
        "malformed key": bearer("hs_ is no key"),
        "another scheme": ClientKind({"Authorization": "Basic aHM6aHM="}, refused="unauthorized"),
        "unknown key": bearer(make_key()),
        "forged token": replace(bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9."), refused="session_ended"),
        "unknown session": ended,
    }


def _organization(session: Session, world: World) -> dict[str, ClientKind]:
    """The organization's people in browsers, in apps, and its programs."""
    now, parts = _now(), world.parts
    people = {role: _person(session, parts, f"{role}@example.com") for role in get_args(Role)}
    account = add_account(session, people["owner"], "组织", "organization", "Asia/Shanghai", now)
    for role in get_args(Role):
        if role != "owner":
            add_member(session, account.id, people[role].id, role, now)
    world.ids |= {"account_id": account.id, "user_id": people["member"].id}
    _enrich(session, account)
    callers = {role: _browser(session, parts, people[role], account, role) for role in get_args(Role)}
    owner = callers["owner"]
    assert owner.client is not None
    cookie = {"Cookie": _browser(session, parts, people["owner"], account, "owner").headers["Cookie"]}
    foreign = {**cookie, "X-CSRF-Token": callers["admin"].headers["X-CSRF-Token"]}
    return {
        **callers,
        "owner without proof": replace(owner, headers=cookie, lacks_proof=True),
        "owner with another's proof": replace(owner, headers=foreign, lacks_proof=True),
        **_apps(session, parts, people["owner"], account),
        **{
            f"{scope} key": _program(session, parts, owner.client, scopes=(scope,))
            for scope in get_args(Scope)
        },
        "key from elsewhere": replace(
            _program(session, parts, owner.client, addresses=(ELSEWHERE,)), refused="key_address_refused"
        ),
        "key over its limit": replace(
            _program(session, parts, owner.client, rate="1/day"), is_over_limit=True
        ),
    }


def _apps(session: Session, parts: AccountParts, owner: User, account: Account) -> dict[str, ClientKind]:
    """The owner's apps: one that is signed in, one whose token is over, one that is signed out, and one that
    takes the wrong token.
    """
    now = _now()

    def token(family: str, issued_at: datetime, revoked_at: datetime | None = None) -> str:
        session.add(
            RefreshToken(
                family=family,
                token_hash=family,
                user_id=owner.id,
                account_id=account.id,
                credential_epoch=owner.credential_epoch,
                created_at=issued_at,
                used_at=None,
                expires_at=now + timedelta(days=30),
                revoked_at=revoked_at,
            )
        )
        session.flush()
        claims = AccessClaims(owner.id, account.id, owner.credential_epoch, family, issued_at + LIFETIME)
        return parts.tokens.issue(claims, issued_at)

    client = Client(
        account_id=account.id, user_id=owner.id, via="token", role="owner", scopes=ROLE_SCOPES["owner"]
    )
    ended = "session_ended"
    return {
        "app": ClientKind(_bearer(token("fam_app", now)), client),
        "app whose token is over": ClientKind(_bearer(token("fam_over", now - 2 * LIFETIME)), refused=ended),
        "app that is signed out": ClientKind(_bearer(token("fam_out", now, revoked_at=now)), refused=ended),
    }


def _neighbours(session: Session, parts: AccountParts) -> dict[str, ClientKind]:
    """Others: the owner of another organization, somebody who is suspended, who is gone, and the operator."""
    now = _now()
    stranger = _person(session, parts, "stranger@example.com")
    theirs = add_account(session, stranger, "另一个组织", "organization", "Asia/Shanghai", now)
    suspended = _person(session, parts, "suspended@example.com")
    held = own_account(session, suspended.id)
    gone = _person(session, parts, "gone@example.com")
    erased = own_account(session, gone.id)
    operator = _person(session, parts, "operator@example.com")
    operator.is_operator = True
    for account in (theirs, held, own_account(session, operator.id)):
        _enrich(session, account)
    callers = {
        "stranger": _browser(session, parts, stranger, theirs, "owner"),
        "suspended owner": _browser(session, parts, suspended, held, "owner"),
        "deleted owner": _browser(session, parts, gone, erased, "owner"),
        "operator": _browser(session, parts, operator, own_account(session, operator.id), "owner"),
        "settings key": ClientKind(_bearer(SETTINGS_KEY), Client(is_operator=True, scopes=SCOPES)),
    }
    for name in ("suspended", "deleted"):
        client = callers[f"{name} owner"].client
        assert client is not None
        callers[f"{name} key"] = _program(session, parts, client, scopes=get_args(Scope))
    held.suspended_at, held.suspension_reason = now, "试验"
    erased.erased_at = gone.erased_at = now
    for name in ("suspended owner", "suspended key"):
        client = callers[name].client
        assert client is not None
        callers[name] = replace(callers[name], client=replace(client, suspended_by="operator"))
    callers["deleted owner"] = replace(callers["deleted owner"], refused="session_ended")
    callers["deleted key"] = replace(callers["deleted key"], refused="credential_expired")
    return callers


def _keys_of_no_use(world: World) -> dict[str, ClientKind]:
    """The organization's keys that are over, and an app's refresh token where a key belongs."""
    now, parts = _now(), world.parts
    owner = world.callers["owner"].client
    assert owner is not None
    with world.writing() as session:
        over = _program(session, parts, owner, expires_at=now + timedelta(days=1))
        revoked = _program(session, parts, owner)
        for caller, change in ((over, {"expires_at": now}), (revoked, {"revoked_at": now})):
            assert caller.client is not None
            session.execute(update(ApiKey).where(ApiKey.id == caller.client.key_id).values(change))
    signed_in = {"email": "member@example.com", "password": PASSWORD}
    pair = world.running.client.post("/api/auth/token", json=signed_in).json()
    return {
        "expired key": replace(over, refused="credential_expired"),
        "revoked key": replace(revoked, refused="credential_expired"),
        "app with its refresh token": ClientKind(_bearer(pair["refresh_token"]), refused="unauthorized"),
    }


def _add_things(world: World) -> None:
    """Things of the organization, which nobody else may see or touch."""
    owner = world.callers["owner"]
    made = {
        "key_id": world.send(owner, "POST", "/api/account/keys", json={"name": "工作"}),
        "order_id": world.send(
            owner, "POST", "/api/billing/orders", json={"product": "pack-1000", "method": "manual"}
        ),
    }
    for name, answer in made.items():
        assert answer.status_code == 201, answer.text
        world.ids[name] = answer.json()["id"]
    assert owner.client is not None
    now = _now()
    invitation = Invitation(
        id=new_id("inv"),
        account_id=owner.client.account_id,
        email="new@example.com",
        role="member",
        token_hash=hash_token(new_token()),
        invited_by=owner.client.user_id,
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    world.ids["invitation_id"] = invitation.id
    with world.writing() as session:
        session.add(invitation)
    sessions = world.send(owner, "GET", "/api/auth/sessions").json()["items"]
    world.ids["session_id"] = sessions[0]["id"]


def _person(session: Session, parts: AccountParts, email: str) -> User:
    known = find_user(session, email)
    return known or add_user(
        session, email, _now(), password_hash=parts.passwords.hash_now(PASSWORD), is_verified=True
    )


def _browser(session: Session, parts: AccountParts, user: User, account: Account, role: Role) -> ClientKind:
    token = open_session(session, user, account.id, _HOME, parts.settings, _now())
    headers = {"Cookie": f"huisheng_session={token}", "X-CSRF-Token": parts.csrf.token(token)}
    client = Client(
        account_id=account.id,
        user_id=user.id,
        via="session",
        role=role,
        scopes=ROLE_SCOPES[role],
        is_operator=user.is_operator,
    )
    return ClientKind(headers, client)


def _program(session: Session, parts: AccountParts, owner: Client, **asked: Any) -> ClientKind:  # noqa: ANN401
    """A program with a key of an account, made by its owner."""
    new = replace(NewKey("程序", ("speech",), None, (), "", 0), **asked)
    row, key = create_key(session, owner, new, _now())
    client = Client(
        key_id=row.id,
        account_id=owner.account_id,
        via="key",
        scopes=frozenset(row.scopes),  # type: ignore[arg-type]
    )
    return ClientKind(_bearer(key), client)


def _enrich(session: Session, account: Account) -> None:
    """Give an account more than any test speaks."""
    now = _now()
    begin, ends = now - timedelta(hours=1), now + timedelta(days=1)
    key = f"gift:{account.id}"
    gift = NewGrant(account.id, "calls", _UNITS, "gift", key, begin, ends, limits=UNLIMITED)
    give(session, gift, now)


def _bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


def _now() -> datetime:
    return datetime.now(UTC)
