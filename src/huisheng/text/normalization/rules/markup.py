"""What is left of Markdown: its signs are silent, the words between them are read.

    ## 标题 => 标题        **重点** => 重点        [文档](https://a.cn) => 文档

Signs as in the CommonMark specification, version 0.31.
"""

from __future__ import annotations

from typing import Final

from huisheng.text.normalization.rule import (
    Rule,
    Tagged,
    every,
    followed_by,
    preceded_by,
    regex,
    unless,
)
from huisheng.text.normalization.token import TokenKind

_LINE_START: Final = preceded_by(r"(?:^|\n)\s*")
_TARGET: Final = r"\]\([^()\s]{0,500}\)"


def _silent(_: Tagged) -> str:
    return ""


BLOCK: Final = Rule(
    "heading, quotation or list item",
    TokenKind.SILENT,
    "o",
    regex(r"#{1,6}(?:\s|$)|>\s?(?=[^\d=])|[-*+]\s+(?:\[[ xX]\]\s)?(?!\d+\s?=)"),
    _silent,
    _LINE_START,
)
RULER: Final = Rule(
    "thematic break", TokenKind.SILENT, "o", regex(r"[-*_=]{3,}+[^\S\n]*+$"), _silent, _LINE_START
)
TABLE: Final = Rule(
    "table ruler", TokenKind.SILENT, "o", regex(r"\|?\s?:?-{3,}+[-:| ]*+$"), _silent, _LINE_START
)
FENCE: Final = Rule("code fence", TokenKind.SILENT, "o", regex(r"```\w{0,20}|`++"), _silent)
LINK_TEXT: Final = Rule(
    "link text", TokenKind.SILENT, "o", regex(rf"!?\[(?=[^\[\]\n]{{0,200}}{_TARGET})"), _silent
)
LINK_TARGET: Final = Rule("link target", TokenKind.SILENT, "o", regex(_TARGET), _silent)
FOOTNOTE: Final = Rule("mark of a footnote", TokenKind.SILENT, "o", regex(r"\[\^\w{1,10}\]:?"), _silent)
EMPHASIS: Final = Rule(
    "emphasis",
    TokenKind.SILENT,
    "o",
    regex(r"\*++|_{2,}+|~~"),
    _silent,
    unless(every(preceded_by(r"[\w)]\s?"), followed_by(r"\s?[\d(]"))),
)
