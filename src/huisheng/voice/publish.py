"""The door into the store: a package appears whole, in one step, or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from huisheng.errors import VoicePackageError
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.exchange import exchange
from huisheng.voice.load import Stamp, VoicePackage, aside, discard, read_package, set_aside, stamp
from huisheng.voice.manifest import MANIFEST, Description, FileDigest, Manifest
from huisheng.voice.store import digest, storage, voices_folder

_PREFIX: Final = ".staging-"
_ABANDONED: Final = 24.0 * 60.0 * 60.0
"""Seconds after which a staging folder is no longer in use: its process was killed."""


@contextmanager
def staging(folder: Path | None = None) -> Generator[Path]:
    """A new temporary folder beside the packages, gone at the end; abandoned ones of old are swept away.

    Args:
        folder: that holds packages; the user's own when None.

    Raises:
        StorageError: no space, or no right to write.
    """
    root = folder or voices_folder()
    with storage(root):
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        staged = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _sweep(root: Path) -> None:
    for staged in root.glob(f"{_PREFIX}*"):
        if time.time() - staged.stat().st_mtime > _ABANDONED:
            shutil.rmtree(staged, ignore_errors=True)


def publish(staged: Path, description: Description) -> VoicePackage:
    """Make the files of a staging folder a package; one of the same name is replaced.

    All of it is read back and verified before anything moves: what is refused replaces nothing.

    Args:
        staged: from `staging`, holding the package's files and nothing else.
        description: what the manifest shall say.

    Returns:
        The package where it now lies.

    Raises:
        StorageError: no space, or no right to write.
        VoicePackageError: what was read back is not what was written, or the name is that of the built-in
            package and the folder the user's own.
    """
    target = staged.parent / description.name
    if target == voices_folder() / BUILTIN:
        raise VoicePackageError(
            f"{BUILTIN} 是程序自带的语音包的名称，请更换名称。",
            f"{BUILTIN} is the name of the package that comes with the program; choose another one.",
        )
    with storage(target):
        _write_manifest(staged, description)
        package = read_package(staged, description.name)
        first = _first_installed(target)
        os.utime(staged / MANIFEST, ns=(first, first))
        for path in sorted(staged.iterdir()):
            _sync_file(path)
        _sync_folder(staged)
        _drop(aside(target), _replace(staged, target))
        with suppress(OSError):  # the old package, where the two changed places; what is left is swept away
            discard(staged)
    return replace(package, directory=target)


def _since(directory: Path) -> int:
    """When a package of this name was first installed, in ns since the epoch; 0 where there is none.

    It is the time of the manifest, which `publish` sets.
    """
    try:
        return (directory / MANIFEST).stat().st_mtime_ns
    except OSError:
        return 0


def _first_installed(target: Path) -> int:
    """What replaces a package keeps its time; a new one is the youngest, though the clock went back."""
    youngest = max(map(_since, target.parent.glob("[!.]*")), default=0)
    return _since(target) or _since(aside(target)) or max(time.time_ns(), youngest + 1)


def _write_manifest(staged: Path, description: Description) -> None:
    files = {
        path.name: FileDigest(size=path.stat().st_size, sha256=digest(path))
        for path in sorted(staged.iterdir())
    }
    manifest = Manifest(**dict(description), files=files)
    (staged / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8", newline="\n")


def _replace(staged: Path, target: Path) -> Stamp | None:
    """Take the place of the old package, which is at no moment missing where the system can exchange them.

    Elsewhere it steps aside first: no folder can be renamed onto another.

    Returns:
        The stamp of what is aside then, which the new package makes useless.
    """
    staged.chmod(0o755)  # temporary folders are made for their owner alone
    exchanged = exchange(staged, target)
    if not exchanged and stamp(target) is not None:
        set_aside(target)
    useless = stamp(aside(target))
    if not exchanged:
        staged.rename(target)
    _sync_folder(target.parent)
    return useless


def _drop(path: Path, useless: Stamp | None) -> None:
    """Remove what was set aside, unless another process has put its own there since."""
    if stamp(path) == useless:
        with suppress(OSError):  # what is left of it is no package
            discard(path)


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    if sys.platform == "win32":
        return  # a folder cannot be opened there; NTFS journals the rename
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
