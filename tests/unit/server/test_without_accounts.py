"""A server without accounts has nothing to do with them: it loads none of their libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOREIGN = (
    "sqlalchemy",
    "alembic",
    "argon2",
    "authlib",
    "joserfc",
    "stripe",
    "reportlab",
    "segno",
    "psycopg",
    "httpx",
)

PROGRAM = f"""
import sys
from pathlib import Path
from huisheng.cli.serve import SynthesizerFactory
from huisheng.server.app import create_app
from huisheng.server.settings import Settings

create_app(Settings(home=Path(sys.argv[1])), SynthesizerFactory()())
print([name for name in {FOREIGN!r} if name in sys.modules])
"""


@pytest.mark.slow
def test_no_library_of_accounts_is_loaded(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]

    found = subprocess.run(command, check=True, capture_output=True, text=True)

    assert found.stdout.strip() == "[]"
    assert not (tmp_path / "huisheng.db").exists()
