"""What the page checks itself with: strict types of its components, and its own tests."""

from __future__ import annotations

import pytest
from tools.setup import npm


@pytest.mark.parametrize("script", ["check", "test"])
def test_the_page_passes_its_own(script: str) -> None:
    npm("run", script)
