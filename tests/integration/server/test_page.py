"""`/`: the built page, or how to build it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx
    from tests.integration.server.conftest import Serve


@pytest.fixture
def built_page(serve: Serve, tmp_path: Path) -> httpx.Client:
    """A server with a page of three files."""
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<title>绘声</title>", encoding="utf-8")
    (page / "icon.svg").write_text("<svg/>", encoding="utf-8")
    (page / "assets" / "app.js").write_text("export {}", encoding="utf-8")
    return serve().client


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
