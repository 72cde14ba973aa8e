"""What one bracket of the shorthand means: `[停顿 500ms]`, `[开心:1.5]`, `[/]`, `行[hang2]`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, TypeAlias

from huisheng.text.markup import phonemes, values
from huisheng.text.markup.faults import MarkupFault, shorten, unknown_voice, wrong_value
from huisheng.text.markup.script import MarkupVocabulary
from huisheng.text.normalization.rule import is_han
from huisheng.text.resources import rows
from huisheng.types import Emotion, Inflection, Notice

_DIRECTION: Final = re.compile(r"([\u3400-\u9fff]+(?=[-+.\d])|[^\s:：]+)[\s:：]*(.*)", re.DOTALL)
"""A word and its value; behind a Chinese word the blank may be missing."""
_DIGITED: Final = re.compile(r"(?:[a-zü:]{2,8}[1-5][\s'’\-]*)+")
"""What can only be meant as pinyin, right or wrong; `[x1]` may be anything."""
_TONE_DIGITS: Final = frozenset("12345")
_STRONGEST: Final = 2.0


@dataclass(frozen=True, slots=True)
class Escape:
    """A bracket that is meant as one."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Pinyin:
    """How the Han characters right before it sound, one syllable each."""

    syllables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AliasStart:
    """What is read instead of the text up to the end."""

    text: str


@dataclass(frozen=True, slots=True)
class InflectionStart:
    """How the text up to the end is said, given how what is around it is, and a notice about it."""

    inflect: Callable[[Inflection], Inflection]
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The end of an alias or a stretch."""


Meaning: TypeAlias = Escape | Pause | Pinyin | AliasStart | InflectionStart | End


def meaning(inside: str, before: str, vocabulary: MarkupVocabulary) -> Meaning | MarkupFault | None:
    """What a bracket asks for; a fault when it is meant as shorthand and wrong, None for ordinary text.

    Args:
        inside: what stands in the bracket.
        before: what stands right before it, at least as much as it is long.
        vocabulary: names of emotions and voices.
    """
    written = inside.strip()
    found = _DIRECTION.fullmatch(written)
    if found is None:
        return None
    word, value = found[1].lower(), found[2].strip()
    if word.startswith("/"):
        return _end(word[1:], vocabulary)
    if word in _kinds():
        return _direction(word, value, vocabulary)
    if word in vocabulary.emotions:
        return _emotion(word, value, vocabulary)
    return _pinyin(written, before)


def _end(word: str, vocabulary: MarkupVocabulary) -> End | MarkupFault | None:
    if not word:
        return End()
    known = word in _kinds() or word in vocabulary.emotions
    return MarkupFault(f"[/{word}] 应写成 [/]", f"write [/] for [/{word}]") if known else None


def _direction(word: str, value: str, vocabulary: MarkupVocabulary) -> Meaning | MarkupFault:
    kind = _kinds()[word]
    if kind == "voice":
        voice = vocabulary.voice(value)
        if voice is None:
            return unknown_voice(value, vocabulary)
        return replace(_set(voice=voice), notice=vocabulary.voice_notice(value))
    return _READERS[kind](value) or wrong_value(word, value, _examples()[kind])


def _emotion(word: str, value: str, vocabulary: MarkupVocabulary) -> InflectionStart | MarkupFault:
    name, share = vocabulary.emotions[word]
    intensity = values.number(value, 0.0, _STRONGEST) if value else 1.0
    if intensity is None:
        return wrong_value(word, value, _examples()["emotion"])
    return _set(emotion=Emotion(name, min(_STRONGEST, intensity * share)))


def _rest(value: str) -> Pause | None:
    seconds = values.seconds(value) if value else values.level("break", "medium")
    return None if seconds is None else Pause(seconds)


def _emphasis(value: str) -> InflectionStart | None:
    named = values.level("emphasis", value or "moderate")
    level = values.number(value, -1.0, 2.0) if named is None else named
    return _set(emphasis=int(level)) if level is not None and level.is_integer() else None


def _rate(value: str) -> InflectionStart | None:
    rate = values.factor("rate", value)
    return InflectionStart(lambda around: replace(around, speed=around.speed * rate)) if rate else None


def _pitch(value: str) -> InflectionStart | None:
    change = values.semitones(value)
    return (
        None
        if change is None
        else InflectionStart(lambda around: replace(around, pitch=around.pitch + change))
    )


def _volume(value: str) -> InflectionStart | None:
    change = values.decibels(value)
    return (
        None
        if change is None
        else InflectionStart(lambda around: replace(around, volume=around.volume + change))
    )


def _alias(value: str) -> AliasStart | None:
    return AliasStart(" ".join(value.split())) if value else None


def _set(**parts: object) -> InflectionStart:
    return InflectionStart(lambda around: replace(around, **parts))


_READERS: Final[Mapping[str, Callable[[str], Meaning | None]]] = {
    "rest": _rest,
    "emphasis": _emphasis,
    "rate": _rate,
    "pitch": _pitch,
    "volume": _volume,
    "alias": _alias,
}
"""Kind of direction → how its value is read, None for a wrong one."""


def _pinyin(written: str, before: str) -> Pinyin | MarkupFault | None:
    """Small letters with at least one tone behind a Han character; `[a]` and `[A1]` are references."""
    if not before or not is_han(before[-1]) or written != written.lower():
        return None
    marked = not phonemes.TONE_MARKS.isdisjoint(unicodedata.normalize("NFD", written))
    toned = marked or not _TONE_DIGITS.isdisjoint(written)
    syllables = phonemes.pinyin(written) if toned else ()
    if not syllables:
        return _no_pinyin(written) if _DIGITED.fullmatch(written) else None
    count = len(syllables)
    if len(before) < count or not all(map(is_han, before[-count:])):
        return MarkupFault(
            f"注音有 {count} 个音节，前面应当紧挨着 {count} 个汉字，一字一音",
            f"there are {count} syllables; put as many Han characters right before, one for each",
        )
    return Pinyin(syllables)


def _no_pinyin(written: str) -> MarkupFault:
    return MarkupFault(
        f"“{shorten(written)}”不是正确的拼音，例如 行[hang2]；不是注音请写成 \\[",
        f"{shorten(written)!r} is not pinyin; write for example 行[hang2], or \\[ for a plain bracket",
    )


@cache
def _kinds() -> dict[str, str]:
    """Word of a direction → its kind."""
    return {row[0]: row[1] for row in rows(values.PACKAGE, "directions.tsv")}


@cache
def _examples() -> dict[str, str]:
    """Kind of direction → how it is written."""
    return {row[0]: row[1] for row in rows(values.PACKAGE, "direction_examples.tsv")}
