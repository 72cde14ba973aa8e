"""How many characters are said for a text, told before any of it is read.

Most characters of running text are said as one, so most texts are known to be short enough by counting those
that may be said as several; only where that leaves a doubt is the text written out for its length.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.directions import tokens
from huisheng.text.markup.script import Script
from huisheng.text.sentence import units

MOST_SPOKEN: Final = 24
"""Characters that are said for one written character at most: the name of a rare sign."""

_EXPANDS: Final = re.compile(r"[^\s\u3400-\u4dbf\u4e00-\u9fff，。、；：！？…—“”‘’（）《》]")
"""A character that may be said as more than one."""


def spoken_length(script: Script, limit: int) -> int:
    """Characters that are said for a script, numbers and signs written out.

    Args:
        script: markup and lexicons are applied already.
        limit: above which the length does not matter.

    Returns:
        An upper bound where it is within the limit, which costs no reading; else the length itself, or of a
        beginning that is over the limit.
    """
    bound = len(script.text) + (MOST_SPOKEN - 1) * sum(1 for _ in _EXPANDS.finditer(script.text))
    if bound <= limit:
        return bound
    length = 0
    for unit in units(script.text):
        length += sum(max(len(token.spoken), 1) for token in tokens(script, unit.span))
        if length > limit:
            break
    return length
