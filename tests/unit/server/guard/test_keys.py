"""Keys in headers."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import Unauthorized
from huisheng.server.guard.keys import Credentials, Keys, OpenAccess, identify, read_key

KEY, OTHER = "correct-horse-battery", "staple-staple-staple"
KEYS = Keys([OTHER, KEY])


def credentials(headers: Headers) -> Credentials:
    return Credentials(headers, "192.0.2.1", "POST", is_secure=False)


@pytest.mark.parametrize("value", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER   {KEY} "])
async def test_a_known_key_is_named_by_its_digest(value: str) -> None:
    client = await identify(credentials(Headers({"Authorization": value})), [KEYS])

    assert client == Client("192.0.2.1", hashlib.sha256(KEY.encode()).hexdigest()[:8])


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Basic YTpi"}]
)
async def test_without_a_key_one_is_asked_for(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized) as refusal:
        await identify(credentials(Headers(headers)), [KEYS])

    assert refusal.value.challenge == "Bearer"


@pytest.mark.parametrize(
    "key", [KEY[:-1], KEY + "x", KEY.upper(), f"{KEY} {OTHER}", f"{OTHER},{KEY}", "密钥"]
)
async def test_a_wrong_key_is_called_wrong(key: str) -> None:
    raw = [(b"authorization", f"Bearer {key}".encode())]

    with pytest.raises(Unauthorized) as refusal:
        await identify(credentials(Headers(raw=raw)), [KEYS])

    assert refusal.value.challenge == 'Bearer error="invalid_token"'


async def test_the_first_authenticator_that_knows_a_client_counts() -> None:
    client = await identify(credentials(Headers()), [KEYS, OpenAccess()])

    assert client == Client("192.0.2.1")


async def test_where_there_are_accounts_a_key_of_the_settings_is_the_operators() -> None:
    keys = Keys([KEY], is_operator=True)

    client = await identify(credentials(Headers({"Authorization": f"Bearer {KEY}"})), [keys])

    assert client.is_operator
    assert not client.account_id


@given(value=st.binary())
def test_any_header_is_read(value: bytes) -> None:
    read_key(Headers(raw=[(b"authorization", value)]))
