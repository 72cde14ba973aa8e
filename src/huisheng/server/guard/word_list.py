"""Words that must not be spoken."""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final, Protocol, cast

from huisheng.errors import SetupError

logger = logging.getLogger("huisheng.server")

LONGEST: Final = 64
"""Characters of a word. A search takes time by the number of lengths that words with one beginning have."""

_BETWEEN: Final = re.compile(r"[\W_]+")


class TextFilter(Protocol):
    """Looks for what must not be spoken. Called from several threads."""

    def find(self, text: str) -> str | None:
        """The first match, or None."""
        ...


@dataclass(frozen=True, slots=True)
class _FoldedText:
    """A text without the characters that people hide words with; `joints` are the indices at which some were
    removed.
    """

    text: str
    joints: frozenset[int]


class WordList:
    """Finds words however they are written: in any width or case, with anything but letters and digits in
    between (Unicode NFKC, then case folding).

    A word that begins or ends in a Latin letter or a digit is not found inside a longer one: `ass` is not
    in `class`.

    Args:
        words: what is looked for.
    """

    def __init__(self, words: Iterable[str]) -> None:
        folded = {_fold(word).text: word for word in words}
        folded.pop("", None)
        lengths: dict[str, set[int]] = {}
        for word in folded:
            lengths.setdefault(word[0], set()).add(len(word))
        self._words = folded
        self._lengths = {head: tuple(sorted(found)) for head, found in lengths.items()}

    def __len__(self) -> int:
        return len(self._words)

    def find(self, text: str) -> str | None:
        """The first word in a text, as the list writes it."""
        folded = _fold(text)
        for start, head in enumerate(folded.text):
            for length in self._lengths.get(head, ()):
                end = start + length
                word = self._words.get(folded.text[start:end])
                if word is not None and _stands_alone(folded, start, end):
                    return word
        return None


class WordFile:
    """The words in a file, one a line, `#` before a note; read again whenever it has changed.

    What was read last stays in force while the file cannot be read. Safe to use from several threads.

    Args:
        path: of the file.

    Raises:
        SetupError: it cannot be read now.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp = _stamp(path)
        self._words = _read(path)

    def find(self, text: str) -> str | None:
        """The first match in a text, or None."""
        return self._current().find(text)

    def _current(self) -> WordList:
        with self._lock:
            try:
                stamp = _stamp(self._path)
                if stamp != self._stamp:
                    self._stamp = stamp
                    self._words = _read(self._path)
            except SetupError as error:
                logger.error("%s", error.message)  # noqa: TRY400 (a plain sentence helps more)
            return self._words


def load_filter(factory: str) -> TextFilter:
    """The filter that `package.module:factory` makes.

    Raises:
        SetupError: there is no such factory, or it makes none.
    """
    module, _, name = factory.partition(":")
    try:
        loaded: object = getattr(import_module(module), name)()
    except Exception as error:
        raise _unusable_factory(factory, type(error).__name__) from error
    if not callable(getattr(loaded, "find", None)):
        raise _unusable_factory(factory, "find")
    return cast("TextFilter", loaded)


def _unusable_factory(factory: str, reason: str) -> SetupError:
    return SetupError(
        f"无法用 {factory} 建立文本过滤器（{reason}），请检查 HUISHENG_WORD_FILTER。",
        f"{factory} makes no text filter ({reason}); check HUISHENG_WORD_FILTER.",
    )


def _fold(text: str) -> _FoldedText:
    plain = unicodedata.normalize("NFKC", _strip_accents(text)).casefold()
    pieces = _BETWEEN.split(plain)
    return _FoldedText("".join(pieces), frozenset(accumulate(map(len, pieces), initial=0)))


def _strip_accents(text: str) -> str:
    """A text whose stacks of accents have lost all but one: ordering a stack takes time by its square."""
    if text.isascii():
        return text
    accents = map(unicodedata.combining, f" {text}")
    return "".join(
        character
        for character, (before, here) in zip(text, pairwise(accents), strict=True)
        if not (before and here)
    )


def _stands_alone(folded: _FoldedText, start: int, end: int) -> bool:
    return not (_is_inside(folded, start) or _is_inside(folded, end))


def _is_inside(folded: _FoldedText, index: int) -> bool:
    """Whether a Latin word or a number goes on across an index."""
    around = folded.text[index - 1 : index + 1] if index else ""
    return index not in folded.joints and around.isascii() and len(around) == len("ab")


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable_file(path) from error
    return status.st_mtime_ns, status.st_size


def _read(path: Path) -> WordList:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable_file(path) from error
    words = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    for word in words:
        if len(word) > LONGEST or not _fold(word).text:
            raise _invalid_line(path, lines.index(next(line for line in lines if line.strip() == word)) + 1)
    return WordList(words)


def _unreadable_file(path: Path) -> SetupError:
    return SetupError(
        f"无法读取词表 {path}，请检查路径、权限，并保存为 UTF-8。",
        f"The list of words {path} cannot be read: check the path and your rights, and save it as UTF-8.",
    )


def _invalid_line(path: Path, line: int) -> SetupError:
    return SetupError(
        f"词表 {path} 第 {line} 行有误：一行一个词，最长 {LONGEST} 字，至少含一个汉字、字母或数字。",
        f"{path}, line {line}: write a word a line, of at most {LONGEST} characters, with a letter or digit.",
    )
