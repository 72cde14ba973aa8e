"""Timings for other programs: JSON for players, SubRip for video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypedDict

from huisheng.types import Timing

LONGEST_LINE: Final = 20
"""Characters of one caption; more do not fit a phone's width."""

_STOPS: Final = frozenset("。！？；…\n.!?;")
_RESTS: Final = _STOPS | frozenset("，、：,:")


class CaptionMark(TypedDict):
    """One timing as JSON: `start` and `end` in characters of the text, `time` and `time_end` in seconds."""

    start: int
    end: int
    text: str
    time: float
    time_end: float


def marks(text: str, timings: Sequence[Timing]) -> list[CaptionMark]:
    """Timings with the text they stand for, in reading order."""
    return [
        CaptionMark(
            start=timing.span.start,
            end=timing.span.end,
            text=text[timing.span.start : timing.span.end],
            time=round(timing.start, 3),
            time_end=round(timing.end, 3),
        )
        for timing in timings
    ]


def subrip(text: str, timings: Sequence[Timing]) -> str:
    """Captions in the SubRip form: a number, a time range, a line."""
    return "\n".join(
        f"{number}\n{_clock(line[0].start)} --> {_clock(line[-1].end)}\n{_words(text, line)}\n"
        for number, line in enumerate(_lines(text, timings), start=1)
    )


def _lines(text: str, timings: Sequence[Timing]) -> Iterator[list[Timing]]:
    """Timings grouped so that a line ends at a mark, or before it would grow too long."""
    line: list[Timing] = []
    for timing, following in zip(timings, [*timings[1:], None], strict=False):  # no timings, no pair
        line.append(timing)
        between = text[timing.span.end : following.span.start] if following else ""
        same_token = following is not None and following.span == timing.span
        length = (following.span.end if following else timing.span.end) - line[0].span.start
        if not same_token and (_ends(between, length) or length > LONGEST_LINE):
            yield line
            line = []
    if line:
        yield line


def _ends(between: str, length: int) -> bool:
    """Whether the characters between two spoken ones end a line: a full stop always, a rest in a long one."""
    return bool(_STOPS & set(between)) or (length > LONGEST_LINE // 2 and bool(_RESTS & set(between)))


def _words(text: str, line: Sequence[Timing]) -> str:
    return " ".join(text[line[0].span.start : line[-1].span.end].split())


def _clock(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02},{milliseconds:03}"
