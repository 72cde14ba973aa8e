"""Produced files: kept for a while under names that nobody can guess.

The folder is the only truth, so what was produced before a restart is still found after it. A file appears in
one step when it is complete; its time of change tells its age.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from huisheng.errors import StorageError
from huisheng.server.errors import AudioNotFound

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{22}\.[a-z0-9]{1,8}")
"""16 random bytes in base64url, and a suffix."""

_UNFINISHED: Final = ".part"


class StoredAudio(NamedTuple):
    """A file, and what the system said of it when it was found."""

    path: Path
    status: os.stat_result


class Draft:
    """A file that is being written. `file` is open for writing, reading and seeking."""

    def __init__(self, folder: Path, suffix: str, clock: Callable[[], float]) -> None:
        self.name = secrets.token_urlsafe(16) + suffix
        self._target = folder / self.name
        self._path = folder / (self.name + _UNFINISHED)
        self._clock = clock
        self.file: BinaryIO = self._path.open("w+b")

    def publish(self) -> None:
        """Let the file be found."""
        self.file.close()
        now = self._clock()
        os.utime(self._path, (now, now))
        self._path.replace(self._target)

    def discard(self) -> None:
        """Remove what was written, unless it is published."""
        with suppress(OSError):  # what a full disk did not take is not wanted any more
            self.file.close()
        self._path.unlink(missing_ok=True)


class AudioStore:
    """The folder of produced files.

    Args:
        folder: ours alone; made when missing.
        ttl: how long a file can be found.
        limit: bytes that all files together may hold; the oldest go first.
        clock: seconds since the epoch.
    """

    def __init__(
        self, folder: Path, ttl: timedelta, limit: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._ttl = ttl.total_seconds()
        self._limit = limit
        self._clock = clock

    @contextmanager
    def draft(self, suffix: str) -> Generator[Draft]:
        """A new file for the length of the block; it is gone afterwards unless the block published it.

        Args:
            suffix: of the name, with its dot.

        Raises:
            StorageError: no space, or no right to write.
        """
        with _storage(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = Draft(self._folder, suffix, self._clock)
            try:
                yield draft
            finally:
                draft.discard()

    def find(self, name: str) -> StoredAudio:
        """The file of that name.

        Raises:
            AudioNotFound: it never was, or its time is over.
            StorageError: the folder cannot be read.
        """
        if not _NAME.fullmatch(name):
            raise AudioNotFound
        with _storage(self._folder):
            audio = _looked_up(self._folder / name)
        if audio is None or self._expired(audio.status):
            raise AudioNotFound
        return audio

    def sweep(self) -> None:
        """Remove files whose time is over, then the oldest until the rest fits.

        Raises:
            StorageError: the folder cannot be read.
        """
        with _storage(self._folder), suppress(FileNotFoundError):
            self._sweep()

    def _sweep(self) -> None:
        total = 0
        for audio in sorted(self._ours(), key=lambda audio: audio.status.st_mtime, reverse=True):
            total += audio.status.st_size
            if self._expired(audio.status) or total > self._limit:
                total -= audio.status.st_size
                # Windows keeps a file that is being sent; the next sweep will get it.
                with suppress(OSError):
                    audio.path.unlink()

    def _expired(self, status: os.stat_result) -> bool:
        """A file from far in the future is one from before the clock was put right: it would not grow old."""
        return abs(self._clock() - status.st_mtime) >= self._ttl

    def _ours(self) -> Iterator[StoredAudio]:
        """Files that we made, finished or not; whatever else lies in the folder is left alone."""
        for path in self._folder.iterdir():
            if _NAME.fullmatch(path.name.removesuffix(_UNFINISHED)) and (audio := _looked_up(path)):
                yield audio


def _looked_up(path: Path) -> StoredAudio | None:
    """The file at `path` if there is one now; links are not followed."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return StoredAudio(path, status) if stat.S_ISREG(status.st_mode) else None


@contextmanager
def _storage(folder: Path) -> Generator[None]:
    """Translate what the operating system refuses.

    Raises:
        StorageError: no space, or no right to write.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"无法使用音频文件夹 {folder}，请检查磁盘空间和权限。",
            f"Cannot use {folder}; check free space and rights.",
        ) from error
