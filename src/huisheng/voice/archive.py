"""Zip archives of voices: those from outside are taken apart with suspicion, ours are the same every time."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from huisheng.errors import UnsafeArchive
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import MANIFEST, is_device
from huisheng.voice.store import require_space, storage

SUFFIX: Final = ".huisheng.zip"
"""What the name of a packed voice ends in."""

_BLOCK: Final = 1 << 20
"""Bytes copied at once."""

_HARMLESS: Final = 1 << 20
"""Bytes that an archive may grow to at any ratio: a few lines of text deflate a hundredfold."""

_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The others may ask for gigabytes of memory before the first byte comes out."""

_UTF8: Final = 1 << 11
"""Flag of an entry whose name is UTF-8 (APPNOTE 6.3.10, 4.4.4)."""

_ENCRYPTED: Final = 1 << 0 | 1 << 6 | 1 << 13
"""Flags of encryption: of the content, strong, of the directory (4.4.4 too)."""

_LONGEST: Final = 255
"""Bytes of one part of a path that every file system takes."""

_DEEPEST: Final = 16
"""Parts of a path."""

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can tell."""

_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)
"""What `zipfile` raises for bytes that are no sound archive."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may become.

    Attributes:
        files: entries, folders included.
        file_bytes: of one file.
        total_bytes: of all files.
        ratio: bytes of all files for one byte of the archive.
    """

    files: int = 10_000
    file_bytes: int = 4 << 30
    total_bytes: int = 16 << 30
    ratio: float = 100.0


CHECKPOINTS: Final = ArchiveLimits()
"""For several voices with checkpoints of a gigabyte."""

PACKAGE: Final = ArchiveLimits(files=64, file_bytes=1 << 30, total_bytes=2 << 30)
"""For one voice package."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry, and where it goes: a path inside the target that every system reads alike."""

    info: zipfile.ZipInfo
    path: PurePosixPath

    @property
    def is_folder(self) -> bool:
        return self.info.orig_filename.endswith("/")


def unpack(archive: Path, into: Path, limits: ArchiveLimits = CHECKPOINTS) -> None:
    """Take a zip apart. When it is refused, the target is as it was before.

    Args:
        archive: from anywhere.
        into: a folder that is empty or not there yet.
        limits: what is refused for its size, by what the entries declare and by what comes out of them.

    Raises:
        UnsafeArchive: an entry leaves the target, is a link, a device, encrypted, doubled or badly named; the
            archive is over a limit, or damaged.
        StorageError: no space, or no right to write.
        ValueError: the target holds something.
    """
    if into.is_dir() and any(into.iterdir()):
        raise ValueError(f"{into} is not empty")
    with storage(archive), _all_or_nothing(into), _sound(archive), zipfile.ZipFile(archive) as opened:
        entries = _entries(opened, archive, limits)
        require_space(into, sum(entry.info.file_size for entry in entries))
        for entry in entries:
            _extract(opened, entry, into / entry.path, archive)


def list_paths(archive: Path) -> tuple[str, ...]:
    """Paths that an archive lists, unchecked: to tell what it is, not to write them.

    Raises:
        UnsafeArchive: it is no sound archive.
        StorageError: it cannot be read.
    """
    with storage(archive), _sound(archive), zipfile.ZipFile(archive) as opened:
        return tuple(info.orig_filename for info in opened.infolist())


def pack(package: VoicePackage, target: Path) -> None:
    """Write a package as one zip, the same bytes for the same package; it appears whole or not at all.

    Args:
        package: verified.
        target: of the archive; one that is there is replaced.

    Raises:
        StorageError: no space, or no right to write.
    """
    with storage(target):
        descriptor, name = tempfile.mkstemp(prefix=".part-", dir=target.parent)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _write_package(package, file)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o644)  # temporary files are made for their owner alone
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def printable(text: str) -> str:
    """A text from outside as one line, without anything that a terminal obeys."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def shorten(name: str) -> str:
    """A name from outside, as a message may show it: short and printable."""
    return printable(name[:80])


def is_plain(part: str) -> bool:
    """Whether part of a path means the same, and nothing but a name, on POSIX and on Windows."""
    return (
        part != ""
        and part == part.rstrip(". ")  # Windows drops these, and `.` and `..` end in them
        and not set(part) & set('\\:<>"|?*')
        and not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in part)
        and not is_device(part)
        and len(part.encode()) <= _LONGEST
    )


@contextmanager
def _all_or_nothing(into: Path) -> Generator[None]:
    """Empty the folder, or remove it where it was not there, when the block fails or is interrupted."""
    was_there = into.is_dir()
    try:
        yield
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        if was_there:
            into.mkdir()
        raise


@contextmanager
def _sound(archive: Path) -> Generator[None]:
    """What is no sound archive becomes an `UnsafeArchive`; so does a place before its beginning (EINVAL)."""
    try:
        yield
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise _refusal(
            archive, "不是完整的 zip 压缩包，或使用了不支持的压缩方式", "it is no sound zip archive"
        ) from error


def _entries(opened: zipfile.ZipFile, archive: Path, limits: ArchiveLimits) -> list[_Entry]:
    """Every entry, checked before the first byte is written."""
    infos = opened.infolist()
    if len(infos) > limits.files:
        raise _refusal(archive, f"文件超过 {limits.files} 个", f"it has more than {limits.files} files")
    entries = [_entry(info, archive) for info in infos]
    _check_sizes(infos, archive, limits)
    _check_clashes(entries, archive)
    return entries


def _entry(info: zipfile.ZipInfo, archive: Path) -> _Entry:
    name = shorten(info.orig_filename)
    if info.flag_bits & _ENCRYPTED:
        raise _refusal(archive, f"{name} 已加密", f"{name} is encrypted")
    if info.compress_type not in _METHODS:
        raise _refusal(archive, f"{name} 的压缩方式不支持", f"{name} is compressed in an unusual way")
    entry = _Entry(info, _path(info, archive))
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFDIR if entry.is_folder else stat.S_IFREG}:
        raise _refusal(archive, f"{name} 是链接或设备", f"{name} is a link or a device")
    return entry


def _path(info: zipfile.ZipInfo, archive: Path) -> PurePosixPath:
    """The path of an entry, each part of it plain on every system."""
    name = shorten(info.orig_filename)
    try:
        path = _decode_name(info)
    except UnicodeError as error:
        raise _refusal(archive, f"文件名 {name} 不是 UTF-8 编码", f"the name {name} is not UTF-8") from error
    parts = path.removesuffix("/").split("/")
    if len(parts) > _DEEPEST or not all(is_plain(part) for part in parts):
        raise _refusal(archive, f"路径 {name} 不安全", f"the path {name} is unsafe")
    return PurePosixPath(*parts)


def _decode_name(info: zipfile.ZipInfo) -> str:
    """The name of an entry. `zipfile` reads names without the flag as cp437; macOS writes UTF-8 there."""
    name = info.orig_filename
    return name if info.flag_bits & _UTF8 else name.encode("cp437").decode("utf-8")


def _check_sizes(infos: list[zipfile.ZipInfo], archive: Path, limits: ArchiveLimits) -> None:
    """By what the entries declare; what comes out of them is held to it."""
    largest = max(infos, key=lambda info: info.file_size, default=None)
    if largest is not None and largest.file_size > limits.file_bytes:
        name = shorten(largest.orig_filename)
        raise _refusal(archive, f"文件 {name} 过大", f"{name} is too large")
    total = sum(info.file_size for info in infos)
    if total > limits.total_bytes:
        raise _refusal(archive, f"解压后有 {total} 字节，过大", f"it unpacks to {total} bytes, too many")
    if total > max(_HARMLESS, limits.ratio * archive.stat().st_size):
        raise _refusal(archive, "压缩比异常，疑似压缩炸弹", "it unpacks to suspiciously much")


def _check_clashes(entries: list[_Entry], archive: Path) -> None:
    """No two entries of one path on a file system that ignores case or normalises, none inside a file."""
    seen: set[str] = set()
    files = {_fold(entry.path) for entry in entries if not entry.is_folder}
    for entry in entries:
        path, name = _fold(entry.path), shorten(str(entry.path))
        if path in seen or any(_fold(parent) in files for parent in entry.path.parents):
            raise _refusal(archive, f"路径 {name} 重复", f"the path {name} occurs twice")
        seen.add(path)


def _fold(path: PurePosixPath) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(path)).casefold())


def _extract(opened: zipfile.ZipFile, entry: _Entry, target: Path, archive: Path) -> None:
    with storage(target), _sound(archive):
        if entry.is_folder:
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(entry.info) as source, target.open("xb") as file:
            _copy(source, file, entry.info.file_size)


def _copy(source: IO[bytes], file: IO[bytes], declared: int) -> None:
    """Copy a file that must be as long as declared.

    Raises:
        EOFError: it is not.
    """
    written = 0
    while written <= declared and (block := source.read(_BLOCK)):
        written += file.write(block)
    if written != declared:
        raise EOFError("not as long as declared")


def _write_package(package: VoicePackage, file: IO[bytes]) -> None:
    """Stored, not deflated: weights hardly shrink, and deflated bytes differ between versions of zlib."""
    manifest = package.manifest
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted((MANIFEST, *manifest.files)):
            path = package.directory / name
            info = zipfile.ZipInfo(f"{manifest.name}/{name}", _EPOCH)
            info.create_system = 3  # Unix, on every system
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(info, "w") as entry:
                shutil.copyfileobj(source, entry, _BLOCK)


def _refusal(archive: Path, reason: str, english: str) -> UnsafeArchive:
    return UnsafeArchive(archive.name, reason, english)
