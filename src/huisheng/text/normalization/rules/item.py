"""Numbers of the items of a list, which are set apart from the words around.

    ①付款方式②交货时间 => 一、付款方式，二、交货时间        1.准备 => 一、准备        A.对 => A、对
    由①得 => 由一得

A circled number is also a word of a sentence (如图①所示); what stands beside it decides.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from huisheng.text.normalization.numerals import cardinal
from huisheng.text.normalization.rule import Pattern, Rule, Tagged, regex
from huisheng.text.normalization.token import TokenKind

_HAN: Final = "\u3400-\u9fff"
_PAUSE: Final = "、"
_ITEM: Final = Pattern(
    r"\s?(?![号班楼式和与或及得是为至到的所处可表代中]|[级步组类项](?![别骤织型目]))"
    rf"(?:[{_HAN}]{{2}}|\d|[{_HAN}]?[“《【(]|(?<!\s)[{_HAN}]?[A-Za-z]|(?<=\s)[A-Za-z]{{2}})",
    re.NOFLAG,
)
"""Words of an item, not the rest of a sentence that speaks of a number: ①号方案, ①和②."""
_BOUNDARY: Final = Pattern(r"(?:^|[\s，。！？；：、,;:!?()（）【】《》“”…—|])$", re.NOFLAG)
_LINE_START: Final = Pattern(r"(?:^|\n|[，。；：,;:])\s*$", re.NOFLAG)
_CLAUSE_START: Final = Pattern(r"(?:^|(?<![A-Za-z])\s|[，。；：,;:])$", re.NOFLAG)
_TAKES_NUMBER: Final = frozenset("第由和与把将如图选按在用从至到中")
"""Before a circled number that is a word of the sentence: 由①得."""


def _say_circled(tagged: Tagged) -> str:
    return cardinal(str(int(unicodedata.numeric(tagged.fields["head"]))))


def _heads_item(tagged: Tagged) -> bool:
    """Whether words of its own follow a circled number, and a boundary or another item stands before it."""
    if not _ITEM.compiled.match(tagged.after):
        return False
    if _BOUNDARY.compiled.search(tagged.before):
        return True
    head = ord(tagged.fields["head"])
    beside = chr(head - 1) in tagged.before[:-2] or chr(head + 1) in tagged.after[2:]
    return beside and tagged.before[-1:] not in _TAKES_NUMBER


def _say_head(tagged: Tagged) -> str:
    head = tagged.fields["head"]
    return cardinal(head) if head.isdecimal() else head


def _numbers_item(tagged: Tagged) -> bool:
    """Whether a number with a point begins a line or a clause, or counts on from another one: 1.甲2.乙."""
    head = tagged.fields["head"]
    if not head.isdecimal():
        return _CLAUSE_START.compiled.search(tagged.before) is not None
    if _LINE_START.compiled.search(tagged.before):
        return True
    last, following = f"{int(head) - 1}.", f"{int(head) + 1}."
    return not tagged.before[-1:].isascii() and (last in tagged.before[:-2] or following in tagged.after[2:])


CIRCLED: Final = Rule(
    "number of an item in one character",
    TokenKind.ORDINAL,
    "o",
    regex(r"(?P<head>[①-⒛⓵-⓾❶-➓㈠-㈩㉑-㉟㊀-㊉㊱-㊿])"),
    _say_circled,
    _heads_item,
    _PAUSE,
)
NUMBERED: Final = Rule(
    "number of an item with a point",
    TokenKind.ORDINAL,
    "dl",
    regex(rf"(?P<head>\d{{1,2}}|[A-H])\.(?:[^\S\n]?(?=[{_HAN}“《【(①-⑳])|(?<=\d\.)[^\S\n](?=[A-Za-z]))"),
    _say_head,
    _numbers_item,
    _PAUSE,
)
