"""`/`: the built page, or how to build it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx
    from tests.integration.server.conftest import Serve


TOLD = '<meta name="huisheng-accounts" content="{}" />'


@pytest.fixture
def built_files(tmp_path: Path) -> None:
    """Pages, a picture and a script."""
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    for name, title in (("index", "绘声"), ("account", "账户"), ("admin", "运营"), ("roi", "计算器")):
        (page / f"{name}.html").write_text(f"{TOLD.format('off')}<title>{title}</title>", encoding="utf-8")
    (page / "icon.svg").write_text("<svg/>", encoding="utf-8")
    (page / "assets" / "app.js").write_text("export {}", encoding="utf-8")


@pytest.fixture
def built_page(built_files: None, serve: Serve) -> httpx.Client:
    """A server with these files."""
    return serve().client


@pytest.fixture
def with_accounts(built_files: None, serve: Serve) -> httpx.Client:
    """A server with these files and accounts."""
    return serve(accounts=True).client


def test_without_a_page_there_is_a_note(silent: httpx.Client) -> None:
    assert "make setup" in silent.get("/").text


def test_the_page_is_at_the_root(built_page: httpx.Client) -> None:
    assert "绘声" in built_page.get("/").text


@pytest.mark.parametrize("path", ["/icon.svg", "/assets/app.js"])
def test_its_files_are_served(built_page: httpx.Client, path: str) -> None:
    assert built_page.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/", "/assets/app.js"])
def test_a_new_version_is_seen_at_once(built_page: httpx.Client, path: str) -> None:
    assert built_page.get(path).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/assets/..%2findex.html", "/assets/%2e%2e/%2e%2e/secret", "/assets/nothing.js"]
)
def test_nothing_else_is_served(built_page: httpx.Client, path: str) -> None:
    assert built_page.get(path).status_code == 404


def test_the_page_does_not_hide_the_methods_of_the_api(built_page: httpx.Client) -> None:
    assert built_page.get("/tts").status_code == 405


def test_a_page_is_served_without_its_suffix(built_page: httpx.Client) -> None:
    assert "计算器" in built_page.get("/roi").text
    assert built_page.get("/roi.html").status_code == 404


@pytest.mark.parametrize("path", ["/account", "/admin"])
def test_pages_of_accounts_are_there_with_accounts_alone(
    built_page: httpx.Client, with_accounts: httpx.Client, path: str
) -> None:
    assert built_page.get(path).status_code == 404
    assert with_accounts.get(path).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/roi"])
def test_a_page_is_told_whether_there_are_accounts(
    built_page: httpx.Client, with_accounts: httpx.Client, path: str
) -> None:
    assert TOLD.format("off") in built_page.get(path).text
    assert TOLD.format("on") in with_accounts.get(path).text
