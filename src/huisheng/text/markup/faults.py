"""What is wrong in markup, in two languages, and where in the source it stands."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from huisheng.errors import MarkupError
from huisheng.text.markup.script import Vocabulary

_LINE_END: Final = re.compile(r"\r\n?")
_SHOWN: Final = 40
"""Characters of the user's that a message repeats at most."""


class Fault(NamedTuple):
    """What is wrong and what would be right, without a full stop: in Chinese, in English."""

    reason: str
    english: str


def error_at(source: str, place: int, fault: Fault) -> MarkupError:
    """The error of a fault at the character `place` of the source; every kind of line end is one."""
    before = _LINE_END.sub("\n", source[:place])
    return MarkupError(before.count("\n") + 1, len(before) - before.rfind("\n"), *fault)


def shown(written: str) -> str:
    """As much of what was written as a message repeats."""
    return written[:_SHOWN]


def wrong_value(name: str, written: str, example: str) -> Fault:
    """A value that `name` cannot have."""
    return Fault(
        f"{name} 的值“{shown(written)}”不正确，例如 {example}",
        f"{name} cannot be {shown(written)!r}; write for example {example}",
    )


def unknown_voice(wanted: str, vocabulary: Vocabulary) -> Fault:
    """A voice that there is not."""
    known = "、".join(dict.fromkeys(vocabulary.voices.values()))
    return Fault(
        f"没有名为“{shown(wanted)}”的音色，可用：{known}",
        f"there is no voice {shown(wanted)!r}; known: {known}",
    )
