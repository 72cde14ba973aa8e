"""The sentences that are compared: ours, or a file of the user's, one a line."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

from huisheng.errors import RequestError, StorageError

MOST: Final = 100
"""Sentences of one page: more than a person listens to at a time."""


def read_sentences(path: Path | None = None) -> tuple[str, ...]:
    """The lines that are not blank; our own eight without a file.

    Raises:
        StorageError: the file cannot be read.
        RequestError: it is not UTF-8, holds nothing, or more than `MOST` lines.
    """
    if path is None:
        data = resources.files("huisheng.listening").joinpath("sentences.txt")
        return _split_lines(data.read_text(encoding="utf-8"))
    found = _split_lines(_read(path))
    if not found:
        raise RequestError(
            f"{path} 里没有句子，请每行写一句。", f"{path} holds no sentence; write one on each line."
        )
    if len(found) > MOST:
        raise RequestError(
            f"{path} 有 {len(found)} 句，一页最多 {MOST} 句，请分成几个文件。",
            f"{path} has {len(found)} sentences; one page takes at most {MOST}. Split the file.",
        )
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestError(
            f"{path} 不是 UTF-8 编码，请另存为 UTF-8 后重试。", f"{path} is not UTF-8; save it as UTF-8."
        ) from error
    except OSError as error:
        raise StorageError(
            f"无法读取 {path}，请检查路径和权限。", f"Cannot read {path}: check the path and your rights."
        ) from error


def _split_lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
