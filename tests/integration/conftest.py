"""The browser that the tests of pages share."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.conftest import CHROMIUM


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for one module: no asynchronous test can run while its event loop does."""
    with launch_chromium() as browser:
        yield browser


@contextmanager
def launch_chromium(*switches: str) -> Generator[Browser]:
    """Chromium with these switches beside those of all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", *switches],
        )
        yield browser
        browser.close()


@contextmanager
def faultless(page: Page) -> Generator[Page]:
    """A page in which no script may fail meanwhile."""
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    assert failures == []
