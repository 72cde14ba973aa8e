"""A server that sells, paid by transfer."""

from __future__ import annotations

from tests.unit.server.accounts.conftest import clock, open_site, site, site_address

__all__ = ["clock", "open_site", "site", "site_address"]
