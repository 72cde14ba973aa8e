"""What documents written for Azure ask for that is done otherwise here, and the notices about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Final

from huisheng.text.markup.elements import Element
from huisheng.text.markup.script import MarkupVocabulary
from huisheng.text.markup.values import PACKAGE
from huisheng.text.resources import rows
from huisheng.types import Notice

EXPRESS: Final = frozenset({"mstts:express-as", "express-as"})
"""Elements that ask for one of Azure's styles."""

_WHOLE: Final = "-"
"""Stands in the table for an element without effect, where others have an attribute."""


def add_styles(vocabulary: MarkupVocabulary) -> MarkupVocabulary:
    """The vocabulary with Azure's styles among its emotions: those whose nearest emotion is in it."""
    nearest = {
        style: (found[0], found[1] * share)
        for style, (name, share) in _styles().items()
        if (found := vocabulary.emotions.get(name))
    }
    return replace(vocabulary, emotions={**nearest, **vocabulary.emotions})


def notices(element: Element, vocabulary: MarkupVocabulary) -> Iterator[Notice]:
    """What is done otherwise than an element asks, once it has been checked."""
    if element.name == "voice":
        notice = vocabulary.voice_notice(element.attributes.get("name", "").strip())
        if notice:
            yield notice
    if element.name in EXPRESS:
        style = element.attributes.get("style", "").strip().lower()
        if style in _styles() and style not in vocabulary.emotions:
            yield _substitution_notice(style, _styles()[style][0])
    for attribute in _without_effect().get(element.name, ()):
        if attribute == _WHOLE:
            yield _element_notice(element.name)
        elif attribute in element.attributes:
            yield _attribute_notice(element.name, attribute)


def _substitution_notice(style: str, emotion: str) -> Notice:
    return Notice(
        "style_substituted",
        f"没有风格 {style}，已改用最接近的情感 {emotion}。",
        f"There is no style {style}; the nearest emotion, {emotion}, is used instead.",
    )


def _element_notice(name: str) -> Notice:
    return Notice(
        "element_ignored", f"<{name}> 不起作用，已忽略。", f"<{name}> has no effect and is passed over."
    )


def _attribute_notice(name: str, attribute: str) -> Notice:
    return Notice(
        "attribute_ignored",
        f"<{name}> 的属性 {attribute} 不起作用，已忽略。",
        f"The attribute {attribute} of <{name}> has no effect and is passed over.",
    )


@cache
def _styles() -> Mapping[str, tuple[str, float]]:
    """Style → the nearest emotion, and at which share of the strength asked for."""
    return {style: (emotion, float(share)) for style, emotion, share in rows(PACKAGE, "azure_styles.tsv")}


@cache
def _without_effect() -> Mapping[str, tuple[str, ...]]:
    """Element → its attributes without effect, or `_WHOLE`."""
    return {element: tuple(names.split()) for element, names in rows(PACKAGE, "without_effect.tsv")}
