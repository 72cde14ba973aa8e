"""The OpenAPI description is true: whatever it allows, and whatever it forbids, is answered as it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.integration.server.conftest import Running, running_server

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine
from huisheng.text.frontend import Frontend

CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
SEED: Final = 20_240_601


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory, frontend: Frontend) -> Iterator[Running]:
    """A server that says silence. Its texts are short: texts of the declared length are among those tried."""
    home = tmp_path_factory.mktemp("silent")
    settings = Settings(home=home, page=home / "page", text_limit=200)
    with running_server(Synthesizer(SilentEngine(), frontend), settings) as running:
        yield running


def run_schemathesis(
    address: str, phase: str, examples: int, folder: Path, *more: str
) -> subprocess.CompletedProcess[str]:
    """Ask a server all that its description says.

    Args:
        address: of the server.
        phase: of Schemathesis.
        examples: for each operation, at most.
        folder: it may write there.
        more: options.
    """
    options = [f"--phases={phase}", f"--checks={','.join(CHECKS)}", f"--max-examples={examples}"]
    settled = [f"--seed={SEED}", "--no-color", "--suppress-health-check=all", "--continue-on-failure"]
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"]
    return subprocess.run(
        [*command, *options, *settled, *more],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        check=False,
    )


@pytest.mark.parametrize("phase", ["examples", "coverage", "fuzzing", "stateful"])
def test_every_answer_is_one_that_is_described(
    silent: Running, tmp_path: Path, phase: str, thorough: bool
) -> None:
    """The phase `coverage` sends every boundary of every field of every route and takes twenty seconds: what
    is not sent is not proved.
    """
    asked = run_schemathesis(silent.address, phase, 2_000 if thorough else 15, tmp_path)

    assert asked.returncode == 0, asked.stdout + asked.stderr
