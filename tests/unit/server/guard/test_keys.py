"""Keys in headers."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from huisheng.server.guard.errors import Unauthorized
from huisheng.server.guard.keys import Keys, read_key

KEY, OTHER = "correct-horse-battery", "staple-staple-staple"
KEYS = Keys([OTHER, KEY])


@pytest.mark.parametrize("value", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER   {KEY} "])
def test_a_known_key_is_named_by_its_digest(value: str) -> None:
    assert KEYS.identify(Headers({"Authorization": value})) == hashlib.sha256(KEY.encode()).hexdigest()[:8]


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Basic YTpi"}]
)
def test_without_a_key_one_is_asked_for(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized) as refusal:
        KEYS.identify(Headers(headers))

    assert refusal.value.challenge == "Bearer"


@pytest.mark.parametrize(
    "key", [KEY[:-1], KEY + "x", KEY.upper(), f"{KEY} {OTHER}", f"{OTHER},{KEY}", "密钥"]
)
def test_a_wrong_key_is_called_wrong(key: str) -> None:
    raw = [(b"authorization", f"Bearer {key}".encode())]

    with pytest.raises(Unauthorized) as refusal:
        KEYS.identify(Headers(raw=raw))

    assert refusal.value.challenge == 'Bearer error="invalid_token"'


@given(value=st.binary())
def test_any_header_is_read(value: bytes) -> None:
    read_key(Headers(raw=[(b"authorization", value)]))
