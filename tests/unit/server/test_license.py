"""What becomes of clients when the licence of a server is over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.datastructures import Headers

from huisheng.licensing.installation import Installation
from huisheng.licensing.keys import key_id, public_pem
from huisheng.licensing.license import FORMAT, make_license
from huisheng.licensing.monitor import LicenseMonitor
from huisheng.licensing.signing import sign
from huisheng.server.business import open_business
from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import LicenseSuspended
from huisheng.server.guard.keys import Credentials, Keys
from huisheng.server.license import LicensedAuthenticator
from huisheng.server.permissions import require
from huisheng.server.settings import Settings

KEY = "0123456789abcdef"
IN_TERM = datetime(2026, 6, 1, tzinfo=UTC)
IN_GRACE = datetime(2027, 1, 15, tzinfo=UTC)
AFTER = datetime(2027, 3, 1, tzinfo=UTC)


def install_license(folder: Path, feature: str) -> Installation:
    """An installation of a distribution that asks for a licence, with one for the year 2026."""
    issuer = Ed25519PrivateKey.generate()
    installation = Installation.at(folder / "home", folder)
    (folder / "issuer.pub").write_bytes(public_pem(issuer.public_key()))
    granted = make_license(
        format=FORMAT,
        key=key_id(issuer.public_key()),
        serial="HS-1",
        customer="示例公司",
        plan="enterprise",
        seats=1,
        nodes=1,
        features=(feature,),
        term_from=date(2026, 1, 1),
        term_to=date(2026, 12, 31),
        upkeep_until=date(2026, 12, 31),
        issued_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    installation.install(sign(granted, issuer).encode(), IN_TERM)
    return installation


async def client_at(
    now: datetime, installation: Installation, key: str = KEY, *, is_operator: bool = False
) -> Client | None:
    """Whom a server that has run since the term takes for the sender of a request."""
    monitor = LicenseMonitor(installation, IN_TERM)
    authenticator = LicensedAuthenticator(Keys([KEY], is_operator=is_operator), monitor, lambda: now)
    headers = Headers({"authorization": f"Bearer {key}"})
    return await authenticator.authenticate(Credentials(headers, "192.0.2.1", "POST", is_secure=True))


@pytest.mark.parametrize(("now", "suspended"), [(IN_TERM, False), (IN_GRACE, False), (AFTER, True)])
async def test_nobody_is_suspended_before_the_grace_is_over(
    tmp_path: Path, now: datetime, suspended: bool
) -> None:
    client = await client_at(now, install_license(tmp_path, "accounts"))

    assert client
    assert client.is_suspended == suspended


async def test_a_licence_without_accounts_allows_none(tmp_path: Path) -> None:
    client = await client_at(IN_TERM, install_license(tmp_path, "something"))

    assert client
    with pytest.raises(LicenseSuspended):
        require(client, "speak")
    require(client, "see_usage")


async def test_the_operator_goes_on_as_one_user(tmp_path: Path) -> None:
    client = await client_at(AFTER, install_license(tmp_path, "accounts"), is_operator=True)

    assert client
    assert not client.is_suspended


async def test_a_stranger_stays_one(tmp_path: Path) -> None:
    assert await client_at(AFTER, install_license(tmp_path, "accounts"), "another") is None


@pytest.mark.slow
def test_a_server_of_our_distribution_asks_for_no_licence(tmp_path: Path) -> None:
    business = open_business(Settings(home=tmp_path, accounts=True))
    try:
        status = business.license.status
        assert (status.state, status.allows("accounts", AFTER)) == ("none", True)
        assert not (tmp_path / "license").exists()
    finally:
        business.close()
