"""Small files from anywhere: read without trust, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from huisheng.errors import LicenseError
from huisheng.voice.store import storage

LARGEST: Final = 16 * 1024
"""Bytes of a licence, of a key, of our state."""


def is_there(path: Path) -> bool:
    """Whether something has this name; what may not be looked at counts as there."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def read_small(path: Path) -> bytes:
    """The content of a file.

    Raises:
        LicenseError: there is no such file, it is no plain file, cannot be read, or is too large.
    """
    try:
        if not path.is_file():  # a pipe would never answer
            raise FileNotFoundError(path)
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise LicenseError(
            "license_missing",
            f"无法读取文件 {path}，请检查路径和权限",
            f"the file {path} cannot be read; check the path and your rights",
        ) from error
    if len(content) > LARGEST:
        raise LicenseError(
            "license_unreadable",
            f"{path} 超过 {LARGEST // 1024} KB，不是许可证或密钥",
            f"{path} is over {LARGEST // 1024} KB and no licence or key",
        )
    return content


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file that appears in one step, in place of an earlier one, and outlives a loss of power.

    Raises:
        StorageError: it cannot be written.
    """
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(mode)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
