"""Kokoro's alphabet: IPA with tone arrows, from our pinyin and ARPAbet.

The table of syllables is what the model was trained on (misaki's Mandarin transcription, one row a syllable);
its non-syllabic marks are left out because the model's inventory lacks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources

from huisheng.types import Break, EnglishWord, Mark, SpokenItem, Syllable

_TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_MARKS = {
    "，": ",",
    "、": ",",
    "；": ";",
    "：": ":",
    "。": ".",
    "！": "!",
    "？": "?",
    "…": "…",
    "—": "—",
    "“": "“",
    "”": "”",
    "（": "(",
    "）": ")",
}
_REDUCED = {"AH0": "ə", "ER0": "əɹ"}
_PRIMARY, _SECONDARY = "ˈ", "ˌ"
_RHOTIC = "ɻ"


class Role(Enum):
    """What a symbol is to the ear: speech, a boundary inside speech, or a pause."""

    SPOKEN = "spoken"
    BLANK = "blank"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol of the model's inventory and the item it came from.

    Attributes:
        text: one character of the inventory.
        role: what it is to the ear.
        item: index into the items that were transcribed; a blank belongs to the item before it.
    """

    text: str
    role: Role
    item: int


def transcribe(items: tuple[SpokenItem, ...]) -> tuple[Symbol, ...]:
    """Symbols of the items, with a blank after every word but the last."""
    symbols: list[Symbol] = []
    for index, item in enumerate(items):
        role = Role.MARK if isinstance(item, Mark) else Role.SPOKEN
        symbols += [Symbol(character, role, index) for character in _letters(item)]
        if item.after >= Break.WORD and index + 1 < len(items) and not isinstance(items[index + 1], Mark):
            symbols.append(Symbol(" ", Role.BLANK, index))
    return tuple(symbols)


def _letters(item: SpokenItem) -> str:
    if isinstance(item, Mark):
        return _MARKS.get(item.text, ",")
    if isinstance(item, EnglishWord):
        return "".join(map(phone, item.phones))
    return _syllable(item)


def _syllable(syllable: Syllable) -> str:
    base, tone = syllable.surface[:-1], syllable.surface[-1]
    arrow = _TONES[tone]
    if base in _pinyin():
        return _pinyin()[base].replace("T", arrow)
    if base.endswith("r") and base[:-1] in _pinyin():
        return _erhua(_pinyin()[base[:-1]]).replace("T", arrow)
    return ""


def _erhua(final: str) -> str:
    """Retroflex final: a closing i, n or ng gives way to it (Duanmu 2007, Standard Chinese)."""
    vowel = final.partition("T")[0]
    if vowel.endswith(("ai", "ei")):
        vowel = vowel[:-1]
    return f"{vowel}{_RHOTIC}T"


def phone(arpabet: str) -> str:
    """The letters of a phone in ARPAbet, those of its stress among them."""
    if arpabet in _REDUCED:
        return _REDUCED[arpabet]
    stress = {"1": _PRIMARY, "2": _SECONDARY}.get(arpabet[-1], "")
    return stress + _arpabet().get(arpabet.rstrip("012"), "")


@cache
def _pinyin() -> dict[str, str]:
    return _table("kokoro_pinyin.tsv")


@cache
def _arpabet() -> dict[str, str]:
    return _table("kokoro_arpabet.tsv")


def _table(name: str) -> dict[str, str]:
    text = resources.files("huisheng.text.symbols").joinpath("data", name).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return dict(rows)
