"""Where a command takes its text from: the command line, a file, or standard input; and how it is written."""

from __future__ import annotations

import argparse
import codecs
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huisheng.errors import EmptyText, RequestError, StorageError

if TYPE_CHECKING:
    from huisheng.engines.protocol import Capabilities
    from huisheng.runtime.options import SynthesisOptions
    from huisheng.text.markup.script import MarkupVocabulary, Script
    from huisheng.text.pronunciation.user import LexiconFile

_STANDARD_INPUT: Final = Path("-")

_MARKUP_OPTIONS: Final = frozenset({"markup", "lexicon"})
"""Options that are declared where a text is read too; the lexicon of a command is a file."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order mark → encoding."""
_CHINESE: Final = "gb18030"
"""Holds GBK and GB 2312."""
_SILENT: Final = frozenset({"utf-8", "utf-8-sig"})
"""Encodings that need no mention."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare TEXT and --file."""
    parser.add_argument(
        "text", nargs="?", help="要合成的文本，- 或省略时读取标准输入 the text; - or none for standard input"
    )
    parser.add_argument(
        "-f",
        "--file",
        type=Path,
        help="从文件读取（UTF-8、UTF-16 或 GB18030），- 为标准输入 read the text from a file",
    )
    parser.set_defaults(refuse=parser.error)


def add_options(parser: argparse._ActionsContainer) -> None:
    """Declare every option of a synthesis, but those of `add_markup`."""
    from huisheng.runtime.options import OPTIONS

    for name in OPTIONS:
        if name not in _MARKUP_OPTIONS:
            _add_option(parser, name)


def _add_option(parser: argparse._ActionsContainer, name: str) -> None:
    from huisheng.runtime.options import OPTIONS

    described = OPTIONS[name]
    text = described.describe(voices="huisheng voices", emotions="docs/guides/emotion.md")
    parser.add_argument(
        f"--{name}",
        type=described.type,
        default=described.default,
        choices=None if described.option.pattern else described.option.choices or None,
        help=text.replace("%", "%%"),
    )


def read_options(arguments: argparse.Namespace) -> SynthesisOptions:
    """The options that were given; a lexicon is a file, which belongs to the synthesizer.

    Raises:
        OutOfRange: a number is outside its bounds.
    """
    from huisheng.runtime.options import OPTIONS, SynthesisOptions

    given = vars(arguments)
    return SynthesisOptions.parse(
        {name: given[name] for name in OPTIONS if name in given and name != "lexicon"}
    )


def add_markup(parser: argparse.ArgumentParser) -> None:
    """Declare --markup and --lexicon."""
    _add_option(parser, "markup")
    parser.add_argument("--lexicon", type=Path, help="用户词典文件 user lexicon")


class ScriptReader:
    """Reads texts as `--markup` and `--lexicon` ask.

    Args:
        arguments: as parsed.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._engine: str = getattr(arguments, "engine", "")
        self._lexicon = lexicon_file(arguments)

    @cached_property
    def _capabilities(self) -> Capabilities:
        """Those of the engine that would speak; a plain text does not need them."""
        from huisheng.engines import make_engine

        return make_engine(self._engine).capabilities

    @cached_property
    def _vocabulary(self) -> MarkupVocabulary:
        from huisheng.runtime.vocabulary import make_vocabulary

        return make_vocabulary(self._capabilities)

    def script(self, text: str, markup: str) -> Script:
        """The text with what its markup and the lexicon ask for.

        Raises:
            MarkupError, LexiconError, StorageError: as their names say.
        """
        from huisheng.text.markup.script import is_plain, plain_script

        script = plain_script(text) if is_plain(text, markup) else self._parse(text, markup)
        if self._lexicon is None:
            return script
        from huisheng.text.markup.substitution import with_lexicon

        return with_lexicon(script, self._lexicon.current())

    def _parse(self, text: str, markup: str) -> Script:
        """The text with what its markup asks for."""
        from huisheng.runtime.vocabulary import check_languages
        from huisheng.text.markup.script import read

        script = read(text, markup, self._vocabulary)
        check_languages(script, self._capabilities)
        return script


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
    """The text that was meant: TEXT, what --file holds, or standard input.

    Raises:
        EmptyText: it is empty.
        RequestError: there is none, or its encoding is unknown.
        StorageError: the file cannot be read.
    """
    if arguments.file is not None and arguments.text is not None:
        arguments.refuse("文字和 -f 只能给一个 give either a text or -f, not both")
    path: Path | None = arguments.file
    if path is None and arguments.text in (None, str(_STANDARD_INPUT)):
        path = _STANDARD_INPUT
    if path == _STANDARD_INPUT and arguments.text is None and arguments.file is None and _is_terminal():
        raise RequestError(
            '没有文字：请写在命令里，如 "你好"，或用 -f 指定文件，或用 - 从标准输入读取。',
            'There is no text: write it behind the command, as in "你好", name a file with -f, '
            "or read standard input with -.",
        )
    text = arguments.text if path is None else _read(path)
    if not text:
        raise EmptyText
    return text


def _is_terminal() -> bool:
    return sys.stdin is None or sys.stdin.isatty()  # pyright: ignore[reportUnnecessaryComparison] (pythonw)


def _read(path: Path) -> str:
    """The text of a file or of standard input; an encoding other than UTF-8 is printed on stderr."""
    try:
        data = sys.stdin.buffer.read() if path == _STANDARD_INPUT else path.read_bytes()
    except OSError as error:
        raise _unreadable(path) from error
    name, english = ("标准输入", "standard input") if path == _STANDARD_INPUT else (f" {path} ", str(path))
    found = decode(data)
    if found is None:
        raise RequestError(
            f"无法识别{name}的文字编码，请另存为 UTF-8 后重试。",
            f"The encoding of {english} is unknown; save it as UTF-8.",
        )
    text, encoding = found
    if encoding not in _SILENT:
        told = encoding.upper()
        print(f"{name.lstrip()}按 {told} 读取。 Read as {told}.", file=sys.stderr)
    return text


def decode(data: bytes) -> tuple[str, str] | None:
    """A text and its encoding: as its byte order mark says, else UTF-8, else GB18030.

    Returns:
        None when it is none of them. Nearly every sequence of bytes is GB18030 or UTF-16, so there all
        characters must be printable.
    """
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    for encoding in marked[:1] or ("utf-8", _CHINESE):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding in _SILENT or all(letter.isprintable() or letter.isspace() for letter in text):
            return text, encoding
    return None


def _unreadable(path: Path) -> StorageError:
    return StorageError(
        f"无法读取 {path}，请检查路径和权限。", f"Cannot read {path}: check the path and your rights."
    )
