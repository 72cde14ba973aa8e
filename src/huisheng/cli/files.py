"""Files that a command writes: whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TextIO

from huisheng.errors import StorageError


@contextlib.contextmanager
def whole_file(path: Path) -> Generator[TextIO]:
    """A text file that takes its name when the block ends well; otherwise what was there before stays.

    Raises:
        StorageError: it cannot be written; told before the block begins where that can be known.
    """
    with storage(path):
        if path.exists() and not path.is_file():  # a folder, or a device that a file must not replace
            raise OSError(errno.EINVAL, "no file", path)
        descriptor, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                yield file
            part.chmod(0o644)  # temporary files are made for their owner alone
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextlib.contextmanager
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
