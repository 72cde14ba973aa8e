"""Write the tables of options in the reference: `python -m tools.options_tables`.

The rows stand between two comments in each page and come from `huisheng.runtime.options`; a test compares
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.runtime.options import OPTIONS, DescribedOption

ROOT: Final = Path(__file__).resolve().parents[1]

_BEGIN: Final = "<!-- options -->\n"
_END: Final = "<!-- /options -->\n"
_EMOTIONS: Final = "[情感](../guides/emotion.md)"


class Page(NamedTuple):
    """A page with a table of options.

    Attributes:
        path: of the page.
        name: how it writes the name of an option.
        voices: where its reader finds the voices.
        omit: options that it describes elsewhere.
    """

    path: Path
    name: str
    voices: str
    omit: frozenset[str] = frozenset()


PAGES: Final = (
    Page(ROOT / "docs/reference/http.md", "`{}`", "`GET /api/voices`"),
    Page(ROOT / "docs/reference/cli.md", "`--{}`", "`huisheng voices`", frozenset({"markup", "lexicon"})),
    Page(ROOT / "docs/reference/python.md", "`{}`", "`Synthesizer.capabilities.voices`"),
)


def fill(page: Page, text: str) -> str:
    """The text of a page with the rows as the options are now.

    Raises:
        ValueError: it has no place for them.
    """
    rows = "".join(f"{row}\n" for row in _rows(page))
    filled, count = re.subn(f"{_BEGIN}.*?{_END}", lambda _: f"{_BEGIN}{rows}{_END}", text, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"{page.path} has {count} tables of options")
    return filled


def _rows(page: Page) -> Iterator[str]:
    yield f"| {'选项' if '--' in page.name else '参数'} | 默认 | 含义 |"
    yield "|---|---|---|"
    listings = {"voices": page.voices, "emotions": _EMOTIONS}
    for name, described in OPTIONS.items():
        if name not in page.omit:
            yield f"| {page.name.format(name)} |{_default(described)} | {_meaning(described, listings)} |"


def _default(described: DescribedOption) -> str:
    value = described.default
    if isinstance(value, float):
        return f" {value:g}"
    return f" `{value}`" if value else ""


def _meaning(described: DescribedOption, listings: Mapping[str, str]) -> str:
    return described.describe_in_chinese(**listings).removesuffix("。").replace("见 [", "见[")


def main() -> None:
    """Fill all pages."""
    for page in PAGES:
        text = page.path.read_text(encoding="utf-8")
        page.path.write_text(fill(page, text), encoding="utf-8")


if __name__ == "__main__":
    main()
