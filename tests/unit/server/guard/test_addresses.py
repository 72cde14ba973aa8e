"""The client behind the proxies."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Scope

from huisheng.server.guard.addresses import Proxies, parse_address, subscriber

PROXIES = Proxies((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))


def scope(peer: str | None, *forwarded: str, proto: str = "", kind: str = "http") -> Scope:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    if proto:
        headers.append((b"x-forwarded-proto", proto.encode()))
    client = (peer, 1) if peer else None
    scheme = "http" if kind == "http" else "ws"
    return {"type": kind, "client": client, "headers": headers, "scheme": scheme}


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1:443 ", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", "None"),
        ("192.0.2.256", "None"),
        ("[", "None"),
        ("", "None"),
    ],
)
def test_an_address_is_read_as_proxies_write_it(written: str, address: str) -> None:
    assert str(parse_address(written)) == address


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.1, 192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.1", "192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["192.0.2.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["192.0.2.1, unknown"], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["192.0.2.1"], "192.0.2.1"),  # a socket for IPv4 and IPv6
        ("10.0.0.1", ["192.0.2.1, ::ffff:10.0.0.5"], "192.0.2.1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
        (None, ["192.0.2.1"], "None"),
        ("", ["192.0.2.1"], "None"),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_proxy(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert str(PROXIES.resolve(scope(peer, *forwarded)).address) == client


@given(written=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n")))
def test_what_a_client_writes_before_the_proxys_word_changes_nothing(written: str) -> None:
    assert str(PROXIES.resolve(scope("10.0.0.1", written, "192.0.2.1")).address) == "192.0.2.1"


@given(written=st.text(st.characters(max_codepoint=255)))
def test_any_word_of_a_proxy_is_read(written: str) -> None:
    PROXIES.resolve(scope("10.0.0.1", written))


@pytest.mark.parametrize(
    ("peer", "kind", "proto", "scheme"),
    [
        ("10.0.0.1", "http", "https", "https"),
        ("10.0.0.1", "websocket", "https", "wss"),
        ("10.0.0.1", "http", "gopher", "http"),
        ("192.0.2.1", "http", "https", "http"),
    ],
)
def test_the_scheme_is_a_trusted_proxys_word(peer: str, kind: str, proto: str, scheme: str) -> None:
    assert PROXIES.resolve(scope(peer, proto=proto, kind=kind)).scheme == scheme


@pytest.mark.parametrize(
    ("address", "counted"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("", "")],
)
def test_a_limit_counts_a_whole_ipv6_network_as_one(address: str, counted: str) -> None:
    assert subscriber(address) == counted
