"""What every test may rely on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import settings

from huisheng.voice.manifest import MANIFEST
from huisheng.voice.store import voices_folder

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # tools/ is not installed

settings.register_profile("untimed", deadline=None)  # timings belong to benchmarks
settings.load_profile("untimed")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs the voice fails without it: a skipped test would pass for a checked voice."""
    if item.get_closest_marker("voice") and not (voices_folder() / "kokoro" / MANIFEST).is_file():
        pytest.fail("The Kokoro voice is not installed. Run: make setup", pytrace=False)
