"""The wheel that people install holds everything that runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import read_package
from huisheng.voice.manifest import MANIFEST
from huisheng.voice.store import folder_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = {
    f"huisheng/voices/{BUILTIN}/{file}"
    for file in (MANIFEST, *read_package(folder_of(BUILTIN)).manifest.files)
}
"""Files of the built-in voice."""


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
    assert {"huisheng/server/page/index.html", *PACKAGE} <= wanted <= packed
