"""The door out of the store: a package is checked whole, byte by byte, before it is used."""

from __future__ import annotations

import errno
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from huisheng.errors import StorageError, VoiceMissing, VoicePackageError
from huisheng.voice.builtin import BUILTIN, builtin_folder
from huisheng.voice.manifest import KOKORO, MANIFEST, Manifest, parse_manifest
from huisheng.voice.store import aside_name, digest, folder_of, storage

Stamp = tuple[int, int]
"""Inode and time of the last change, in nanoseconds: a folder that took another's place has others."""


@dataclass(frozen=True, slots=True)
class VoicePackage:
    """A package whose files are all there and as they were published."""

    manifest: Manifest
    directory: Path

    def path(self, file: str) -> Path:
        """Where a file of the manifest lies.

        Raises:
            VoicePackageError: the manifest names no such file.
        """
        if file not in self.manifest.files:
            raise _unusable(self.manifest.name, f"清单中没有 {file}", f"{file} is not in its manifest")
        return self.directory / file


def load_package(name: str, folder: Path | None = None) -> VoicePackage:
    """Read and verify an installed package; a damaged one is set aside, never half used.

    What comes with the program stays where it is; so does one that another process replaces or removes
    meanwhile, which is read once more.

    Args:
        name: of the package.
        folder: that holds packages; the one that it is installed in when None.

    Raises:
        VoiceMissing: it is not installed.
        VoicePackageError: it is damaged, or of another schema.
        StorageError: it cannot be read.
    """
    directory = folder / name if folder else folder_of(name)
    seen = stamp(directory)
    try:
        return read_package(directory)
    except VoicePackageError:
        if stamp(directory) == seen:
            with suppress(StorageError):  # where we may not write, the message alone must do
                set_aside(directory)
            raise
    except (VoiceMissing, StorageError):
        if stamp(directory) == seen:
            raise
    return read_package(directory)


def read_package(directory: Path, name: str = "") -> VoicePackage:
    """Read and verify the package in a folder, and leave it where it is.

    Args:
        directory: that holds its files.
        name: of the package; the folder's own when empty.

    Raises:
        VoiceMissing: there is no such folder.
        VoicePackageError: it is damaged, or of another schema.
        StorageError: it cannot be read.
    """
    name = name or directory.name
    with storage(directory):
        manifest = _read_manifest(directory, name)
        for file, expected in manifest.files.items():
            path = directory / file
            size = _file_size(path)
            if size is None:
                raise _unusable(name, f"缺少文件 {file}", f"{file} is missing")
            if size != expected.size or digest(path) != expected.sha256:
                raise _unusable(name, f"文件 {file} 已损坏", f"{file} is damaged")
    return VoicePackage(manifest, directory)


def aside(directory: Path) -> Path:
    """Where a package that must not be used is kept, out of every list."""
    return directory.with_name(aside_name(directory.name))


def set_aside(directory: Path) -> None:
    """Move a package out of use, in place of one that was set aside earlier; not what comes with the program.

    Raises:
        StorageError: the folder cannot be written.
    """
    if directory.parent == builtin_folder():
        return
    with storage(directory):
        discard(aside(directory))
        directory.rename(aside(directory))


def discard(path: Path) -> None:
    """Remove a folder and all it holds; of a link only the link itself.

    Raises:
        OSError: it cannot be removed.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def stamp(directory: Path) -> Stamp | None:
    """What tells a folder, or the link in its place, from another of its name; None where there is none."""
    try:
        status = directory.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _read_manifest(directory: Path, name: str) -> Manifest:
    path = directory / MANIFEST
    if not path.is_file():
        if not directory.is_dir():
            raise _missing(name)
        raise _unusable(name, f"缺少文件 {MANIFEST}", f"{MANIFEST} is missing")
    try:
        manifest = parse_manifest(path.read_bytes())
    except ValidationError as error:
        raise _unusable(
            name, f"{MANIFEST} 无法识别", f"{MANIFEST} is damaged or of another schema"
        ) from error
    if manifest.name != name:
        raise _unusable(name, f"清单属于 {manifest.name}", f"its manifest names {manifest.name}")
    return manifest


def _file_size(path: Path) -> int | None:
    """Bytes of a file; None where there is none."""
    try:
        status = path.stat()
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
            return None
        raise
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def damaged_package_error(name: str) -> VoicePackageError:
    """That a package was set aside, and what brings it back."""
    return _unusable(name, "已损坏，已停用", "it is damaged and was set aside")


def of_another_version(name: str) -> VoicePackageError:
    """That a package is as it was published, and this program cannot speak with it."""
    return _unusable(name, "不是这个版本的", "it is not of this version")


def _missing(name: str) -> VoiceMissing:
    chinese, english = _again(name)
    return VoiceMissing(
        f"尚未安装语音包 {name}，请{chinese}。", f"Voice package {name} is not installed; {english}."
    )


def _unusable(name: str, reason: str, english: str) -> VoicePackageError:
    chinese, in_english = _again(name)
    return VoicePackageError(
        f"语音包 {name} 不能使用（{reason}），请{chinese}。",
        f"Voice package {name} cannot be used: {english}; {in_english}.",
    )


def _again(name: str) -> tuple[str, str]:
    """What brings a package back: one is part of the program, one is fetched, others come from files."""
    if name == BUILTIN:
        return "重新安装绘声", "install huisheng anew"
    if name == KOKORO:
        return f"运行 huisheng voices pull {name}", f"run huisheng voices pull {name}"
    return "运行 huisheng voices import 模型目录 --replace", "run huisheng voices import DIRECTORY --replace"
