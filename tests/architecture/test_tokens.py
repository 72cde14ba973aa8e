"""Colours where `web/src/tokens.css` cannot be read: browsers paint bars before any style, icons without."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
ICONS = ("web/public/seal.svg", "web/listening.html", "src/huisheng/server/documentation.py")


def test_the_browsers_bars_have_the_colours_of_the_page() -> None:
    script = (WEB / "src/lib/theme.svelte.ts").read_text(encoding="utf-8")
    light, dark = paper()

    assert f'papers = {{ light: "{light}", dark: "{dark}" }}' in script


@pytest.mark.parametrize("page", ["index.html", "account.html", "admin.html", "roi.html", "listening.html"])
def test_a_page_announces_no_colour_but_those_of_paper(page: str) -> None:
    text = (WEB / page).read_text(encoding="utf-8")
    announced = re.findall(r'name="theme-color" content="(#\w+)"', text)

    assert announced
    assert set(announced) <= set(paper())


@pytest.mark.parametrize("file", ICONS)
def test_an_icon_has_the_vermilion_of_the_day(file: str) -> None:
    assert icon_colours("fill", file) == {token("vermilion")[0]}


def test_all_icons_have_one_colour_of_lines() -> None:
    assert len(icon_colours("stroke", *ICONS)) == 1


def icon_colours(attribute: str, *files: str) -> set[str]:
    """Colours of an attribute of the icons in some files, where they are written plainly or in an address."""
    text = "".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    return {f"#{digits}" for digits in re.findall(rf"""{attribute}=["'](?:#|%23)(\w+)["']""", text)}


def paper() -> tuple[str, str]:
    """The colour of paper by day and by night."""
    return token("paper")


def token(name: str) -> tuple[str, str]:
    """A colour of the page by day and by night."""
    tokens = (WEB / "src/tokens.css").read_text(encoding="utf-8")
    found = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\);", tokens)
    assert found
    return found[1], found[2]
