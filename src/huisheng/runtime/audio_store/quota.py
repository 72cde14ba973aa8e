"""The storage quota of the folder of produced files, for all processes that share the folder.

    <folder>/.lock                 held while the ledger changes; holds the clock and the ledger
    <folder>/<name>.wav.part       being written, locked by its writer, as long as it is expected to become
    <folder>/<name>.wav            finished; its modification time tells its age; locked while it is sent

A draft has its expected length from the beginning, so the lengths of all files are the space that is taken.
The ledger in `.lock` spares most requests a look at every file; where it meets the limit, files are counted.
"""

from __future__ import annotations

import errno
import math
import os
import re
import shutil
import stat
import struct
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.errors import AudioStoreFull, AudioTooLarge
from huisheng.runtime.audio_store import locks

NAME: Final = re.compile(r"[A-Za-z0-9_-]{22}\.[a-z0-9]{1,8}")
"""16 random bytes in base64url, and a suffix."""

UNFINISHED: Final = ".part"

ONLY_OURS: Final = 0o600
_FOLDER_ONLY_OURS: Final = 0o700
_OTHERS: Final = 0o077
"""Rights of all other accounts."""

_PROMISED: Final = 120 * 10**9
"""Nanoseconds for which a file whose address was sent is kept, also where others need its space."""

_FORSAKEN: Final = 24 * 3_600 * 10**9
"""Nanoseconds without a write after which a draft has no writer, where the file system has no locks."""

_DRAFTS_END: Final = 10
"""Seconds after which to try again where files that are being written have the space."""

_UNKNOWN: Final = 1 << 62
"""More than any limit."""

_BLOCK: Final = 512
"""Bytes in the unit of `st_blocks` (POSIX, sys/stat.h)."""

NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
"""Open no link in place of a file."""

_LOCK: Final = ".lock"
_LEDGER: Final = struct.Struct("<36sqqq")
"""Boot, origin, taken, reserved."""
_HERE: Final = threading.Lock()
"""Among the threads of this process, also where the file system has no locks."""


def boot_id() -> bytes:
    """What tells this run of the machine from any other, 36 bytes; empty where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_bytes().strip()
    except OSError:
        return b""


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the time comes from.

    Attributes:
        wall: nanoseconds since the epoch, as the system has it.
        elapsed: nanoseconds, never backwards, the same for all processes of one boot.
        boot: tells one boot from another.
    """

    wall: Callable[[], int] = time.time_ns
    elapsed: Callable[[], int] = time.monotonic_ns
    boot: Callable[[], bytes] = boot_id


class _File(NamedTuple):
    """A file of ours: `size` and `written` in bytes, `stamp` in nanoseconds; `open` to other accounts."""

    path: Path
    size: int
    written: int
    stamp: int
    finished: bool
    open: bool


class StorageQuota:
    """The bytes that one folder may hold.

    Ages are told by a clock that does not jump: the wall clock is read once in a boot, by the first process,
    and from there the time that has passed is counted.

    Args:
        folder: ours alone; made when missing.
        ttl: nanoseconds for which a file can be found.
        limit: bytes that all files together may hold.
        clock: the system's.
    """

    def __init__(self, folder: Path, ttl: int, limit: int, clock: Clock) -> None:
        self.folder = folder
        self.ttl = ttl
        self.limit = limit
        self._clock = clock
        self._origin: int | None = None

    def now(self) -> int:
        """Nanoseconds, by the clock of the folder."""
        if self._origin is None:
            with suppress(OSError), self.lock():
                pass  # which reads the clock
        elapsed = self._clock.elapsed()
        return self._clock.wall() if self._origin is None else self._origin + elapsed

    def is_over(self, stamp: int) -> bool:
        """Whether the time of a file is over that was finished then."""
        return self.now() - stamp >= self.ttl

    def require(self, size: int) -> None:
        """Make sure that an answer whose files take so many bytes can fit at all.

        Raises:
            AudioTooLarge: it cannot.
        """
        if size > self.limit:
            raise AudioTooLarge(size, self.limit)

    @contextmanager
    def lock(self) -> Generator[QuotaLedger]:
        """The ledger, which no other process changes meanwhile.

        Raises:
            OSError: the folder cannot be used.
        """
        prepare(self.folder)
        with _HERE:
            descriptor = create_file(self.folder / _LOCK, 0)
            try:
                locks.acquire(descriptor)
                ledger = self._read(os.read(descriptor, _LEDGER.size + 1))
                try:
                    yield ledger
                finally:
                    os.lseek(descriptor, 0, os.SEEK_SET)
                    os.write(descriptor, ledger.pack())
            finally:
                os.close(descriptor)

    def _read(self, data: bytes) -> QuotaLedger:
        """The ledger in the file; a new one where that is of another boot, or missing."""
        here = self._clock.boot()
        boot, origin, taken, reserved = _LEDGER.unpack(data) if len(data) == _LEDGER.size else (b"", 0, 0, 0)
        if not here or boot.rstrip(b"\0") != here:
            origin = self._first_origin() if self._origin is None else self._origin
            taken = _UNKNOWN
        if self._origin is None:
            self._origin = origin
        return QuotaLedger(self, here, origin, taken, reserved)

    def _first_origin(self) -> int:
        """Origin by the wall clock; where that was put back, time goes on from the newest file."""
        newest = max((file.stamp for file in _files(self.folder) if file.finished), default=0)
        return max(self._clock.wall(), newest) - self._clock.elapsed()


@dataclass(slots=True)
class QuotaLedger:
    """How much of a quota is taken; valid while the folder is locked.

    Attributes:
        quota: of the folder.
        boot: of the machine, in which the other numbers hold.
        origin: nanoseconds since the epoch at which the time that has passed was 0.
        taken: bytes of all files, at least; `_UNKNOWN` before they are counted.
        reserved: bytes of those that are being written, at least.
    """

    quota: StorageQuota
    boot: bytes
    origin: int
    taken: int
    reserved: int

    def pack(self) -> bytes:
        """The bytes that the file holds."""
        return _LEDGER.pack(self.boot, self.origin, self.taken, self.reserved)

    def reserve(self, size: int) -> None:
        """Take space for a new file; the oldest files, but for those just promised, are removed for it.

        Raises:
            AudioStoreFull: others have it, for now.
            OSError: the disk has none.
        """
        if self._lacking(size, self.reserved) > 0:
            self._make_room(size)
        self.taken += size
        self.reserved += size

    def reserve_some(self, wished: int, least: int) -> int:
        """Reserve as many bytes as are wished where there is space for them, else the least that will do.

        Raises as `reserve`.
        """
        with suppress(AudioStoreFull):
            self.reserve(wished)
            return wished
        self.reserve(least)
        return least

    def settle(self, reserved: int, size: int) -> None:
        """Give back what was reserved, but for the size that it became."""
        self.taken = max(0, self.taken - reserved + size)
        self.reserved = max(0, self.reserved - reserved)

    def tidy(self) -> list[_File]:
        """Remove what is over, and count the rest.

        Returns:
            the rest, the oldest first.
        """
        files = [file for file in _files(self.quota.folder) if not (self._is_over(file) and _remove(file))]
        self.taken = sum(file.size for file in files)
        self.reserved = sum(file.size for file in files if not file.finished)
        return sorted(files, key=lambda file: file.stamp)

    def shrink(self, files: list[_File], lacking: int) -> int:
        """Remove the oldest finished files that were not just promised, until so many bytes are free.

        Returns:
            bytes that are still lacking.
        """
        for file in files:
            if lacking > 0 and self._is_free_to_go(file) and _remove(file):
                lacking -= file.size
                self.taken -= file.size
        return lacking

    def _make_room(self, size: int) -> None:
        files = self.tidy()
        unwritten = sum(file.size - file.written for file in files if not file.finished)
        lacking = self._lacking(size, unwritten)
        removable = sum(file.size for file in files if self._is_free_to_go(file))
        if lacking <= 0 or (lacking <= removable and self.shrink(files, lacking) <= 0):
            return
        if self.taken + size <= self.quota.limit:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise AudioStoreFull(size, self._wait(files, lacking))

    def _lacking(self, size: int, unwritten: int) -> int:
        """Bytes that are too few for so many more, under the limit and on the disk; none where it is ≤ 0.

        Args:
            size: that are wanted.
            unwritten: that will yet be written to files which have them reserved.
        """
        free = shutil.disk_usage(self.quota.folder).free
        return max(self.taken + size - self.quota.limit, size + unwritten - free)

    def _is_over(self, file: _File) -> bool:
        """Drafts are over with their writers, which only their locks tell."""
        return not file.finished or self.quota.is_over(file.stamp)

    def _is_free_to_go(self, file: _File) -> bool:
        return file.finished and self.quota.now() - file.stamp >= _PROMISED

    def _wait(self, files: list[_File], lacking: int) -> int:
        """Seconds after which there will be room, by what is known now."""
        for file in files:
            lacking -= file.size if file.finished else 0
            if lacking <= 0:
                return max(1, math.ceil((file.stamp + _PROMISED - self.quota.now()) / 10**9))
        return _DRAFTS_END


def prepare(folder: Path) -> None:
    """Make the folder, and let no other account in.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(_FOLDER_ONLY_OURS, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) != _FOLDER_ONLY_OURS:
        make_ours(folder, _FOLDER_ONLY_OURS)


def create_file(path: Path, flags: int) -> int:
    """A descriptor of a file of ours, open for reading and writing, that no other account can read.

    Raises:
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_LINK | flags, ONLY_OURS)
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != ONLY_OURS:  # a umask that takes our own rights
        make_ours(path, ONLY_OURS)
    return descriptor


def make_ours(path: Path, mode: int) -> None:
    """Give a file or folder these rights, where it belongs to us and the file system knows rights."""
    if os.name == "posix":
        with suppress(PermissionError):
            path.chmod(mode)


def _files(folder: Path) -> Iterator[_File]:
    """Files that we made, finished or not; whatever else lies in the folder is left alone."""
    with os.scandir(folder) as found:
        for entry in found:
            name = entry.name.removesuffix(UNFINISHED)
            with suppress(FileNotFoundError):  # just removed by another process
                if NAME.fullmatch(name) and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    written = min(status.st_size, getattr(status, "st_blocks", _UNKNOWN) * _BLOCK)
                    yield _File(
                        Path(entry.path),
                        status.st_size,
                        written,
                        status.st_mtime_ns,
                        finished=name == entry.name,
                        open=bool(status.st_mode & _OTHERS),
                    )


def _remove(file: _File) -> bool:
    """Whether a file is gone; one that is being written or sent stays."""
    with suppress(OSError):
        descriptor = os.open(file.path, os.O_RDWR | NO_LINK)
        try:
            free = locks.is_free(descriptor)
            if free:
                file.path.unlink()
        finally:
            os.close(descriptor)
        if free is None and (file.finished or time.time_ns() - file.stamp >= _FORSAKEN):
            file.path.unlink()
    return not file.path.exists()
