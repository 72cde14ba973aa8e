"""The tables of options in the reference are those of the library."""

from __future__ import annotations

import pytest
from tools.options_tables import PAGES, Page, fill


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_a_table_holds_every_option_as_it_is(page: Page) -> None:
    text = page.path.read_text(encoding="utf-8")

    assert text == fill(page, text), "run python -m tools.options_tables"
