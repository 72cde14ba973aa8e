"""What is read: texts written for this, which no voice may learn from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

_HERE: Final = Path(__file__).parent
_HEADING: Final = re.compile(r"# ([a-z]+)")

_T = TypeVar("_T")


class Line(NamedTuple):
    """One text of the robust set, and what is hard about it."""

    group: str
    text: str


def held_out() -> tuple[str, ...]:
    """Sixty sentences, from held_out.txt."""
    return tuple(line for line in _lines("held_out.txt") if not line.startswith("#"))


def robust() -> tuple[Line, ...]:
    """A thousand texts in groups, from robust.txt; what stands before the first heading is a remark."""
    group, found = "", list[Line]()
    for line in _lines("robust.txt"):
        heading = _HEADING.fullmatch(line)
        if heading:
            group = heading[1]
        elif not line.startswith("#"):
            found.append(Line(group, line))
    return tuple(found)


def spread(items: Sequence[_T], limit: int) -> tuple[_T, ...]:
    """At most so many, evenly from the whole; all of them for 0."""
    if not 0 < limit < len(items):
        return tuple(items)
    return tuple(items[place * len(items) // limit] for place in range(limit))


def _lines(name: str) -> list[str]:
    return [line for line in (_HERE / name).read_text(encoding="utf-8").splitlines() if line]
