"""Host, Origin and Sec-Fetch-Site."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from huisheng.server.guard.addresses import Hosts, Origins, is_loopback, parse_authority, requesting_origin

LOOPBACK = ("localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:80", "127.1.2.3", "[::1]", "[::1]:8000")
OTHER_ADDRESSES = ("192.168.1.5:8000", "[2001:db8::1]:80", "0.0.0.0:80")
UNREGISTRABLE = ("tts", "tts:8000", "tts.local", "tts.lan", "a.internal", "a.home.arpa", "a.localhost")
FOREIGN = ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example")
NO_HOST = ("", " ", "a b", "http://a", "a/b", "a@b", "[::1", "::1", "a:b", "a:", "名字", "a,b", "[zz]")


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("named", [(), ("tts.example.com",)])
@pytest.mark.parametrize("listening", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 (not listened on)
def test_names_of_this_machine_are_always_known(host: str, named: tuple[str, ...], listening: str) -> None:
    assert Hosts(named, listening).knows(host)


@pytest.mark.parametrize("listening", ["127.0.0.1", "::1", "localhost"])
@pytest.mark.parametrize("host", [*OTHER_ADDRESSES, *UNREGISTRABLE, *FOREIGN])
def test_a_server_on_loopback_knows_no_other_name(host: str, listening: str) -> None:
    assert not Hosts((), listening).knows(host)


@pytest.mark.parametrize("listening", ["0.0.0.0", "::", "192.168.1.5"])  # noqa: S104 (not listened on)
@pytest.mark.parametrize("host", [*OTHER_ADDRESSES, *UNREGISTRABLE])
def test_a_server_on_a_network_knows_addresses_and_names_that_cannot_be_registered(
    host: str, listening: str
) -> None:
    assert Hosts((), listening).knows(host)


@pytest.mark.parametrize("host", FOREIGN)
def test_a_server_on_a_network_knows_no_name_that_can_be_registered(host: str) -> None:
    assert not Hosts((), "0.0.0.0").knows(host)  # noqa: S104 (not listened on)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("tts.example.com", True),
        ("TTS.Example.com.:443", True),
        ("192.168.1.5", True),
        ("example.com", False),
        ("a.tts.example.com", False),
        ("tts", False),
        ("tts.local", False),
    ],
)
@pytest.mark.parametrize("listening", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 (not listened on)
def test_names_of_the_operator_are_known_and_no_others(host: str, known: bool, listening: str) -> None:
    assert Hosts(("tts.example.com",), listening).knows(host) == known


def test_a_host_longer_than_any_name_is_not_looked_at() -> None:
    parse_authority.cache_clear()

    known = Hosts((), "0.0.0.0").knows(f"{'a' * 300}.local")  # noqa: S104 (not listened on)

    assert (known, parse_authority.cache_info().currsize) == (False, 0)


@pytest.mark.parametrize("written", NO_HOST)
def test_what_is_no_host_is_not_known(written: str) -> None:
    assert not Hosts((), "0.0.0.0").knows(written)  # noqa: S104 (not listened on)


@given(written=st.text())
def test_any_host_is_read_or_refused(written: str) -> None:
    found = parse_authority(written)

    assert found is None or found.host in written.lower()


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("192.168.1.5", False),
        ("::", False),
    ],
)
def test_only_loopback_addresses_are_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) == loopback


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("http://LOCALHOST:8000", "localhost:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://tts.example.com", "tts.example.com"),
        ("https://tts.example.com", "tts.example.com:443"),
        ("http://tts.example.com:80", "tts.example.com"),
    ],
)
def test_our_own_page_may_ask(origin: str, host: str) -> None:
    assert Origins(()).allows(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:9000",
        "http://localhost",
        "http://localhost:8000.evil.example",
        "http://localhost:8000@evil.example",
        "http://127.0.0.1:8000",
        "null",
        "",
        "localhost:8000",
        "file://",
    ],
)
def test_a_page_of_another_site_may_not_ask(origin: str) -> None:
    assert not Origins(()).allows(origin, "localhost:8000")


def test_a_page_that_is_listed_may_ask() -> None:
    assert Origins(("https://Example.com",)).allows("https://example.com", "localhost")


@pytest.mark.parametrize(("listed", "allowed"), [("*", False), ("null", True)])
def test_a_page_without_an_origin_may_ask_only_where_that_is_listed(listed: str, allowed: bool) -> None:
    assert Origins((listed,)).allows("null", "localhost") == allowed


def test_every_page_with_an_origin_may_ask_where_all_are_listed() -> None:
    assert Origins(("*",)).allows("https://anywhere.example", "localhost")


@pytest.mark.parametrize(
    ("told", "origin"),
    [
        ({}, None),
        ({"sec-fetch-site": "none"}, None),
        ({"sec-fetch-site": "same-origin", "referer": "http://localhost:8000/"}, None),
        ({"referer": "https://elsewhere.example/"}, None),
        ({"origin": "https://a.example", "sec-fetch-site": "cross-site"}, "https://a.example"),
        ({"sec-fetch-site": "cross-site", "referer": "https://a.example/page?q"}, "https://a.example"),
        ({"sec-fetch-site": "same-site", "referer": "http://localhost:3000/"}, "http://localhost:3000"),
        ({"sec-fetch-site": "cross-site"}, "null"),
        ({"sec-fetch-site": "cross-site", "referer": "nonsense"}, "null"),
    ],
)
def test_the_page_that_asks_is_known_by_what_its_browser_says(
    told: dict[str, str], origin: str | None
) -> None:
    assert requesting_origin(Headers(told)) == origin
