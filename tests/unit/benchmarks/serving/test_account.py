import os
import subprocess
import sys

import pytest
from benchmarks.serving.account import resource_usage

WORK = "import sys; kept = b'x' * 100_000_000; print('ready', flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def linux() -> None:
    if sys.platform != "linux":
        pytest.skip("the account is Linux's")


def test_what_a_child_holds_counts() -> None:
    before = resource_usage(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        after = resource_usage(os.getpid())
        child.communicate()

    assert before is not None
    assert after is not None
    assert after.memory - before.memory > 90.0


def test_a_missing_process_has_no_account() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()

    assert resource_usage(child.pid) is None
