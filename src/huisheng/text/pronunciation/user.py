"""Lexicons of users: words read as they say, or replaced by what is to be said.

    # word      reading, or = and what to say instead
    朝阳        zhao1 yang2
    WHO         = 世界卫生组织

Lexicons come in levels, the nearest wins: that of the request over that of the account over the file of the
installation. What two levels say differently is a conflict and is reported, not refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from huisheng import forking
from huisheng.errors import LexiconError, StorageError
from huisheng.text.markup.phonemes import pinyin
from huisheng.text.pronunciation.lexicon import Readings

LONGEST_WORD: Final = 40
LONGEST_ALIAS: Final = 200
MOST_ENTRIES: Final = 20_000

_ALIAS: Final = "="
_LOWER: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class LexiconEntry(NamedTuple):
    """What is said for a word: readings, one a character, or an alias."""

    readings: Readings = ()
    alias: str = ""


class LexiconMatch(NamedTuple):
    """A word of the lexicon in a text, from `start` up to `end`."""

    start: int
    end: int
    entry: LexiconEntry


class Conflict(NamedTuple):
    """A word that two levels read differently; the first wins."""

    word: str
    level: str
    other_level: str


@dataclass(frozen=True, slots=True)
class UserLexicon:
    """Words and what is said for them. Immutable.

    Attributes:
        entries: by word, Latin letters in lower case.
    """

    entries: Mapping[str, LexiconEntry] = field(default_factory=dict[str, LexiconEntry])
    _lengths: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])

    @classmethod
    def of(cls, entries: Mapping[str, LexiconEntry]) -> UserLexicon:
        """A lexicon of these entries."""
        lengths: dict[str, set[int]] = {}
        for word in entries:
            lengths.setdefault(word[0], set()).add(len(word))
        return cls(entries, {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()})

    def __bool__(self) -> bool:
        return bool(self.entries)

    def find(self, text: str) -> Iterator[LexiconMatch]:
        """The words of the lexicon in a text: the longest at each place, from the left, never overlapping."""
        folded = text.translate(_LOWER)
        place = 0
        while place < len(text):
            end = self._longest(folded, place)
            if end:
                yield LexiconMatch(place, end, self.entries[folded[place:end]])
            place = end or place + 1

    def _longest(self, text: str, start: int) -> int:
        """Where the longest word that begins at `start` ends, 0 when there is none."""
        for length in self._lengths.get(text[start], ()):
            end = start + length
            if end <= len(text) and text[start:end] in self.entries and _stands_alone(text, start, end):
                return end
        return 0


def parse(text: str) -> UserLexicon:
    """A lexicon from its text: a word, a tab or blanks, and its reading, or `=` and an alias, a line.

    Raises:
        LexiconError: a line is wrong; which and how.
    """
    entries: dict[str, LexiconEntry] = {}
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        _add(entries, *_columns(line), number)
    return UserLexicon.of(entries)


def from_mapping(said: Mapping[str, str]) -> UserLexicon:
    """A lexicon from word → reading, or `=` and an alias.

    Raises:
        LexiconError: an entry is wrong.
    """
    entries: dict[str, LexiconEntry] = {}
    for word, value in said.items():
        _add(entries, word.strip(), value.strip(), 0)
    return UserLexicon.of(entries)


def merge_lexicons(levels: Iterable[UserLexicon]) -> UserLexicon:
    """One lexicon from several, the first the nearest."""
    filled = [level for level in levels if level]
    if len(filled) < 2:
        return filled[0] if filled else UserLexicon()
    merged: dict[str, LexiconEntry] = {}
    for level in reversed(filled):
        merged.update(level.entries)
    return UserLexicon.of(merged)


def conflicts(levels: Sequence[tuple[str, UserLexicon]]) -> tuple[Conflict, ...]:
    """What named levels, the nearest first, say differently."""
    return tuple(
        Conflict(word, name, other_name)
        for index, (name, level) in enumerate(levels)
        for other_name, other in levels[index + 1 :]
        for word, entry in level.entries.items()
        if other.entries.get(word, entry) != entry
    )


def check_size(entries: Sized, line: int = 0) -> None:
    """Refuse a lexicon that is too large, which needs no reading of its entries.

    Args:
        entries: by word.
        line: that is the last of them; 0 where there are no lines.

    Raises:
        LexiconError: there are too many.
    """
    if len(entries) > MOST_ENTRIES:
        raise LexiconError(line, f"词条超过 {MOST_ENTRIES} 个", f"there are more than {MOST_ENTRIES} entries")


class LexiconFile:
    """The lexicon in a file, read again whenever the file has changed. Safe to use from several threads.

    Args:
        path: of the file; an absent one is empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = forking.make_lock()
        self._stamp: tuple[int, int] | None = None
        self._lexicon = UserLexicon()
        self._digest = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the file as it is now, empty where there is none; raises as `current`."""
        self.current()
        return self._digest

    def current(self) -> UserLexicon:
        """The lexicon as the file is now.

        Raises:
            LexiconError: a line is wrong.
            StorageError: it cannot be read.
        """
        with self._lock:
            try:
                status = self._path.stat()
            except FileNotFoundError:
                self._stamp, self._lexicon, self._digest = None, UserLexicon(), ""
                return self._lexicon
            except OSError as error:
                raise _unreadable(self._path) from error
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                text = _text(self._path)
                self._lexicon = parse(text)
                self._digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
                self._stamp = stamp
            return self._lexicon


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> StorageError:
    return StorageError(
        f"无法读取词典 {path}，请检查路径、权限，并保存为 UTF-8。",
        f"The lexicon {path} cannot be read: check the path and your rights, and save it as UTF-8.",
    )


def _columns(line: str) -> tuple[str, str]:
    if "\t" in line:
        word, _, said = line.partition("\t")
    else:
        word, said = (*line.split(maxsplit=1), "")[:2]  # a blank of any width
    return word.strip(), said.strip()


def _add(entries: dict[str, LexiconEntry], word: str, said: str, line: int) -> None:
    key, entry = _entry(word, said, line)
    if entries.get(key, entry) != entry:
        raise LexiconError(line, f"“{word}”前面已有另一种读法", f"{word!r} has another reading further up")
    entries[key] = entry
    check_size(entries, line)


def _entry(word: str, said: str, line: int) -> tuple[str, LexiconEntry]:
    if not word or not said:
        raise LexiconError(
            line,
            "应写成“词 读音”或“词 = 替换文字”",
            "write a word and its reading, or a word, = and an alias",
        )
    if len(word) > LONGEST_WORD or len(said) > LONGEST_ALIAS:
        raise LexiconError(
            line,
            f"词最长 {LONGEST_WORD} 字，读音或替换文字最长 {LONGEST_ALIAS} 字",
            f"a word has at most {LONGEST_WORD} characters, what is said {LONGEST_ALIAS}",
        )
    if said.startswith(_ALIAS):
        return word.translate(_LOWER), LexiconEntry(alias=_alias(said, line))
    return word.translate(_LOWER), LexiconEntry(readings=_readings(word, said, line))


def _alias(said: str, line: int) -> str:
    alias = said.removeprefix(_ALIAS).strip()
    if not alias:
        raise LexiconError(line, "“=”后面没有替换文字", "there is no alias behind =")
    return alias


def _readings(word: str, said: str, line: int) -> Readings:
    syllables = pinyin(said)
    if not syllables:
        raise LexiconError(
            line,
            f"“{said}”不是拼音，例如 zhao1 yang2",
            f"{said!r} is not pinyin; write for example zhao1 yang2",
        )
    if len(syllables) != len(word):
        raise LexiconError(
            line,
            f"“{word}”有 {len(word)} 个字，却有 {len(syllables)} 个音节",
            f"{word!r} has {len(word)} characters but {len(syllables)} syllables",
        )
    return syllables


def _stands_alone(text: str, start: int, end: int) -> bool:
    """A Latin word is none inside a longer one: US is not in BUS."""
    first, last = text[start], text[end - 1]
    before, after = text[start - 1 : start], text[end : end + 1]
    inside = first.isascii() and first.isalnum() and before.isascii() and before.isalnum()
    return not inside and not (last.isascii() and last.isalnum() and after.isascii() and after.isalnum())
