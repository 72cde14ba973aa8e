"""Pauses between two attempts are as long as they are for real peers."""

from __future__ import annotations

import pytest

from huisheng.server.payments import http


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are repeated at once."""
    monkeypatch.setattr(http, "_PAUSES", (0.0, 0.0))
