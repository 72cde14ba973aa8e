import subprocess
import sys


def test_what_is_measured_for_memory_imports_no_torch() -> None:
    script = "import sys, benchmarks.sambert.memory; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
