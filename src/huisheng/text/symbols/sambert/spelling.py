"""How a syllable is spelt in phones: pinyin for Mandarin and Sichuanese, jyutping for Cantonese.

The rules give what the dictionaries of the published models hold (KAN-TTS, snapshot 66202d0). All of them
take a syllable without its tone.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, TypeAlias

Phones: TypeAlias = tuple[str, ...]

_CHINESE: Final = "_c"
_RHOTIC: Final = "r"
_INITIAL: Final = re.compile("zh|ch|sh|[bpmfdtnlgkhjqxrzcswy]|")
_FRONTED: Final = frozenset("jqxy")
"""Initials after which pinyin writes ü without its dots."""
_ONSETS: Final = {"a": "ga", "e": "ge", "o": "go"}
"""What a syllable without an initial begins with, by its first vowel."""
_APICAL: Final = dict.fromkeys(("zh", "ch", "sh", "r"), "ih") | dict.fromkeys("zcs", "ii")
"""The i that only carries on the consonant before it."""
_FULL: Final = {"iu": "iou", "ui": "uei", "un": "uen"}
"""Finals that pinyin shortens."""
_FLAT: Final = {"zh": "z", "ch": "c", "sh": "s"}
"""Sichuanese has no retroflex stops, affricates or sibilants of its own."""
_JYUTPING_INITIAL: Final = re.compile("ng|gw|kw|[bpmfdtnlgkhwzcsj]|")
_SYLLABIC: Final = {"m": "mm", "ng": "ngng"}
"""Nasals that are finals."""


@cache
def mandarin(base: str) -> Phones:
    """Initial and final, `huar` → `h_c uar_c`; what begins with a vowel has an onset, `ai` → `ga ai_c`."""
    initial, final = _parts(base)
    return _onset(initial, final), final + _CHINESE


@cache
def sichuan(base: str) -> Phones:
    """The same as the dialect says it: flat initials, no coloured finals, u for ü after j q x y.

    A lone coloured `e` is the final of 二 and stays.
    """
    initial, final = _parts(_flatten(base))
    plain = final if final == "er" else final.removesuffix(_RHOTIC)
    said = "u" if plain == "v" and initial in _FRONTED else plain
    return _onset(initial, said), said + _CHINESE


@cache
def cantonese(base: str) -> Phones:
    """Initial and final of jyutping, `gwong` → `gw ong`; one phone where there is no initial."""
    if base in _SYLLABIC:
        return (_SYLLABIC[base],)
    initial, final = _split(_JYUTPING_INITIAL, base)
    return tuple(filter(None, (initial, _SYLLABIC.get(final, final))))


def _parts(base: str) -> tuple[str, str]:
    """Initial, empty where there is none, and final with everything written out."""
    plain = base.removesuffix(_RHOTIC)
    initial, final = _split(_INITIAL, plain)
    if initial in _FRONTED and final.startswith("u"):
        final = "v" + final[1:]
    if final == "i":
        final = _APICAL.get(initial, final)
    final = _FULL.get(final, final)
    return initial, final if plain == base or final == "er" else final + _RHOTIC


def _split(pattern: re.Pattern[str], base: str) -> tuple[str, str]:
    """Initial and the rest; the pattern fits everywhere, if only with nothing."""
    found = pattern.match(base)
    end = found.end() if found else 0
    return base[:end], base[end:]


def _onset(initial: str, final: str) -> str:
    if not initial:
        return _ONSETS.get(final[:1], "")
    return ("xx" if initial == "x" else initial) + _CHINESE


def _flatten(base: str) -> str:
    return _FLAT[base[:2]] + base[2:] if base[:2] in _FLAT else base
