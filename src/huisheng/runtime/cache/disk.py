"""Values in a folder of files, which several processes may share.

    <folder>/3f/3f9a…   the seal, then the value; named by its key; modified when it was last used

A file appears in one step when it is complete. What is read is checked, so it need not be synced: a torn file
after a crash is a miss. The oldest leave first; their order is that of the stamps alone, so no jump of the
clock empties the folder or keeps the new out.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.runtime.cache.store import SEAL_SIZE, CircuitBreaker, seal
from huisheng.units import Seconds

_KEY: Final = re.compile(r"[0-9a-f]{64}")
_DRAWER: Final = re.compile(r"[0-9a-f]{2}")
_OURS: Final = re.compile(r"[0-9a-f]{64}(\.[0-9a-f]{16}\.part)?")
"""Names of entries, also of those that are being written."""

_REFRESH_INTERVAL: Final = 60_000_000_000
"""Nanoseconds after which a use is worth a write."""
_LARGEST: Final = 8
"""A value may take 1/8 of the limit."""
_UNSEEN: Final = 16
"""After 1/16 of the limit was put by this process the folder is counted anew, for what others put."""
_LOW_WATER: Final = 0.9
"""Share of the limit that is left after the oldest were removed."""
_FIRST_PAUSE, _LONGEST_PAUSE = Seconds(5.0), Seconds(60.0)
"""Pauses after a failure."""


class UsageClock:
    """Nanoseconds that order uses, whatever is done to the wall clock, also those of other processes.

    The wall clock is read once, at the start; from there the time that has passed is counted. Stamps that are
    ahead, of a process with a later wall clock or of before a jump, are caught up with.

    Args:
        wall: nanoseconds since the epoch, as the system has it.
        elapsed: nanoseconds, never backwards.
    """

    def __init__(
        self, wall: Callable[[], int] = time.time_ns, elapsed: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._elapsed = elapsed
        self._origin = wall() - elapsed()

    def now(self) -> int:
        """A stamp for what is used now."""
        return self._origin + self._elapsed()

    def follow(self, newest: int) -> None:
        """Give no stamp before this one, which was seen."""
        self._origin = max(self._origin, newest - self._elapsed())


class _Entry(NamedTuple):
    """A file of ours. `size` in bytes, `stamp` of its last use."""

    path: Path
    size: int
    stamp: int


class DiskStore:
    """A folder of entries; made when missing. Other files in it, and links, are left alone.

    Args:
        folder: of the entries.
        limit: bytes that all may hold together; a sixteenth more for each process that puts. 0 keeps nothing.
        usage_clock: time of each use.
        clock: times the pauses after a failure; seconds, never backwards.
    """

    def __init__(
        self,
        folder: Path,
        limit: int,
        usage_clock: UsageClock | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._limit = limit
        self._usage_clock = usage_clock or UsageClock()
        self._reading, self._writing, self._sweeping = (
            CircuitBreaker(f"{doing} the cache on disk", _FIRST_PAUSE, _LONGEST_PAUSE, clock)
            for doing in ("reading", "writing", "sweeping")
        )
        self._one_sweep = threading.Lock()
        self._lock = threading.Lock()
        self._counted: int | None = None
        self._put = 0

    @property
    def failures(self) -> int:
        """Failures of the file system."""
        return self._reading.failures + self._writing.failures + self._sweeping.failures

    def get(self, key: str) -> bytes | None:
        """The value of a key; a damaged one is removed."""
        if not self._limit:
            return None
        return self._reading.attempt(partial(self._read, key), OSError)

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, unless it would take an eighth of the whole."""
        size = SEAL_SIZE + len(value)
        if size * _LARGEST > self._limit:
            return
        if self._counted is None:
            self.sweep()  # learns the latest use by others, which this use comes after
        if self._writing.attempt(partial(self._write, key, value), OSError) and self._is_due(size):
            self.sweep()

    def close(self) -> None:
        """Nothing to do: no file stays open."""

    def sweep(self) -> None:
        """Remove the longest unused where all together are over the limit. It takes about 10 µs an entry."""
        if not self._one_sweep.acquire(blocking=False):
            return
        try:
            self._sweeping.attempt(self._shrink, OSError)
        finally:
            self._one_sweep.release()

    def _read(self, key: str) -> bytes | None:
        path = self._path(key)
        status = _regular(path)
        if status is None:
            return None
        try:
            with path.open("rb", buffering=0) as file:
                header, value = file.read(SEAL_SIZE), file.read()
        except FileNotFoundError:  # just removed by another process
            return None
        if header != seal(key, value):
            path.unlink(missing_ok=True)
            return None
        self._refresh(path, status.st_mtime_ns)
        return value

    def _refresh(self, path: Path, stamp: int) -> None:
        now = self._usage_clock.now()
        if now - stamp >= _REFRESH_INTERVAL:
            with suppress(OSError):  # removed, or on a disk that cannot be written: it is no less a hit
                os.utime(path, ns=(now, now))

    def _write(self, key: str, value: bytes) -> bool:
        """Write an entry, unless something that is not ours has its place; whether it is there now."""
        path = self._path(key)
        is_new = self._make_drawer(path.parent)
        if not is_new and not (_is_folder(path.parent) and _is_free(path)):
            return False
        part = path.with_name(f"{key}.{secrets.token_hex(8)}.part")
        try:
            with os.fdopen(os.open(part, _NEW, 0o600), "wb") as file:
                file.write(seal(key, value))
                file.write(value)
            now = self._usage_clock.now()
            os.utime(part, ns=(now, now))
            part.replace(path)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        return True

    def _make_drawer(self, drawer: Path) -> bool:
        """Make the folder of an entry; whether it was not there."""
        try:
            try:
                drawer.mkdir(0o700)
            except FileNotFoundError:
                self._folder.mkdir(0o700, parents=True, exist_ok=True)
                drawer.mkdir(0o700)
        except FileExistsError:
            return False
        return True

    def _is_due(self, size: int) -> bool:
        """Whether the folder may be over its limit, so much having been added."""
        with self._lock:
            self._put += size
            counted = self._counted
            return counted is None or counted + self._put > self._limit or self._put * _UNSEEN > self._limit

    def _shrink(self) -> None:
        entries = sorted(self._entries(), key=lambda entry: entry.stamp)
        total = sum(entry.size for entry in entries)
        if entries:
            self._usage_clock.follow(entries[-1].stamp)
        if total > self._limit:
            for entry in entries:
                total -= entry.size if _remove(entry.path) else 0
                if total <= self._limit * _LOW_WATER:
                    break
        with self._lock:
            self._counted, self._put = total, 0

    def _entries(self) -> Iterator[_Entry]:
        """Entries in the folder, complete or not: what a crash left behind ages like the rest."""
        for drawer in _list_folder(self._folder):
            if _DRAWER.fullmatch(drawer.name) and drawer.is_dir(follow_symlinks=False):
                for file in _list_folder(Path(drawer.path)):
                    if _OURS.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                        with suppress(FileNotFoundError):
                            status = file.stat(follow_symlinks=False)
                            yield _Entry(Path(file.path), status.st_size, status.st_mtime_ns)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("a key is a SHA-256 in hexadecimal")
        return self._folder / key[:2] / key


_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
"""Flags that create a file, and fail where it exists."""


def _list_folder(folder: Path) -> list[os.DirEntry[str]]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _regular(path: Path) -> os.stat_result | None:
    """The status of a regular file in a folder, neither of them a link; else None."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status if stat.S_ISREG(status.st_mode) and _is_folder(path.parent) else None


def _is_free(path: Path) -> bool:
    """Whether an entry may be put here: there is none, or a regular file."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return True


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)


def _remove(path: Path) -> bool:
    """Remove a file; whether it is gone. Windows keeps one that is being read."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
