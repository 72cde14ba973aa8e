"""The door for models: open where torch is, and elsewhere it says what is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from huisheng.export import conversion, importing, sambert

WITHOUT = """
import sys
sys.modules[{missing!r}] = None  # as where it is not installed
from huisheng.cli.main import main
sys.exit(main(["voices", "import", "anywhere"]))
"""


def run_without(missing: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(missing=missing)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("missing", ["torch", "yaml"])
def test_without_the_extra_one_line_says_how_to_get_it(missing: str) -> None:
    done = run_without(missing)

    assert done.returncode == 1
    chinese, english = done.stderr.splitlines()
    assert "pip install 'huisheng[train]'" in chinese
    assert "pip install 'huisheng[train]'" in english


def test_a_module_that_is_missing_from_the_code_itself_is_no_missing_extra() -> None:
    done = run_without("huisheng.export.proof")

    assert "ModuleNotFoundError" in done.stderr


def test_behind_the_door_stand_reading_and_writing() -> None:
    assert (sambert.install, sambert.convert) == (importing.install, conversion.convert)
    assert sambert.package_name is conversion.package_name
