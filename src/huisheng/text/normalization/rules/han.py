"""Han characters, each said as itself.

你好 => 你好        二〇二六 => 二零二六        人々 => 人人
"""

from __future__ import annotations

from typing import Final

from huisheng.text.normalization.rule import Rule, Tagged, compiled
from huisheng.text.normalization.token import TokenKind

_IDEOGRAPHS: Final = "〇々\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"


def _say(tagged: Tagged) -> str:
    """〇 is 零, and 々 repeats the character before it."""
    written = tagged.fields["text"].replace("〇", "零")
    if "々" not in written:
        return written
    spoken: list[str] = []
    for character in written:
        spoken.append(spoken[-1] if character == "々" and spoken else character)
    return "".join(spoken)


TEXT: Final = Rule("han", TokenKind.TEXT, "h", compiled(f"(?P<text>[{_IDEOGRAPHS}]++)"), _say)
