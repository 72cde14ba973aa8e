"""The elements of SSML that change how their content is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias

from huisheng.text.markup import values
from huisheng.text.markup.compatibility import add_styles
from huisheng.text.markup.elements import Element
from huisheng.text.markup.faults import shorten, unknown_voice
from huisheng.text.markup.script import MarkupVocabulary
from huisheng.types import Emotion, Inflection

Inflect: TypeAlias = Callable[[Element, Inflection, MarkupVocabulary], Inflection]
"""How the content of an element is said, given how what is around it is; raises MarkupError."""

_READABLE: Final = ("zh", "en", "cmn")
"""Languages that text may be declared to be in."""


def prosody(element: Element, around: Inflection, _: MarkupVocabulary) -> Inflection:
    """Rate, pitch, range and volume, each on top of what is around."""
    rate = element.value("rate", partial(values.factor, "rate"), "fast, 120%, +20%, 1.2", 1.0)
    pitch = element.value("pitch", values.semitones, "high, +2st, -10%", 0.0)
    width = element.value("range", partial(values.factor, "range"), "high, 120%, -20%", 1.0)
    volume = element.value("volume", values.decibels, "loud, +6dB, 80", 0.0)
    return replace(
        around,
        speed=around.speed * rate,
        pitch=around.pitch + pitch,
        range=around.range * width,
        volume=around.volume + volume,
    )


def emphasis(element: Element, around: Inflection, _: MarkupVocabulary) -> Inflection:
    """More or less weight."""
    level = element.value("level", partial(values.level, "emphasis"), "strong, moderate, reduced", 1.0)
    return replace(around, emphasis=int(level))


def voice(element: Element, around: Inflection, vocabulary: MarkupVocabulary) -> Inflection:
    """Another voice."""
    wanted = element.require("name", '<voice name="tinglan">')
    found = vocabulary.voice(wanted)
    if found is None:
        raise element.wrong(*unknown_voice(wanted, vocabulary))
    return replace(around, voice=found)


def lang(element: Element, around: Inflection, _: MarkupVocabulary) -> Inflection:
    """Nothing but a check: the front-end tells Chinese from English itself."""
    language = element.require("xml:lang", '<lang xml:lang="en-US">')
    if language.lower().partition("-")[0] not in _READABLE:
        raise element.wrong(
            f"暂不支持语言 {shorten(language)}，可用：zh-CN、en-US",
            f"{shorten(language)} cannot be read; use zh-CN or en-US",
        )
    return around


def express(element: Element, around: Inflection, vocabulary: MarkupVocabulary) -> Inflection:
    """An emotion, as Azure writes it."""
    style = element.require("style", '<mstts:express-as style="cheerful">')
    return _with_emotion(element, around, add_styles(vocabulary), style, "styledegree")


def emotion(element: Element, around: Inflection, vocabulary: MarkupVocabulary) -> Inflection:
    """An emotion, as Alibaba writes it."""
    category = element.require("category", '<emotion category="happy" intensity="1.0">')
    return _with_emotion(element, around, vocabulary, category, "intensity")


def _with_emotion(
    element: Element, around: Inflection, vocabulary: MarkupVocabulary, name: str, strength: str
) -> Inflection:
    """With the emotion `name`, as strong as the attribute `strength` says."""
    found = vocabulary.emotions.get(name.lower())
    if found is None:
        known = "、".join(dict.fromkeys(kind for kind, _ in vocabulary.emotions.values()))
        raise element.wrong(
            f"没有名为“{shorten(name)}”的情感，可用：{known}",
            f"there is no emotion {shorten(name)!r}; known: {known}",
        )
    kind, share = found
    intensity = element.value(strength, partial(values.number, low=0.0, high=2.0), "1.5 (0 – 2)", 1.0)
    return replace(around, emotion=Emotion(kind, min(2.0, intensity * share)))


INFLECTIONS: Final[Mapping[str, Inflect]] = {
    "prosody": prosody,
    "emphasis": emphasis,
    "voice": voice,
    "lang": lang,
    "mstts:express-as": express,
    "express-as": express,
    "emotion": emotion,
}
"""Element → what it does."""
