"""Punctuation in its normal form, and line ends.

你好！！！ => 你好！        什么?! => 什么？        等等...... => 等等…
"""

from __future__ import annotations

from typing import Final

from huisheng.text.normalization.rule import Rule, Tagged, preceded_by, regex
from huisheng.text.normalization.tables import alternation, mapping
from huisheng.text.normalization.token import TokenKind

_STOPS: Final = "？！…。；：，、"
"""Strongest first: of a run of stops the strongest is kept."""
STOPPING: Final = _STOPS + "—"
"""Marks after which a line end is no full stop."""
_NORMAL: Final = mapping("marks")
_STOP: Final = alternation(written for written, normal in _NORMAL.items() if normal in _STOPS)
_PAIR: Final = alternation(written for written, normal in _NORMAL.items() if normal not in _STOPS)


def _stop(tagged: Tagged) -> str:
    written = tagged.fields["stops"]
    if written.count(".") + written.count("。") > 1 and not set(written) & set("!?"):
        return "…"
    normal = {_NORMAL[character] for character in written}
    return next(stop for stop in _STOPS if stop in normal)


def _single(tagged: Tagged) -> str:
    return _NORMAL[tagged.fields["mark"]]


STOPS: Final = Rule("stop", TokenKind.MARK, "po", regex(rf"(?P<stops>{_STOP}++)"), _stop)
ITEM_POINT: Final = Rule(
    "point behind the number of an item in characters",
    TokenKind.MARK,
    "o",
    regex(r"\.(?=[\u4e00-\u9fff])"),
    lambda _: "、",
    preceded_by(r"(?:^|\n)\s*[一二三四五六七八九十]{1,3}"),
)
PAIRS: Final = Rule("pair", TokenKind.MARK, "po", regex(rf"(?P<mark>{_PAIR})"), _single)
DASH: Final = Rule("dash", TokenKind.MARK, "o", regex("—++|-{2,}+(?!>)|–++"), lambda _: "—")
LINE_END: Final = Rule("line end", TokenKind.MARK, "b", regex(r"[^\S\n\r]*+[\n\r]\s*+"), lambda _: "。")
BLANK: Final = Rule("blank", TokenKind.SILENT, "b", regex(r"\s++|."), lambda _: "")
