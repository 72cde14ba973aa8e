"""Fetch pinned files: through pip, so that the user's mirror, proxy and certificates hold, or by address.

What arrives is checked against its hash before it gets its name, so a file that is there is a good one and an
interrupted download is taken up at the first file that is missing.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from huisheng.errors import DownloadError, HuishengError
from huisheng.voice.store import digest, disk_full, storage

Progress = Callable[[str, int, int], None]
"""Told the name of a file, the bytes that have arrived, and its size; called at least once a file."""

_POLL: Final = 0.2
"""Seconds between two looks at how much has arrived."""

_BLOCK: Final = 1 << 18
"""Bytes read at once from an address."""

_NO_CONNECTION: Final = ("网络连接失败", "no connection")
_WRONG_HASH: Final = ("校验值不符，镜像上的文件可能已损坏", "its hash is wrong; the mirror may be broken")
_REASONS: Final = (
    ("DO NOT MATCH THE HASHES", *_WRONG_HASH),
    ("No module named pip", "当前 Python 没有 pip", "this Python has no pip"),
    ("connection broken", *_NO_CONNECTION),
    (
        "No matching distribution",
        "连接不上软件源，或软件源中没有它",
        "the package index is out of reach, or lacks it",
    ),
)
"""Part of pip's words → what it means. The first that fits is told."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One pinned file of the package index.

    Attributes:
        requirement: what to ask pip for, `name==version`.
        file: the name that pip saves it under.
        size: bytes.
        sha256: hexadecimal.
    """

    requirement: str
    file: str
    size: int
    sha256: str

    @property
    def is_source(self) -> bool:
        """Whether it is a source distribution."""
        return self.file.endswith(".tar.gz")


def fetch(artifact: Artifact, folder: Path, progress: Progress) -> Path:
    """Get an artifact with pip, unless the folder holds it already.

    Returns:
        Where it lies, verified.

    Raises:
        DownloadError: it cannot be had, or is not what was pinned.
        StorageError: no space, or no right to write.
    """
    target = folder / artifact.file
    if _sound(target, artifact.sha256):
        return target
    with _working(folder) as work:
        _run_pip(artifact, work, progress)
        return _keep(work / artifact.file, artifact.sha256, target)


def fetch_address(address: str, size: int, sha256: str, target: Path, progress: Progress) -> Path:
    """Get a file from an https address, unless it is there already.

    Raises:
        DownloadError: it cannot be had, or is not what was pinned.
        StorageError: no space, or no right to write.
    """
    if _sound(target, sha256):
        return target
    with _working(target.parent) as work:
        part = work / target.name
        try:
            _copy_address(address, size, part, progress)
        except (OSError, http.client.HTTPException) as error:
            raise _download_error(target.name, *_NO_CONNECTION) from error
        return _keep(part, sha256, target)


def _sound(path: Path, sha256: str) -> bool:
    with storage(path):
        return path.is_file() and digest(path) == sha256


@contextmanager
def _working(folder: Path) -> Generator[Path]:
    """A temporary folder on the same disk, gone at the end whatever happens."""
    with storage(folder):
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _keep(part: Path, sha256: str, target: Path) -> Path:
    if not _sound(part, sha256):
        raise _download_error(target.name, *_WRONG_HASH)
    with storage(target):
        part.replace(target)
    return target


def _run_pip(artifact: Artifact, work: Path, progress: Progress) -> None:
    """Let pip save the artifact into `work`, where its temporary files lie too and can be counted."""
    pins = work / "pins.txt"
    with storage(work):
        pins.write_text(f"{artifact.requirement} --hash=sha256:{artifact.sha256}\n", encoding="utf-8")
    with _start_pip(artifact, work, pins) as process:
        try:
            said = _wait(
                process, lambda: progress(artifact.file, _count_bytes(artifact, work), artifact.size)
            )
        finally:
            process.terminate()  # an interruption ends pip too
    if process.returncode != 0:
        raise _pip_failed(artifact.file, said, work.parent)
    progress(artifact.file, artifact.size, artifact.size)


def _start_pip(artifact: Artifact, work: Path, pins: Path) -> subprocess.Popen[bytes]:
    name = artifact.requirement.partition("==")[0]
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
        *("--ignore-requires-python", "--retries=2", f"--dest={work}", f"--requirement={pins}"),
        f"--no-binary={name}" if artifact.is_source else f"--only-binary={name}",
    ]
    scratch = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(work))
    return subprocess.Popen(  # noqa: S603 - a fixed program, and pins of ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | scratch,
    )


def _wait(process: subprocess.Popen[bytes], look: Callable[[], None]) -> str:
    """What a process says until it ends; meanwhile, look at how far it has come."""
    while True:
        look()
        try:
            said, _ = process.communicate(timeout=_POLL)
        except subprocess.TimeoutExpired:
            continue
        return said.decode(errors="replace")


def _count_bytes(artifact: Artifact, work: Path) -> int:
    """Bytes in the folder that pip writes to, where files come and go."""
    total = 0
    for root, _, files in os.walk(work):
        for file in files:
            with suppress(FileNotFoundError):
                total += (Path(root) / file).stat().st_size
    return min(total, artifact.size)


def _copy_address(address: str, size: int, part: Path, progress: Progress) -> None:
    arrived = 0
    with urllib.request.urlopen(address, timeout=30) as reply, part.open("wb") as file:  # noqa: S310 - ours
        while block := reply.read(_BLOCK):
            with storage(part):
                file.write(block)
            arrived += len(block)
            progress(part.name, min(arrived, size), size)


def _pip_failed(file: str, said: str, folder: Path) -> HuishengError:
    if "No space left on device" in said:
        return disk_full(folder)
    for words, reason, english in _REASONS:
        if words in said:
            return _download_error(file, reason, english)
    return _download_error(file, *_NO_CONNECTION)


def _download_error(file: str, reason: str, english: str) -> DownloadError:
    return DownloadError(
        f"无法下载 {file}：{reason}。请检查网络、代理或 pip 镜像设置后重试，已下载的部分会保留。",
        f"Cannot download {file}: {english}. Check the network, proxy or pip mirror and try again; "
        "what has arrived is kept.",
    )
