"""Secrets that settings name a file for, so that they stand in no environment."""

from __future__ import annotations

from pathlib import Path

from huisheng.errors import SetupError


def read_secret(path: Path, variable: str) -> str:
    """What a file with a secret holds, without the space around it.

    Raises:
        SetupError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            f"无法读取 {variable} 指定的文件 {path}，请检查路径和权限。",
            f"The file {path} of {variable} cannot be read; check the path and your rights.",
        ) from error
