"""The write-ahead log of a server: the answers that are charged, written before their last bytes go out.

A line survives the death of the process (not a power cut: it is not synced). Each server writes a file of its
own and holds a lock on it, so that another can tell whether it lives. A line that was cut short is left out:
every line begins with the line feed that ends the one before.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Container, Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from huisheng.errors import StorageError
from huisheng.runtime.audio_store import locks
from huisheng.server.usage.endings import Ending

logger = logging.getLogger("huisheng.server")

FOLDER: Final = "settlements"
"""In our folder for data: the files of the servers of this machine."""

_SUFFIX: Final = ".log"
_OWNER_ONLY: Final = 0o600
_ENDING: Final = TypeAdapter(Ending)


class SettlementLog:
    """The file of this server. Everything here is called from one thread.

    Args:
        folder: of the files of all servers of this machine.
        instance: this server.

    Raises:
        StorageError: the file cannot be made.
    """

    def __init__(self, folder: Path, instance: str) -> None:
        self._path = folder / f"{instance}{_SUFFIX}"
        new = folder / f"{instance}.new"  # others look at `.log` only, and take one without a lock for dead
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, _OWNER_ONLY)
            locks.acquire(self._descriptor)
            new.rename(self._path)
        except OSError as error:
            raise StorageError(
                f"无法写入结算日志 {self._path}，请检查目录的权限和磁盘空间。",
                f"The settlement log {self._path} cannot be written; check its folder and the disk.",
            ) from error

    def append(self, ending: Ending) -> None:
        """Write a line. Where that fails it is logged, and the answer is charged unless the process dies."""
        try:
            os.write(self._descriptor, b"\n" + _ENDING.dump_json(ending))
        except OSError as error:
            logger.error("结算日志写入失败 settlement log not written: %s", type(error).__name__)  # noqa: TRY400

    def truncate(self) -> None:
        """All lines are in the books."""
        os.ftruncate(self._descriptor, 0)

    def close(self, *, done: bool) -> None:
        """Give the file back; it is removed where everything in it is `done`."""
        if done:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


@dataclass(frozen=True, slots=True)
class DeadServer:
    """What a dead server of this machine has left.

    Attributes:
        instance: its id.
        endings: the lines of its file.
    """

    instance: str
    endings: list[Ending]


def dead_servers(folder: Path, known: Container[str], living: Container[str]) -> Generator[DeadServer]:
    """The dead servers of this machine; the file of one is removed when the next is asked for.

    Args:
        folder: of the files.
        known: servers of the database. Files of others are left alone: they belong to another database.
        living: servers whose lease has not expired. It counts only where files have no locks.
    """
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        if path.stem not in known:
            continue
        with path.open("rb") as file:
            is_free = locks.is_free(file.fileno())
            if path.stem not in living if is_free is None else is_free:
                yield DeadServer(path.stem, read_endings(file.read()))
                path.unlink(missing_ok=True)


def find_foreign(folder: Path, known: Container[str]) -> list[Path]:
    """Files with lines of dead servers that had another database: none of those that are known."""
    found: list[Path] = []
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        with suppress(FileNotFoundError):  # its server may be ending just now
            if path.stem not in known and path.stat().st_size and is_dead(folder, path.stem):
                found.append(path)
    return found


def is_dead(folder: Path, instance: str) -> bool:
    """Whether a server has left its file here, and is dead. False also where that cannot be known."""
    path = folder / f"{instance}{_SUFFIX}"
    if not path.exists():
        return False
    with path.open("rb") as file:
        return locks.is_free(file.fileno()) is True


def read_endings(content: bytes) -> list[Ending]:
    """The lines of a file, but for those that were cut short."""
    endings: list[Ending] = []
    for line in filter(None, content.split(b"\n")):
        try:
            endings.append(_ENDING.validate_json(line))
        except ValidationError:
            logger.warning("a line of the settlement log was cut short and is left out")
    return endings
