"""What is wrong with a page for people with disabilities, as axe-core finds it, and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playwright.sync_api import Page

_SCRIPT: Final = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
_SERIOUS: Final = """async () => (await axe.run()).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))"""


def serious_findings(page: Page) -> list[str]:
    """Rule and element of each serious or critical finding."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_SERIOUS)
    return found


def faults_in_both_themes(page: Page) -> list[str]:
    """Serious findings in light and in dark colours, and how much the page is wider than its window."""
    found: list[str] = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        found += serious_findings(page)
    surplus: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return found + ([f"{surplus} px too wide"] if surplus > 0 else [])
