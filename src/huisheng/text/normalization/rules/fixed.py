"""Expressions whose reading is a matter of custom, by their neighbours.

    双11 => 双十一        拨打110 => 拨打幺幺零        996工作制 => 九九六工作制

Each row of data/fixed.tsv is an expression, its reading, and patterns for what must stand before and behind;
`!` behind means that no measure word follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from huisheng.text.normalization.numerals import measure_word
from huisheng.text.normalization.rule import Pattern, Rule, Tagged, regex
from huisheng.text.normalization.tables import alternation, rows
from huisheng.text.normalization.token import TokenKind

_OPENING: Final = frozenset("“‘「『《")
_CLOSING: Final = frozenset("”’」』》")


@dataclass(frozen=True, slots=True)
class _Custom:
    """One row: a reading and where it holds."""

    spoken: str
    before: Pattern
    after: str

    def fits(self, tagged: Tagged) -> bool:
        """Whether the neighbours ask for this reading."""
        before, after = tagged.before, tagged.after
        if before[-1:] in _OPENING and after[:1] in _CLOSING:
            before, after = before[:-1], after[1:]
        if self.before.compiled.search(before) is None:
            return False
        if self.after == "!":
            return not measure_word(after) and re.match(r"\s?[A-Za-z%℃°.\-~/:]", after) is None
        return re.match(self.after, after) is not None


def _customs() -> dict[str, tuple[_Custom, ...]]:
    found: dict[str, tuple[_Custom, ...]] = {}
    for row in rows("fixed"):
        written, spoken, before, after = (*row, "", "")[:4]
        custom = _Custom(spoken, Pattern(f"(?:{before})$", re.NOFLAG), after)
        found[written] = (*found.get(written, ()), custom)
    return found


_CUSTOMS: Final = _customs()


def _custom(tagged: Tagged) -> _Custom | None:
    return next((custom for custom in _CUSTOMS[tagged.fields["written"]] if custom.fits(tagged)), None)


def _say(tagged: Tagged) -> str:
    return (_custom(tagged) or _CUSTOMS[tagged.fields["written"]][0]).spoken


FIXED: Final = Rule(
    "fixed expression",
    TokenKind.DIGITS,
    "dlo",
    regex(rf"(?P<written>{alternation(_CUSTOMS)})(?!(?<=[A-Za-z\d])[A-Za-z\d])(?<![A-Za-z](?=[A-Za-z]))"),
    _say,
    lambda tagged: _custom(tagged) is not None,
)
