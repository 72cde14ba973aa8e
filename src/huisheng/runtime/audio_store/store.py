"""Produced files: kept for a while under names that cannot be guessed.

The folder is the only truth, so what was produced before a restart is still found after it. A file appears in
one step when it is complete.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from huisheng.errors import AudioNotFound, StorageError
from huisheng.runtime.audio_store import locks
from huisheng.runtime.audio_store.quota import (
    NAME,
    NO_LINK,
    ONLY_OURS,
    UNFINISHED,
    Clock,
    StorageQuota,
    create_file,
    make_ours,
    prepare,
)

_PROBE: Final = ".probe"
_GROWTH: Final = 1 << 16
"""Bytes by which a draft is made longer, at least, when it is longer than expected; else by a quarter."""
_FRESH: Final = 10**9
"""Nanoseconds that may lie between the end of a file and the telling of its address."""


@dataclass(frozen=True, slots=True)
class StoredAudio:
    """A file that stays as long as this is open.

    Attributes:
        path: of the file.
        status: what the system said of it when it was found.
        file: is open and locked; nothing is read from it.
    """

    path: Path
    status: os.stat_result
    file: BinaryIO

    def __enter__(self) -> StoredAudio:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let it go when its time is over."""
        self.file.close()


class AudioDraft:
    """A file that is being written, and its share of the quota.

    Args:
        quota: of all files.
        suffix: of the name, with its dot.
        size: bytes that are reserved; the file has this length from the beginning.

    Attributes:
        name: of the file once it is published.
        file: what was written, for corrections in place; to add to it, call `write`.
        reserved: bytes that it has of the quota.
    """

    def __init__(self, quota: StorageQuota, suffix: str, size: int) -> None:
        self.name = secrets.token_urlsafe(16) + suffix
        self.reserved = size
        self._quota = quota
        self._target = quota.folder / self.name
        self._path = quota.folder / (self.name + UNFINISHED)
        self._length = 0
        self._published = False
        self._siblings: tuple[AudioDraft, ...] = (self,)
        self.file: BinaryIO = os.fdopen(create_file(self._path, os.O_EXCL), "w+b")
        locks.acquire(self.file.fileno())
        try:
            self.file.truncate(size)
        except OSError:
            self._close()
            raise

    @property
    def length(self) -> int:
        """Bytes that were written so far."""
        return self._length

    def join(self, siblings: tuple[AudioDraft, ...]) -> None:
        """Be one of the files of an answer, which must fit together."""
        self._siblings = siblings

    def write(self, data: bytes) -> None:
        """Add to the file; where it becomes longer than expected, more room is reserved.

        Raises:
            AudioTooLarge: the answer cannot fit.
            AudioStoreFull: others have the room.
            OSError: it cannot be written.
        """
        end = self._length + len(data)
        if end > self.reserved:
            self._extend(end)
        self.file.write(data)
        self._length = end

    def publish(self) -> None:
        """Let the file be found; what it did not need of its room is given back."""
        self.file.truncate(self._length)
        with self._quota.lock() as ledger:
            self.file.close()
            now = self._quota.now()
            os.utime(self._path, ns=(now, now))
            self._path.replace(self._target)
            ledger.settle(self.reserved, self._length)
        self._published, self.reserved = True, 0

    def discard(self) -> None:
        """Remove what was written, and give its room back, unless it is published."""
        if self._published:
            return
        with suppress(OSError), self._quota.lock() as ledger:
            ledger.settle(self.reserved, 0)
        self._close()

    def _close(self) -> None:
        with suppress(OSError):  # what a full disk did not take is not wanted any more
            self.file.close()
        with suppress(OSError):  # the next sweep removes what cannot be removed now
            self._path.unlink(missing_ok=True)

    def _extend(self, end: int) -> None:
        others = sum(draft.reserved for draft in self._siblings if draft is not self)
        self._quota.require(others + end)
        wished = min(end + max(end // 4, _GROWTH), self._quota.limit - others)
        with self._quota.lock() as ledger:
            size = self.reserved + ledger.reserve_some(wished - self.reserved, end - self.reserved)
            self.file.truncate(size)
        self.reserved = size


class AudioStore:
    """The folder of produced files. Several stores, of one process or of many, may have one folder.

    Args:
        folder: ours alone; made when missing.
        ttl: how long a file can be found.
        limit: bytes that all files together may hold, the unfinished among them by their expected size.
        clock: tells the age of files.
    """

    def __init__(self, folder: Path, ttl: timedelta, limit: int, clock: Clock | None = None) -> None:
        nanoseconds = int(ttl.total_seconds() * 1e9)
        self._quota = StorageQuota(folder, nanoseconds, limit, clock or Clock())

    @property
    def _folder(self) -> Path:
        return self._quota.folder

    @contextmanager
    def draft(self, suffix: str, size: int = 0) -> Generator[AudioDraft]:
        """One new file; as `drafts`."""
        with self.drafts((suffix, size)) as (draft,):
            yield draft

    @contextmanager
    def drafts(self, *expected: tuple[str, int]) -> Generator[tuple[AudioDraft, ...]]:
        """New files of one answer, for the length of the block; what it did not publish is gone after it.

        Args:
            expected: suffix of the name, with its dot, and bytes that the file will hold, about.

        Raises:
            AudioTooLarge: they cannot fit at all.
            AudioStoreFull: others have the room, for now.
            StorageError: no space on the disk, or no right to write.
        """
        size = sum(size for _, size in expected)
        self._quota.require(size)
        with _storage(self._folder), ExitStack() as ends:
            with self._quota.lock() as ledger:
                ledger.reserve(size)
                drafts = tuple(self._drafts(expected, ends))
            for draft in drafts:
                draft.join(drafts)
            yield drafts

    def _drafts(self, expected: Iterable[tuple[str, int]], ends: ExitStack) -> Generator[AudioDraft]:
        for suffix, size in expected:
            draft = AudioDraft(self._quota, suffix, size)
            ends.callback(draft.discard)
            yield draft

    def find(self, name: str) -> StoredAudio:
        """The file of that name; to be closed.

        Raises:
            AudioNotFound: it never was, or its time is over.
            StorageError: it cannot be read.
        """
        if not NAME.fullmatch(name):
            raise AudioNotFound
        path = self._folder / name
        with _storage(self._folder):
            file = _open_regular(path)
            if file is None:
                raise AudioNotFound
            locks.acquire(file.fileno(), shared=True)
            audio = StoredAudio(path, os.fstat(file.fileno()), file)
            if not audio.status.st_nlink or self._quota.is_over(audio.status.st_mtime_ns):
                audio.close()
                raise AudioNotFound
            return audio

    def promise(self, names: Iterable[str]) -> None:
        """Let the time of finished files begin now, since their addresses are told now.

        Raises:
            AudioNotFound: one had to make room before.
            StorageError: the folder cannot be used.
        """
        with _storage(self._folder), self._quota.lock():
            now = self._quota.now()
            for name in names:
                try:
                    if now - (self._folder / name).stat().st_mtime_ns > _FRESH:
                        os.utime(self._folder / name, ns=(now, now))
                except FileNotFoundError as error:
                    raise AudioNotFound from error

    def sweep(self) -> None:
        """Remove files whose time is over, then the oldest where all are over the limit.

        What is being written or sent, and what was just promised, stays.

        Raises:
            StorageError: the folder cannot be used.
        """
        with _storage(self._folder), suppress(FileNotFoundError):
            self._folder.stat()
            self._sweep()

    def _sweep(self) -> None:
        with self._quota.lock() as ledger:
            files = ledger.tidy()
            for file in files:
                if file.open:
                    make_ours(file.path, ONLY_OURS)
            ledger.shrink(files, ledger.taken - self._quota.limit)

    def check(self) -> None:
        """Make sure that files can be written.

        Raises:
            StorageError: they cannot.
        """
        with _storage(self._folder):
            prepare(self._folder)
            probe = self._folder / _PROBE
            with os.fdopen(create_file(probe, os.O_TRUNC), "wb") as file:
                file.write(b"\n")
            probe.unlink(missing_ok=True)


def _open_regular(path: Path) -> BinaryIO | None:
    """The file at `path` if there is one now; links are not followed."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        return os.fdopen(os.open(path, os.O_RDONLY | NO_LINK), "rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError):
        return None


@contextmanager
def _storage(folder: Path) -> Generator[None]:
    """Translate what the operating system refuses.

    Raises:
        StorageError: no space, or no right to write.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageError(
            f"无法使用音频文件夹 {folder}（{reason}），请检查磁盘空间和权限。",
            f"Cannot use {folder} ({reason}); check free space and rights.",
        ) from error
