"""The wheel that people install holds everything that runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = (".toml", ".tsv", ".txt", ".html", ".js", ".css")


def test_a_wheel_carries_the_page_and_all_data(tmp_path: Path) -> None:
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
        if path.suffix in DATA
    }
    assert "huisheng/server/page/index.html" in wanted
    assert wanted <= packed
