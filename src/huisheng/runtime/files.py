"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from huisheng.errors import StorageError


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that has no name yet.

    Attributes:
        file: open for reading and writing.
        target: the name that it shall have; a link is followed.
        part: the name that it has meanwhile, in the same folder.
    """

    file: BinaryIO
    target: Path
    part: Path

    def publish(self) -> None:
        """Give the file its name, in place of an earlier one.

        Raises:
            StorageError: it cannot be written.
        """
        with storage(self.target):
            self.file.close()
            self.part.replace(self.target)


@contextmanager
def draft(path: Path) -> Generator[Draft]:
    """A new file, gone at the end unless it was published.

    Raises:
        StorageError: it cannot be written; told before the block begins where that can be known.
    """
    with storage(path):
        target = path.resolve()
        if path.exists() and not path.is_file():  # a folder, or a device that a file must not replace
            raise OSError(errno.EINVAL, "no file", path)
        part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with storage(path):
            file = part.open("x+b")
        with file:
            yield Draft(file, target, part)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def storage(path: Path) -> Generator[None]:
    """Tells what the system refuses; a reader that is gone is not among it.

    Raises:
        StorageError: the file cannot be written.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StorageError(
            f"无法写入 {path}，请检查路径、磁盘空间和写入权限。",
            f"Cannot write {path}: check the path, the space and your rights.",
        ) from error
