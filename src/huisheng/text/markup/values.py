"""The values that markup may hold: times, rates, pitches, levels. None stands for a wrong one."""

from __future__ import annotations

import re
from functools import cache
from math import log2, log10
from typing import Final, Literal, TypeAlias

from huisheng.text.resources import rows

Scale: TypeAlias = Literal["rate", "pitch", "range", "volume", "break", "emphasis"]

PACKAGE: Final = "huisheng.text.markup"
LONGEST_REST: Final = 10.0
"""Seconds of one break."""

_DIGITS: Final = r"(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})"
_TIME: Final = re.compile(rf"{_DIGITS}\s*(ms|毫秒|s|秒)", re.IGNORECASE | re.ASCII)
_NUMBER: Final = re.compile(rf"([+-]?){_DIGITS}\s*(%|st|hz|db|半音|分贝)?", re.IGNORECASE | re.ASCII)
_UNITS: Final = {"半音": "st", "分贝": "db"}
_USUAL_PITCH: Final = 200.0
"""Hz, between a man's and a woman's: what a change in Hz is counted from."""
_FARTHEST: Final = 24.0
"""Semitones up or down, two octaves."""
_LARGEST: Final = 10.0
"""Factor of a rate, a range, or the amplitude."""
_SILENT: Final = -60.0
"""Decibels that are not heard."""


def seconds(text: str) -> float | None:
    """`500ms`, `1.5s`, `2秒`: 0…10 seconds."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    value = float(match[1]) / (1000.0 if match[2].lower() in ("ms", "毫秒") else 1.0)
    return value if value <= LONGEST_REST else None


def level(scale: Scale, text: str) -> float | None:
    """What a word of the standard stands for on its scale: `fast` is 1.3."""
    return _levels().get((scale, text.strip().lower()))


def factor(scale: Literal["rate", "range"], text: str) -> float | None:
    """A word, `1.2`, `120%` or `+20%`, as a factor above 0, at most 10; Azure's `0%` is no change."""
    known = level(scale, text)
    if known is not None:
        return known
    sign, value, unit = _number(text)
    if unit == "%":
        value = (100.0 + _apply_sign(sign, value) if sign or not value else value) / 100.0
    elif unit or sign:
        return None
    return value if 0.0 < value <= _LARGEST else None


def semitones(text: str) -> float | None:
    """A word, `+2st`, `-10%` or `+20Hz`, in semitones, at most two octaves up or down; `0%` is no change."""
    known = level("pitch", text)
    if known is not None:
        return known
    sign, value, unit = _number(text)
    change = _apply_sign(sign, value)
    if unit in ("%", "hz") and (sign or not value):
        ratio = 1.0 + change / (100.0 if unit == "%" else _USUAL_PITCH)
        change = 12.0 * log2(ratio) if ratio > 0.0 else -2 * _FARTHEST
    elif unit != "st" and (unit or not sign):
        return None
    return change if abs(change) <= _FARTHEST else None


def decibels(text: str) -> float | None:
    """A word, `+6dB`, `-20%`, or 0…1000 as percent of the usual amplitude, in decibels: −60…+20."""
    known = level("volume", text)
    if known is not None:
        return known
    sign, value, unit = _number(text)
    change = _apply_sign(sign, value)
    if unit == "db":
        return max(_SILENT, change) if change <= _in_decibels(_LARGEST) else None
    share = 1.0 + change / 100.0 if unit == "%" and sign else value / 100.0
    if unit not in ("%", "") or (not unit and sign) or not 0.0 <= share <= _LARGEST:
        return None
    return _in_decibels(share)


def number(text: str, low: float, high: float) -> float | None:
    """A plain number between `low` and `high`."""
    sign, value, unit = _number(text)
    value = _apply_sign(sign, value)
    return value if not unit and low <= value <= high else None


def _number(text: str) -> tuple[str, float, str]:
    """Sign, value and unit in lower case; a text that is none of it has the unit `?`."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return "", 0.0, "?"
    unit = (match[3] or "").lower()
    return match[1], float(match[2]), _UNITS.get(unit, unit)


def _apply_sign(sign: str, value: float) -> float:
    return -value if sign == "-" else value


def _in_decibels(share: float) -> float:
    return max(_SILENT, 20.0 * log10(share)) if share > 0.0 else _SILENT


@cache
def _levels() -> dict[tuple[str, str], float]:
    return {(scale, word): float(value) for scale, word, value in rows(PACKAGE, "levels.tsv")}
