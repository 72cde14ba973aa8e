"""Where a command takes its text from: the command line, a file, or standard input; and how it is written."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huisheng.errors import EmptyText, InvalidText, StorageError

if TYPE_CHECKING:
    from huisheng.text.markup.script import Script
    from huisheng.text.pronunciation.user import LexiconFile

_STANDARD_INPUT: Final = Path("-")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare TEXT and --file."""
    parser.add_argument("text", nargs="?", help="要合成的文本，- 表示标准输入 the text, - for standard input")
    parser.add_argument("-f", "--file", type=Path, help="从文件读取（UTF-8） read the text from a file")


def add_markup(parser: argparse.ArgumentParser) -> None:
    """Declare --markup and --lexicon."""
    parser.add_argument(
        "--markup",
        default="auto",
        choices=("auto", "none", "ssml", "shorthand"),
        help="标记格式：auto 自动识别 SSML 和简写 how the text is marked up",
    )
    parser.add_argument("--lexicon", type=Path, help="用户词典文件 user lexicon")


class ScriptReader:
    """Reads texts as `--markup` and `--lexicon` ask.

    Args:
        arguments: as parsed.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        from huisheng.engines import make_engine
        from huisheng.runtime.vocabulary import vocabulary

        self._capabilities = make_engine(getattr(arguments, "engine", "")).capabilities
        self._vocabulary = vocabulary(self._capabilities)
        self._lexicon = lexicon_file(arguments)

    def script(self, text: str, markup: str) -> Script:
        """The text with what its markup and the lexicon ask for.

        Raises:
            MarkupError, LexiconError, StorageError: as their names say.
        """
        from huisheng.runtime.vocabulary import check_languages
        from huisheng.text.markup.reading import read
        from huisheng.text.markup.substitution import with_lexicon

        script = read(text, markup, self._vocabulary)
        check_languages(script, self._capabilities)
        return with_lexicon(script, self._lexicon.current()) if self._lexicon else script


def lexicon_file(arguments: argparse.Namespace) -> LexiconFile | None:
    """The file that `--lexicon` names, None without.

    Raises:
        StorageError: there is no such file.
    """
    from huisheng.text.pronunciation.user import LexiconFile

    path: Path | None = arguments.lexicon
    if path is None:
        return None
    if not path.exists():
        raise _unreadable(path)
    return LexiconFile(path)


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
        if arguments.text == str(_STANDARD_INPUT):
            return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidText from error
    except OSError as error:
        raise _unreadable(arguments.file or _STANDARD_INPUT) from error
    if not arguments.text:
        raise EmptyText
    return arguments.text


def _unreadable(path: Path) -> StorageError:
    return StorageError(
        f"无法读取 {path}，请检查路径和权限。", f"Cannot read {path}: check the path and your rights."
    )
