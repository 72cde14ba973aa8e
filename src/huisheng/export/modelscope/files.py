"""Files of a stranger's directory: what is opened lies inside it, is a plain file, and is not too large."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from huisheng.errors import ModelError
from huisheng.voice.store import digest, storage

TEXT_LIMIT: Final = 1 << 20
"""Bytes of a text. The longest that is read, a list of phones, has 30 kB."""

_LONGEST_PLACE: Final = 160
_LONGEST_REASON: Final = 600
"""Characters of a message that come from a stranger."""

_MOST_ENTRIES: Final = 10_000
"""Most entries of one folder."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A plain file inside a model's directory.

    Attributes:
        name: its path from there, with forward slashes.
        path: where it really lies.
    """

    name: str
    path: Path

    def digest(self) -> str:
        """SHA-256, in hexadecimal.

        Raises:
            StorageError: it cannot be read.
        """
        with storage(self.path):
            return digest(self.path)

    def text(self, limit: int = TEXT_LIMIT) -> str:
        """Its content as UTF-8, with or without a byte-order mark.

        Args:
            limit: bytes that are read at most.

        Raises:
            ModelError: it is larger than the limit, or no UTF-8.
            StorageError: it cannot be read.
        """
        self.check_size(limit)
        try:
            with storage(self.path):
                return self.path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise model_error(self.name, "不是 UTF-8 文本", "it is no UTF-8 text") from error

    def head(self, limit: int) -> str:
        """The first `limit` bytes as UTF-8, whatever is none replaced.

        Raises:
            StorageError: it cannot be read.
        """
        with storage(self.path), self.path.open("rb") as file:
            return file.read(limit).decode("utf-8-sig", errors="replace")

    def check_size(self, limit: int) -> None:
        """
        Args:
            limit: bytes.

        Raises:
            ModelError: it is larger.
            StorageError: it cannot be looked at.
        """
        with storage(self.path):
            size = self.path.stat().st_size
        if size > limit:
            raise model_error(
                self.name, f"有 {size} 字节，上限为 {limit}", f"it has {size} bytes; the limit is {limit}"
            )


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A directory of which nothing is trusted, neither its links nor the paths that its settings name.

    Attributes:
        root: where it lies, without links.
    """

    root: Path

    def file(self, name: str) -> ModelFile | None:
        """The file of this path, None when nothing is there.

        Raises:
            ModelError: it lies outside, or is no plain file.
        """
        path = self._inside(name)
        if path is None:
            return None
        if not stat.S_ISREG(path.stat().st_mode):
            raise model_error(name, "不是普通文件", "it is no plain file")
        return ModelFile(name, path)

    def require_file(self, name: str) -> ModelFile:
        """The file of this path.

        Raises:
            ModelError: it is not there, lies outside, or is no plain file.
        """
        found = self.file(name)
        if found is None:
            raise model_error(name, "缺少这个文件，请重新下载模型", "it is missing; download the model again")
        return found

    def has_folder(self, name: str) -> bool:
        """Whether there is a folder of this path.

        Raises:
            ModelError: it lies outside.
        """
        path = self._inside(name)
        return path is not None and path.is_dir()

    def entries(self, name: str = "") -> tuple[str, ...]:
        """Paths of what a folder holds, sorted; none when it is not there.

        Raises:
            ModelError: it lies outside, or holds too much.
        """
        if not self.has_folder(name):
            return ()
        with storage(self.root):
            found = sorted(path.name for path in (self.root / name).iterdir())
        if len(found) > _MOST_ENTRIES:
            raise model_error(
                name, f"文件超过 {_MOST_ENTRIES} 个", f"it holds more than {_MOST_ENTRIES} files"
            )
        return tuple(join_path(name, entry) for entry in found)

    def _inside(self, name: str) -> Path | None:
        try:
            path = (self.root / name).resolve()
            exists = path.exists()
        except (OSError, ValueError, RuntimeError) as error:  # name too long; with a NUL; links in a circle
            raise model_error(name, "不是可用的路径", "it is no usable path") from error
        if not path.is_relative_to(self.root):
            raise model_error(name, "指向模型目录之外", "it leads out of the model's directory")
        return path if exists else None


def join_path(folder: str, name: str) -> str:
    """A path below a folder of the model; the empty folder is the model's own."""
    return f"{folder}/{name}" if folder else name


def model_error(place: str, reason: str, english: str) -> ModelError:
    """The error for something in a stranger's directory; what it quotes is short and safe for a terminal.

    Args:
        place: the file or folder at fault; empty for the directory itself.
        reason: Chinese, what is wrong, without a full stop.
        english: the same in English.
    """
    reasons = _shorten(reason, _LONGEST_REASON), _shorten(english, _LONGEST_REASON)
    if place:
        return ModelError(_shorten(place, _LONGEST_PLACE), *reasons)
    error = ModelError("模型目录", *reasons)
    error.english = ModelError("The model's directory", *reasons).english
    return error


def _shorten(text: str, longest: int) -> str:
    short = text if len(text) <= longest else f"{text[:longest]}…"
    return "".join(letter if letter.isprintable() else "�" for letter in short)
