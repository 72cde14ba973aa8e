"""Cutting a text of any length into units that are read one by one.

A unit ends after a full stop, question or exclamation mark, semicolon, ellipsis or line end, together with
the quotes and brackets that close there; the number of a subtitle stays with its time. A quotation that fits
into a unit stays whole. What is longer than a unit may be is cut at a comma, else where the characters show
no word or number, else anywhere. Every look ahead is bounded by the length of a unit, so that time is linear
in the text and memory constant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from huisheng.types import Span
from huisheng.units import Seconds

LONGEST: Final = 200
"""Characters of a unit at most."""
LOOK_BEHIND: Final = 2
"""Characters before a unit that decide whether a full stop at its beginning is one."""

_SPEECH: Final = {"“": "”", "‘": "’", "「": "」", "『": "』", '"': '"'}
_BRACKETS: Final = {"《": "》", "〈": "〉", "（": "）", "(": ")", "【": "】", "[": "]"}
_PAIRS: Final = _SPEECH | _BRACKETS
_STOPS: Final = "。！？…；!?;."
_CLOSERS: Final = "”’」』》〉）)】]"
_TAIL: Final = rf"[{re.escape(_STOPS)}]*[{re.escape(_CLOSERS)}]*\s*"
_NEXT: Final = rf"(?=[\s\u3400-\u9fff{re.escape(_STOPS + _CLOSERS)}\"]|\Z)"
_SHORTENED: Final = r"(?<![A-Za-z])(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mrs|Vol|vol|Fig|fig|Sec)"
"""English words that a full stop shortens; only numbers and names follow them."""
_EVENT: Final = re.compile(
    rf"(?P<entity>&#?\w{{1,11}};)|(?P<opening>[{re.escape(''.join(_PAIRS))}])"
    rf"|(?P<stop>(?:[。！？；\n\r]|(?:…++|\.{{3,}}+)(?!\+)|[!?;]{_NEXT}|(?<=[a-z\u3400-\u9fff][a-z\u3400-\u9fff])\."
    rf"(?<!{_SHORTENED}\.)(?<!Sept\.)(?<!Prof\.)(?<!\bpp\.){_NEXT}){_TAIL})"
    rf"|(?P<comma>(?!(?<=\d)[，：—]+\d)(?:[，、：]+[{re.escape(_CLOSERS)}]*|—+)|[,:]{_NEXT})"
)
_AFTER_SPEECH: Final = re.compile(_TAIL)
_WORD_CHARACTER: Final = re.compile(r"[^\W_\u3400-\u9fff]|[.,:/@%_+&#=~'’-]")
_NUMERALS: Final = frozenset("零〇一二三四五六七八九十百千万亿两")

_PAUSES: Final = (
    (frozenset("\n\r"), Seconds(0.7)),
    (frozenset("！!？?…"), Seconds(0.5)),
    (frozenset("。."), Seconds(0.45)),
    (frozenset("；;"), Seconds(0.35)),
    (frozenset("，,、：:—"), Seconds(0.22)),
)
"""Silence after a unit by the marks at its end, the longest first."""
_END_OF_TEXT: Final = Seconds(0.45)
_HARD_CUT: Final = Seconds(0.0)
_CLAUSE_MARKS: Final = "，：,"
_NOWHERE: Final = -1


class Unit(NamedTuple):
    """A stretch of the text that is read in one go, and the silence after it at normal speed."""

    span: Span
    pause: Seconds


def units(text: str, *, continued: bool = False) -> Iterator[Unit]:
    """The units of a text, lazily. They cover it once, in order, each at most `LONGEST` characters.

    Args:
        text: what is cut.
        continued: whether it is a part, and more is said after it: then its end alone is no pause.
    """
    start = 0
    while start < len(text):
        end = unit_end(text, start)
        yield Unit(Span(start, end), _pause(text, start, end, last=end == len(text) and not continued))
        start = end


def unit_end(text: str, start: int, *, growing: bool = False) -> int:
    """Where the unit that begins at `start` ends; characters before `start` decide on some marks, at most
    `LOOK_BEHIND` of them.

    Args:
        text: what is cut.
        start: less than its length.
        growing: whether more of the text is to come; then 0 until no text to come can change the place.
    """
    limit = min(start + LONGEST, len(text))
    edge = len(text) if growing and len(text) - start <= LONGEST else _NOWHERE
    place, comma = start, start
    while event := _EVENT.search(text, place, limit + 1):  # one more: what follows decides some marks
        if event.start() >= limit:
            break
        place = event.end()
        if place == edge or (growing and _may_close(text, event)):
            return 0
        if event["stop"] and not _counts_subtitle(text, start, event):
            return min(place, limit)
        if event["comma"] and place <= limit:
            comma = place
        elif event["opening"]:
            closed = _closing(text, event.start())
            if closed > limit and event.start() > start:
                return event.start()
            place = closed or place
            if closed and closed <= limit and _ends_sentence(text, event.start(), closed):
                end = _tail(text, closed, limit)
                return 0 if end == edge else end
    if limit == len(text):
        return 0 if growing else limit
    return comma if comma > start else _gap(text, start, limit)


def clause_end(text: str, start: int, least: int) -> int:
    """Where the first clause that ends in a comma or colon ends, whatever text is to come.

    Args:
        text: which may grow.
        start: where it begins.
        least: characters of it.

    Returns:
        0 where no such clause is certain before the unit ends or a quotation is left open.
    """
    place = start
    while event := _EVENT.search(text, place):
        place = event.end()
        if place == len(text) or event["stop"] or _may_close(text, event):
            return 0
        if event["comma"] and text[place - 1] in _CLAUSE_MARKS and place - start >= least:
            return place
        if event["opening"]:
            place = _closing(text, event.start()) or place
    return 0


def _counts_subtitle(text: str, start: int, event: re.Match[str]) -> bool:
    """Whether an event ends a line that may count a subtitle: only a number, and digits begin the next."""
    line = text[start : event.start()].strip()
    return event[0][0] in "\r\n" and line.isdecimal() and text[event.end() : event.end() + 1].isdecimal()


def _may_close(text: str, event: re.Match[str]) -> bool:
    """Whether text to come may end the quotation that begins with an event."""
    opening = event.start()
    far = len(text) >= opening + LONGEST
    return bool(event["opening"]) and not (far or _closing(text, opening) or "\n" in text[opening:])


def _closing(text: str, opening: int) -> int:
    """The end of the quotation that begins at `opening`; 0 if it has none on its line and within a unit."""
    closer = _PAIRS[text[opening]]
    end = text.find(closer, opening + 1, opening + LONGEST)
    return 0 if end < 0 or text.find("\n", opening, end) >= 0 else end + 1


def _ends_sentence(text: str, opening: int, closed: int) -> bool:
    """Whether speech, not a title or a remark, ends a sentence and nothing joins on."""
    stopped = text[opening] in _SPEECH and text[closed - 2] in _STOPS
    return stopped and text[closed : closed + 1] not in set("，、：,:")


def _tail(text: str, start: int, limit: int) -> int:
    """The end of the marks, quotes and blanks that begin at `start`."""
    tail = _AFTER_SPEECH.match(text, start, limit)
    return tail.end() if tail else start


def _gap(text: str, start: int, limit: int) -> int:
    """The last place up to `limit` that is not inside a word or number, else `limit`."""
    return next((place for place in range(limit, start, -1) if _may_cut(text, place)), limit)


def _may_cut(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if unicodedata.category(after)[0] == "M" or "\u200d" in (before, after):
        return False
    if before in _NUMERALS or after in _NUMERALS:
        return False
    return not (_WORD_CHARACTER.match(before) and (after.isalnum() or _WORD_CHARACTER.match(after)))


def _pause(text: str, start: int, end: int, *, last: bool) -> Seconds:
    """By the marks at the end of the unit; none after what cannot be said. The `last` one ends the text."""
    said = end
    while said > start and not text[said - 1].isalnum():
        said -= 1
    if said == start:
        return _HARD_CUT
    marks = text[said:end]
    for group, pause in _PAUSES:
        if not group.isdisjoint(marks):
            return max(pause, _END_OF_TEXT) if last else pause
    return _END_OF_TEXT if last else _HARD_CUT
