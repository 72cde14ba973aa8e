"""Issuers, licences, and installations that trust them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huisheng.licensing.installation import Installation
from huisheng.licensing.keys import key_id, public_pem
from huisheng.licensing.license import FORMAT, License, make_license
from huisheng.licensing.signing import sign

ISSUED = datetime(2026, 1, 1, 8, tzinfo=UTC)
"""When licences of the tests are issued; their term is the year 2026."""

Issue = Callable[..., bytes]


def terms(key: Ed25519PrivateKey, **others: object) -> License:
    """A licence for the year 2026, all else as said."""
    return make_license(
        **{
            "format": FORMAT,
            "key": key_id(key.public_key()),
            "serial": "HS-1",
            "customer": "示例公司",
            "plan": "enterprise",
            "seats": 5,
            "nodes": 2,
            "features": ("accounts", "payments"),
            "term_from": date(2026, 1, 1),
            "term_to": date(2026, 12, 31),
            "upkeep_until": date(2026, 12, 31),
            "issued_at": ISSUED,
        }
        | others
    )


@pytest.fixture(scope="session")
def issuer() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="session")
def stranger() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def issue(issuer: Ed25519PrivateKey) -> Issue:
    """Files of licences: `issue(seats=3)`."""

    def make(**others: object) -> bytes:
        return sign(terms(issuer, **others), issuer).encode()

    return make


@pytest.fixture
def key_file(tmp_path: Path, issuer: Ed25519PrivateKey) -> Path:
    """The issuer's public key."""
    path = tmp_path / "issuer.pub"
    path.write_bytes(public_pem(issuer.public_key()))
    return path


@pytest.fixture
def distribution(tmp_path: Path, issuer: Ed25519PrivateKey) -> Installation:
    """An installation of a distribution that ships the issuer's key, and so asks for a licence."""
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "issuer.pub").write_bytes(public_pem(issuer.public_key()))
    return Installation.at(tmp_path / "home", shipped)


@pytest.fixture
def open_installation(tmp_path: Path) -> Installation:
    """An installation of our own distribution, which ships no key."""
    return Installation.at(tmp_path / "home", tmp_path / "nothing")
