"""The wheel that people install holds everything that runs, and says what else a command needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

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
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    project = folder / "project"  # building leaves files behind
    shutil.copytree(ROOT / "src", project / "src", ignore=shutil.ignore_patterns("*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, project)
    options = ("--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(project)],
        check=True,
    )
    (made,) = folder.glob("huisheng-*.whl")
    return made


def requirements_of(name: str, found: set[str]) -> set[str]:
    """A distribution and all that it requires by itself, without any extra."""
    name = re.sub(r"[-_.]+", "-", name).lower()  # as PEP 503 normalizes it
    if name not in found:
        found.add(name)
        for requirement in metadata.requires(name) or ():
            wanted = re.match(r"[\w.-]+", requirement)
            if wanted and "extra ==" not in requirement and _is_installed(wanted.group()):
                requirements_of(wanted.group(), found)
    return found


def _is_installed(name: str) -> bool:
    return any(True for _ in metadata.distributions(name=name))


def modules(distribution: str) -> Iterator[Path]:
    """What a distribution has put beside those of others."""
    for file in metadata.files(distribution) or ():
        if file.parts[0] not in ("..", "__pycache__"):
            yield Path(str(metadata.distribution(distribution).locate_file(file.parts[0])))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel and what it requires, as `pip install huisheng-*.whl` makes it; what
    is required is linked from the environment of the tests, so that no registry is asked.
    """
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, symlinks=sys.platform != "win32")
    python = folder / SCRIPTS / "python"
    options = ("--no-index", "--no-deps", "--disable-pip-version-check", "--quiet")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", *options, str(wheel)], check=True
    )
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    installed = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    names = requirements_of("huisheng", set()) - {"huisheng"}
    for module in {module for name in names for module in modules(name)}:
        (installed / module.name).symlink_to(module)
    return folder


def run(environment: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in that environment."""
    return subprocess.run(
        [str(environment / SCRIPTS / "huisheng"), *arguments],
        cwd=folder,
        env={**os.environ, "HUISHENG_HOME": str(folder / "home"), "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_a_wheel_carries_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())

    source = ROOT / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / "huisheng").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"huisheng/server/page/index.html", *PACKAGE} <= wanted <= packed


NEEDING = {
    "server": ["serve"],
    "server to be tuned": ["doctor", "--tune"],
    "train": ["train", "acoustic", "corpus", "--out", "out"],
    "train to import": ["voices", "import", "model"],
    "train for a vocoder": ["voices", "import-vocoder", "out", "--corpus", "corpus", "--name", "x"],
    "hub,train": ["voices", "pull", "modelscope:damo/model"],
}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("case", NEEDING)
def test_a_command_that_needs_an_extra_says_how_to_install_it(
    environment: Path, tmp_path: Path, case: str
) -> None:
    ended = run(environment, tmp_path, *NEEDING[case])

    chinese, english = ended.stderr.splitlines()
    install = f"pip install 'huisheng[{case.partition(' ')[0]}]'"
    assert (ended.returncode, ended.stdout) == (1, "")
    assert chinese.startswith("错误：")
    assert install in chinese
    assert install in english


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_cache_in_redis_says_so_too(environment: Path, tmp_path: Path) -> None:
    program = "from huisheng.runtime.cache.redis_store import _connect; _connect('redis://127.0.0.1', 1.0)"
    python = str(environment / SCRIPTS / "python")
    ended = subprocess.run([python, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "pip install 'huisheng[redis]'" in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_speaking_needs_no_extra(environment: Path, tmp_path: Path) -> None:
    ended = run(environment, tmp_path, "speak", "你好", "-o", "hello.mp3")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "hello.mp3").stat().st_size > 1_000
