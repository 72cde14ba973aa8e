"""Pages that are built, and the note in the place of those that are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from huisheng.server import pages


def client(folder: Path, *, accounts: bool) -> TestClient:
    app = FastAPI()
    pages.install(app, folder, accounts=accounts)
    return TestClient(app)


@pytest.mark.parametrize("built", [(), ("index.html",)])
def test_pages_of_accounts_that_are_not_built_say_so(tmp_path: Path, built: tuple[str, ...]) -> None:
    for name in built:
        (tmp_path / name).write_text("page", encoding="utf-8")

    for address in ("/account", "/admin"):
        assert "make setup" in client(tmp_path, accounts=True).get(address).text
        assert address in pages.addresses(tmp_path, accounts=True)


def test_without_accounts_their_pages_are_no_addresses(tmp_path: Path) -> None:
    assert client(tmp_path, accounts=False).get("/account").status_code == 404
    assert pages.addresses(tmp_path, accounts=False) == {"/"}
