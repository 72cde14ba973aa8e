"""Where a command takes its text from: the command line, a file, or standard input."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from huisheng.errors import EmptyText, InvalidText, StorageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare TEXT and --file."""
    parser.add_argument("text", nargs="?", help="要朗读的文字，- 表示标准输入 the text, - for standard input")
    parser.add_argument("-f", "--file", type=Path, help="从文件读取（UTF-8） read the text from a file")


def read_text(arguments: argparse.Namespace) -> str:
    """The text that was meant.

    Raises:
        EmptyText: none was given.
        InvalidText: it is not UTF-8.
        StorageError: the file cannot be read.
    """
    try:
        if arguments.file is not None:
            return arguments.file.read_text(encoding="utf-8-sig")
        if arguments.text == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidText from error
    except OSError as error:
        raise StorageError(
            f"无法读取 {arguments.file}，请检查路径和权限。",
            f"Cannot read {arguments.file}: check the path and your rights.",
        ) from error
    if not arguments.text:
        raise EmptyText
    return arguments.text
