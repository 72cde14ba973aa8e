"""The pieces that the patterns of several rules share."""

from __future__ import annotations

from typing import Final

INTEGER: Final = r"(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++)"
NUMBER: Final = rf"{INTEGER}(?:\.\d++)?+"
"""No sign; thousands commas allowed."""
SIGN: Final = "[-−–+±]"
TO: Final = r"(?P<to>[-−–]|\s[-−–]\s|\s?[~至到]\s?|—(?!—))"
"""What stands between the ends of a range; see `range_word`."""
_OPERAND: Final = r"\w)\]}%℃°.²³¹⁰⁴-⁹₀-₉α-ωπ¼-¾⅐-⅞"
TIGHT: Final = rf"(?:^|[^{_OPERAND}]|[^{_OPERAND}]\s?)"
"""Before a sign that belongs to the number behind it: nothing that it could be subtracted from."""
SIGN_BEFORE: Final = (
    rf"(?P<sign>{SIGN})(?<![\d)]\s\+)(?<!\b[a-z]\s\+)(?<!\+\.\.\.\+)(?<!\+…\+)(?:(?<![{_OPERAND}]\s.)\s)?"
)
"""A sign that belongs to the number behind it; one of an operation has a blank on either side, or a plus
stands apart from a number before it: 5% + 3%, x +1."""
SIGNS: Final = {"": "", "-": "负", "−": "负", "–": "负", "+": "正", "±": "正负"}


def range_word(to: str) -> str:
    """The word between the ends of a range: 至 stays, every sign is 到."""
    return "至" if "至" in to else "到"
