"""Whatever is signed is read back; whatever is not exactly that is refused, with the reason."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.licensing.conftest import Issue, terms

from huisheng.errors import LicenseError
from huisheng.licensing.files import LARGEST
from huisheng.licensing.keys import TrustedKeys, key_id, trust
from huisheng.licensing.license import FORMAT, MOST, License, format_body, make_license, parse_body
from huisheng.licensing.signing import BEGIN, END, SIGNATURE, sign, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TRUSTED = trust(KEY.public_key())
FILE = sign(terms(KEY), KEY).encode()

days = st.dates(date(2000, 1, 1), date(2199, 12, 31))
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", fullmatch=True)
lines = st.text(min_size=1, max_size=200).filter(lambda text: text.isprintable() and text == text.strip())
counts = st.integers(1, MOST)


def grant(first: date, last: date, issued: datetime, **others: object) -> License:
    """A licence whose term has its days in order."""
    return make_license(
        format=FORMAT,
        key=key_id(KEY.public_key()),
        term_from=min(first, last),
        term_to=max(first, last),
        issued_at=issued.replace(microsecond=0, tzinfo=UTC),
        **others,
    )


licenses = st.builds(
    grant,
    first=days,
    last=days,
    issued=st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31)),
    serial=names,
    customer=lines,
    plan=names,
    seats=counts,
    nodes=counts,
    features=st.lists(names, min_size=1, max_size=64, unique=True).map(tuple),
    upkeep_until=days,
)


def sign_text(body: str) -> bytes:
    """A file in which the issuer has signed any text."""
    written = base64.b64encode(KEY.sign(body.encode())).decode()
    return f"{BEGIN}\n{body}{SIGNATURE}\n{written}\n{END}\n".encode()


def fault(content: bytes, trusted: TrustedKeys = TRUSTED) -> str:
    with pytest.raises(LicenseError) as refused:
        verify(content, trusted)
    return refused.value.fault


@given(licenses)
def test_what_is_signed_is_read_back(granted: License) -> None:
    assert verify(sign(granted, KEY).encode(), TRUSTED) == granted


@given(st.integers(0, len(FILE.rstrip()) - 1), st.integers(1, 255))
def test_any_altered_byte_is_refused(place: int, difference: int) -> None:
    altered = bytearray(FILE)
    altered[place] ^= difference

    with pytest.raises(LicenseError):
        verify(bytes(altered), TRUSTED)


@pytest.mark.parametrize("place", range(len(FILE.rstrip())))
def test_any_bit_that_turns_is_refused(place: int) -> None:
    for bit in range(8):
        altered = bytearray(FILE)
        altered[place] ^= 1 << bit
        with pytest.raises(LicenseError):
            verify(bytes(altered), TRUSTED)


@given(st.binary(max_size=2_000))
def test_any_other_file_is_refused(content: bytes) -> None:
    with pytest.raises(LicenseError):
        verify(content, TRUSTED)


@pytest.mark.parametrize(
    "travelled",
    [
        FILE.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + FILE,
        b"\r\n  " + FILE + b"\r\n\r\n",
        FILE.replace(b"\n", b"  \n"),
        FILE.rstrip(),
    ],
    ids=["ends of lines", "byte order mark", "around", "blanks", "last line"],
)
def test_a_licence_survives_mail(travelled: bytes) -> None:
    assert verify(travelled, TRUSTED) == verify(FILE, TRUSTED)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "license_unreadable"),
        (b"x" * (LARGEST + 1), "license_unreadable"),
        (FILE.replace("示例".encode(), "示例".encode("gb18030")), "license_unreadable"),
        (FILE.replace(b"\n" + SIGNATURE.encode(), b""), "license_unreadable"),
        (FILE.replace(SIGNATURE.encode(), f"{SIGNATURE}\n{SIGNATURE}".encode()), "license_unreadable"),
        (FILE.replace(END.encode(), b""), "license_unreadable"),
        (FILE + FILE, "license_unreadable"),
        (FILE.replace(b"==\n", b"=\n"), "license_unreadable"),
        (FILE.replace(b"seats = 5", b"seats = 9"), "license_altered"),
        (FILE.replace(b"format = 1", b"format = 2"), "license_version"),
    ],
)
def test_a_file_that_is_not_as_it_was_signed_says_why(content: bytes, expected: str) -> None:
    assert fault(content) == expected


def test_bits_that_base64_leaves_open_are_refused() -> None:
    """The last character before the padding has four bits that no byte is made of."""
    found = re.search(rb"(.)==\n", FILE)
    assert found
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = alphabet[alphabet.index(found[1]) ^ 1 : (alphabet.index(found[1]) ^ 1) + 1]

    assert fault(FILE.replace(found[0], other + b"==\n")) == "license_unreadable"


def test_a_licence_of_another_issuer_is_refused_by_the_name_of_its_key(stranger: Ed25519PrivateKey) -> None:
    foreign = sign(terms(stranger), stranger).encode()

    with pytest.raises(LicenseError, match=key_id(stranger.public_key())) as refused:
        verify(foreign, TRUSTED)
    assert refused.value.fault == "license_unknown_key"


def test_a_foreign_licence_that_names_our_key_is_refused(stranger: Ed25519PrivateKey) -> None:
    assert fault(sign(terms(KEY), stranger).encode()) == "license_altered"


def test_without_a_key_nothing_is_verified(issue: Issue) -> None:
    assert fault(issue(), TrustedKeys()) == "license_unknown_key"


BODY = format_body(terms(KEY))


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace("seats = 5", 'seats = "5"'),
        BODY.replace("seats = 5", "seats = 5.0"),
        BODY.replace("seats = 5", "seats = true"),
        BODY.replace("seats = 5", "seats = 0"),
        BODY.replace("seats = 5", f"seats = {10**30}"),
        BODY.replace("seats = 5\n", ""),
        BODY + "seats = 6\n",
        BODY + "discount = 1\n",
        BODY + "[term]\nfrom = 1\n",
        BODY.replace("seats = 5", f"seats = {'[' * 5_000}"),
        BODY.replace("term_to = 2026-12-31", "term_to = 2025-12-31"),
        BODY.replace("term_to = 2026-12-31", "term_to = 2026-12-31T00:00:00Z"),
        BODY.replace("term_to = 2026-12-31", 'term_to = "2026-12-31"'),
        BODY.replace("term_to = 2026-12-31", "term_to = 9999-12-31"),
        BODY.replace("08:00:00Z", "08:00:00"),
        BODY.replace("08:00:00Z", "08:00:00+08:00"),
        BODY.replace('"accounts", "payments"', '"accounts", "accounts"'),
        BODY.replace('"accounts", "payments"', ""),
        BODY.replace('"accounts", "payments"', '"accounts", 1'),
        BODY.replace("示例公司", "示例\\n公司"),
        BODY.replace("示例公司", "示" * 201),
        BODY.replace("format = 1\n", ""),
    ],
)
def test_what_no_licence_can_say_is_refused_though_it_is_signed(body: str) -> None:
    assert body != BODY
    assert fault(sign_text(body)) == "license_invalid"


def test_a_body_may_be_any_toml_that_says_the_same() -> None:
    assert parse_body(f"# by hand\n{BODY}".encode()) == terms(KEY)


def test_a_term_lasts_while_its_days_are_anywhere() -> None:
    granted = terms(KEY)

    assert granted.begins == datetime(2025, 12, 31, 10, tzinfo=UTC)
    assert granted.ends == datetime(2027, 1, 1, 12, tzinfo=UTC)
    assert granted.stops - granted.ends == timedelta(days=30)
