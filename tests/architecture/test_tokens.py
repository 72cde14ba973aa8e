"""The colour of paper where `web/src/tokens.css` cannot be read: browsers paint bars before any style."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"


def test_the_browsers_bars_have_the_colours_of_the_page() -> None:
    script = (WEB / "src/lib/theme.svelte.ts").read_text(encoding="utf-8")
    light, dark = paper()

    assert f'papers = {{ light: "{light}", dark: "{dark}" }}' in script


@pytest.mark.parametrize("page", ["index.html", "listening.html"])
def test_a_page_announces_no_colour_but_those_of_paper(page: str) -> None:
    text = (WEB / page).read_text(encoding="utf-8")
    announced = re.findall(r'name="theme-color" content="(#\w+)"', text)

    assert announced
    assert set(announced) <= set(paper())


def paper() -> tuple[str, str]:
    """The colour of paper by day and by night."""
    tokens = (WEB / "src/tokens.css").read_text(encoding="utf-8")
    found = re.search(r"--paper: light-dark\((#\w+), (#\w+)\);", tokens)
    assert found
    return found[1], found[2]
