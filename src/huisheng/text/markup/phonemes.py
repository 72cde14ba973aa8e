"""What a phoneme element may hold: pinyin, jyutping, or the International Phonetic Alphabet.

Pinyin after GB/T 16159-2012, with tone digits or marks; jyutping after the Linguistic Society of Hong Kong
(1993); IPA of Mandarin syllables with Chao's tone letters, or of an English word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from huisheng.text.pronunciation.lexicon import NEUTRAL, from_marks, tone, with_tone
from huisheng.text.resources import rows

TONE_MARKS: Final = frozenset("\u0304\u0301\u030c\u0300")
"""Combining marks of the four tones."""

_PRONUNCIATION: Final = "huisheng.text.pronunciation"
_LETTER: Final = re.compile("[a-z][\u0300-\u0304\u0308\u030c]*")
_PIECE: Final = re.compile(rf"((?:{_LETTER.pattern})+)([1-5]?)")
_VOWEL: Final = re.compile("[aeiouv]")
_MOST_LETTERS: Final = 7
"""Letters of one syllable: `zhuangr`."""
_NO_WAY: Final = 1_000_000
_SEPARATORS: Final = re.compile(r"[\s'’\-_.,，、]+")
_SAME_LETTERS: Final = str.maketrans({"ɑ": "a", "ɡ": "g"})
_JYUTPING: Final = re.compile(
    r"(?:ng|gw|kw|[bpmfdtnlgkhzcsjw])?(?:aa|a|e|i|oe|eo|o|u|yu)(?:ng|[iumnptk])?[1-6]|(?:h?m|h?ng)[1-6]"
)
_TONE_LETTERS: Final = re.compile("[˥˦˧˨˩]+")
_SAME_SOUND: Final = str.maketrans({"\u0361": None, "\u032f": None, "ˑ": None, "ː": None, "ɡ": "g", "r": "ɹ"})
_SAME_MANDARIN: Final = str.maketrans(
    {"\u0361": None, "\u032f": None, "j": "i", "w": "u", "ɥ": "y", "ʐ": "ɻ", "χ": "x", "ɪ": "i", "‘": "ʰ"}
)
_STRESSES: Final = {"ˈ": "1", "'": "1", "ˌ": "2"}


def pinyin(text: str) -> tuple[str, ...]:
    """Syllables with a tone digit, `v` for ü; empty when one of them is none.

    `hang2`, `háng`, `yin2hang2`, `yínháng`, `nü3 er2`, `huar1`, `hang 2`. A syllable without tone is neutral.
    """
    found: list[str] = []
    for part in _SEPARATORS.split(_decompose(text)):
        pieces = _PIECE.findall(part)
        if not pieces or "".join(letters + digit for letters, digit in pieces) != part:
            return ()
        for letters, digit in pieces:
            syllables = _with_digit(letters, digit) if digit else _with_marks(letters)
            if not syllables:
                return ()
            found += syllables
    return tuple(found)


def jyutping(text: str) -> tuple[str, ...]:
    """Cantonese syllables with a tone digit 1…6; empty when one of them is none."""
    parts = tuple(re.findall(r"[a-z]{1,6}[1-6]", text.strip().lower()))
    written = re.sub(r"[\s'\-]+", "", text.strip().lower())
    valid = "".join(parts) == written and all(_JYUTPING.fullmatch(part) for part in parts)
    return parts if valid else ()


def mandarin(text: str) -> tuple[str, ...]:
    """Pinyin of IPA syllables, each ending in tone letters: `xaŋ˧˥`; empty when one of them is none."""
    sounds, tones = _ipa_syllables(), _ipa_tones()
    spoken = _SEPARATORS.sub("", text).replace("tʂ", "ʈʂ").translate(_SAME_MANDARIN)
    found: list[str] = []
    place = 0
    for letters in _TONE_LETTERS.finditer(spoken):
        base = sounds.get(spoken[place : letters.start()])
        if base is None or letters.group() not in tones:
            return ()
        found.append(base + tones[letters.group()])
        place = letters.end()
    return tuple(found) if place == len(spoken) else ()


def english(text: str) -> tuple[str, ...]:
    """ARPAbet of one English word in IPA: `təˈmeɪtoʊ`; empty when it holds another sound."""
    spoken = text.strip().strip("/[]").translate(_SAME_SOUND)
    if not _is_english(spoken):
        return ()
    phones = tuple(_phones(spoken))
    vowels = [phone for phone in phones if phone[-1].isdigit()]
    if len(vowels) == 1 and "ə" not in spoken:  # the stress of a single syllable is not written
        return tuple(phone[:-1] + "1" if phone in vowels else phone for phone in phones)
    return phones


def _decompose(text: str) -> str:
    """Lower case, marks apart from their letters, every tone digit behind its syllable."""
    plain = " ".join(text.lower().translate(_SAME_LETTERS).split())
    return re.sub(" (?=[1-5])", "", unicodedata.normalize("NFD", plain).replace("u:", "v"))


def _with_digit(letters: str, digit: str) -> tuple[str, ...]:
    """One syllable with a tone digit; a mark beside it must mean the same."""
    syllable = _syllable(letters)
    agreed = syllable and tone(syllable) in (NEUTRAL, digit)
    return (with_tone(syllable, digit),) if agreed else ()


def _with_marks(letters: str) -> tuple[str, ...]:
    """One syllable with or without a mark, or several that are written together, with marks."""
    syllable = _syllable(letters)
    if syllable:
        return (syllable,)
    return () if TONE_MARKS.isdisjoint(letters) else _divide(_LETTER.findall(letters))


def _divide(letters: list[str]) -> tuple[str, ...]:
    """Syllables that are written together, after the rule that an apostrophe goes before an inner a, e, o.

    Where the rule is broken there may still be one way only: `xīān`. Of several ways the one that breaks it
    least often is taken, then the one that begins with the longest syllable.
    """
    count = len(letters)
    costs = [_NO_WAY] * count + [0]
    chosen = [("", count)] * (count + 1)
    for place in range(count - 1, -1, -1):
        for end in range(min(place + _MOST_LETTERS, count), place, -1):
            piece = "".join(letters[place:end])
            syllable = _syllable(piece) if _VOWEL.search(piece) else ""
            cost = costs[end] + (place > 0 and piece[0] in "aeo") + (syllable[-2:-1] == "r")
            if syllable and cost < costs[place]:
                costs[place], chosen[place] = cost, (syllable, end)
    place = 0
    found: list[str] = []
    while place < count:
        syllable, place = chosen[place]
        found.append(syllable)
    return tuple(found) if costs[0] < _NO_WAY else ()


@lru_cache(maxsize=4096)
def _syllable(marked: str) -> str:
    """`háng`, `hang`, `huār` with a tone digit; empty for what is no syllable."""
    if sum(map(TONE_MARKS.__contains__, marked)) > 1:
        return ""
    plain = from_marks(marked)
    base, known = plain[:-1], _syllables()
    erhua = base.endswith("r") and base[:-1] in known
    return plain if base in known or erhua else ""


def _is_english(spoken: str) -> bool:
    alphabet = _ipa_phones()
    place = 0
    while place < len(spoken):
        if spoken[place] in _STRESSES or spoken[place] in ". ":
            place += 1
            continue
        length = next((size for size in (2, 1) if spoken[place : place + size] in alphabet), 0)
        if not length:
            return False
        place += length
    return bool(spoken)


def _phones(spoken: str) -> Iterator[str]:
    """Phones; a stress mark belongs to the first vowel behind it."""
    alphabet = _ipa_phones()
    place, stress = 0, "0"
    while place < len(spoken):
        if spoken[place] in _STRESSES or spoken[place] in ". ":
            stress = _STRESSES.get(spoken[place], stress)
            place += 1
            continue
        length = 2 if spoken[place : place + 2] in alphabet else 1
        phone = alphabet[spoken[place : place + length]]
        vowel = phone[0] in "AEIOU"
        yield phone + stress if vowel else phone
        stress = "0" if vowel else stress
        place += length


@cache
def _syllables() -> frozenset[str]:
    return frozenset(row[0] for row in rows(_PRONUNCIATION, "syllables.tsv"))


@cache
def _ipa_syllables() -> dict[str, str]:
    """Sound → pinyin; where two spell the same sound, the longer: 罗 `luo`, not 咯 `lo`."""
    spelt = sorted(rows(_PRONUNCIATION, "syllables.tsv"), key=lambda row: len(row[0]))
    return {sound.translate(_SAME_MANDARIN): syllable for syllable, sound in spelt}


@cache
def _ipa_tones() -> dict[str, str]:
    return {row[0]: row[1] for row in rows(_PRONUNCIATION, "ipa_tones.tsv")}


@cache
def _ipa_phones() -> dict[str, str]:
    return {row[0]: row[1] for row in rows(_PRONUNCIATION, "ipa_phones.tsv")}
