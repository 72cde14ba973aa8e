"""The wheel that people install holds everything that runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_wheel_carries_every_file_of_the_package(tmp_path: Path) -> None:
    project = tmp_path / "project"  # building leaves files behind
    shutil.copytree(ROOT / "src", project / "src", ignore=shutil.ignore_patterns("*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, project)
    options = ("--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(tmp_path), str(project)],
        check=True,
    )
    (wheel,) = tmp_path.glob("huisheng-*.whl")

    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())

    source = ROOT / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / "huisheng").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "huisheng/server/page/index.html" in wanted
    assert wanted <= packed
