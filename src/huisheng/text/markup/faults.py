"""What is wrong in markup, in two languages, and where in the source it stands."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from huisheng.errors import MarkupError
from huisheng.text.markup.script import MarkupVocabulary

_LINE_END: Final = re.compile(r"\r\n?")
_SHOWN: Final = 40
"""Characters of the user's that a message repeats at most."""


class MarkupFault(NamedTuple):
    """What is wrong and what would be right, without a full stop: in Chinese, in English."""

    reason: str
    english: str


def error_at(source: str, place: int, fault: MarkupFault) -> MarkupError:
    """The error of a fault at the character `place` of the source; every kind of line end is one."""
    before = _LINE_END.sub("\n", source[:place])
    return MarkupError(before.count("\n") + 1, len(before) - before.rfind("\n"), *fault)


def shorten(written: str) -> str:
    """The beginning of what was written, as much as a message repeats."""
    return written[:_SHOWN]


def wrong_value(name: str, written: str, example: str) -> MarkupFault:
    """A value that `name` cannot have."""
    return MarkupFault(
        f"{name} 的值“{shorten(written)}”不正确，例如 {example}",
        f"{name} cannot be {shorten(written)!r}; write for example {example}",
    )


def unknown_voice(wanted: str, vocabulary: MarkupVocabulary) -> MarkupFault:
    """A voice that there is not."""
    known = "、".join(dict.fromkeys(vocabulary.voices.values()))
    return MarkupFault(
        f"没有名为“{shorten(wanted)}”的音色，可用：{known}",
        f"there is no voice {shorten(wanted)!r}; known: {known}",
    )
