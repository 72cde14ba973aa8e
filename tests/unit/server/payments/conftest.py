"""Keys are slow to make: one for all."""

from __future__ import annotations

import pytest
from tools.peers.payments.keys import make_key, private_pem


@pytest.fixture(scope="session")
def merchant_key() -> str:
    """A private key, PEM."""
    return private_pem(make_key())
