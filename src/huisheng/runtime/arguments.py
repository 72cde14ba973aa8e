"""What a program passes to the library, checked before anything is done with it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Collection, Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Final, NamedTuple, cast

from huisheng.errors import InvalidArgument, UnknownArgument
from huisheng.text.pronunciation.user import LexiconFile, check_size


class Kind(NamedTuple):
    """What an argument may be.

    Attributes:
        accepts: tells whether a value is one.
        name: Chinese.
        english: the same in English.
    """

    accepts: Callable[[object], bool]
    name: str
    english: str


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real)


def _is_whole(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral)


def _is_path(value: object) -> bool:
    return isinstance(value, str | Path)


def _is_engine(value: object) -> bool:
    return hasattr(value, "synthesize")


def _is_lexicon_file(value: object) -> bool:
    return isinstance(value, LexiconFile)


def _is_lexicon(value: object) -> bool:
    if not isinstance(value, Mapping):
        return isinstance(value, str)
    entries = cast("Mapping[object, object]", value)
    return all(isinstance(word, str) and isinstance(said, str) for word, said in entries.items())


TEXT: Final = Kind(_is_text, "字符串（str）", "a string")
NUMBER: Final = Kind(_is_number, "数字", "a number")
WHOLE: Final = Kind(_is_whole, "整数", "a whole number")
PATH: Final = Kind(_is_path, "路径（str 或 Path）", "a path")
ENGINE: Final = Kind(
    _is_engine,
    "语音引擎，例如 huisheng.engines.make_engine('kokoro') 的结果",
    "an engine, such as huisheng.engines.make_engine('kokoro') gives",
)
LEXICON_FILE: Final = Kind(
    _is_lexicon_file,
    "huisheng.text.pronunciation.user.LexiconFile；只用于一次的词典请交给 speak",
    "a huisheng.text.pronunciation.user.LexiconFile; give a lexicon for one text to speak",
)
LEXICON: Final = Kind(
    _is_lexicon,
    "字典（词和读法都是字符串），或词典文件的内容",
    "a mapping of strings to strings, or the text of a lexicon file",
)

MANNER: Final[Mapping[str, Kind]] = {
    "voice": TEXT,
    "emotion": TEXT,
    "intensity": NUMBER,
    "speed": NUMBER,
    "pitch": NUMBER,
    "volume": NUMBER,
    "markup": TEXT,
    "lexicon": LEXICON,
}
"""What `Manner` may hold."""


def check(name: str, value: object, kind: Kind) -> None:
    """
    Raises:
        InvalidArgument: the value is of another kind.
    """
    if not kind.accepts(value):
        raise InvalidArgument(name, kind.name, kind.english, value)


def check_manner(manner: Mapping[str, object], others: Collection[str] = ()) -> None:
    """Check how something shall be said.

    Args:
        manner: by the names of arguments.
        others: names that may be written beside those of `MANNER`.

    Raises:
        UnknownArgument: there is no argument of a name.
        InvalidArgument: a value is of another kind.
    """
    for name, value in manner.items():
        if name not in MANNER:
            known = (*MANNER, *others)
            raise UnknownArgument(name, "".join(difflib.get_close_matches(name, known, 1)), known)
        check(name, value, MANNER[name])


def check_lexicon(lexicon: Mapping[str, str] | str) -> None:
    """Check how large a lexicon is: one with too many entries takes much memory while it waits to be read.

    Raises:
        LexiconError: it has too many.
    """
    if not isinstance(lexicon, str):
        check_size(lexicon)


def check_parts(engine: object, lexicon: object) -> None:
    """Whether a synthesizer is given parts, and not their names.

    Raises:
        InvalidArgument: it is not.
    """
    if engine is not None:
        check("engine", engine, ENGINE)
    if lexicon is not None:
        check("lexicon", lexicon, LEXICON_FILE)


def as_float(number: float) -> float:
    """A number of any kind as the nearest float; infinite where it is too large."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
