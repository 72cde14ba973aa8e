"""One synthesizer for all tests of the runtime."""

from __future__ import annotations

import pytest

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SilentEngine
from huisheng.text.frontend import Frontend


@pytest.fixture(scope="session")
def synthesizer(frontend: Frontend) -> Synthesizer:
    return Synthesizer(SilentEngine(), frontend)
