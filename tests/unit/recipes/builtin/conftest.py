"""One front-end for all tests of the recipe."""

from __future__ import annotations

import pytest

from huisheng.text.frontend import Frontend


@pytest.fixture(scope="package")
def frontend() -> Frontend:
    frontend = Frontend()
    frontend.load()
    return frontend
