"""The elements of SSML that take their text out of the front-end's judgement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, cast

from huisheng.text.markup import phonemes
from huisheng.text.markup.elements import Element
from huisheng.text.markup.faults import shorten
from huisheng.text.markup.script import Directive, OneWord, Phonemes, SayAs, SayAsKind
from huisheng.text.markup.values import PACKAGE
from huisheng.text.normalization.rule import is_han
from huisheng.text.resources import rows
from huisheng.types import Span

Direct: TypeAlias = Callable[[Element, str, Span], Directive]
"""What an element says of its text, which stands at a span of the script; raises MarkupError."""

_KINDS: Final[Mapping[str, SayAsKind]] = {
    name: cast("SayAsKind", kind) for name, kind in rows(PACKAGE, "say_as.tsv")
}
_CANTONESE: Final = "jyutping"
_SYLLABLES: Final[Mapping[str, Callable[[str], tuple[str, ...]]]] = {
    "pinyin": phonemes.pinyin,
    "py": phonemes.pinyin,
    "sapi": phonemes.pinyin,
    "ipa": phonemes.mandarin,
    "x-ipa": phonemes.mandarin,
    _CANTONESE: phonemes.jyutping,
}
"""Alphabet → how it is read over Han characters."""
_OF_ENGLISH: Final = frozenset({"ipa", "x-ipa"})


def say_as(element: Element, _: str, span: Span) -> Directive:
    """What kind of thing the text is."""
    wanted = element.require("interpret-as", '<say-as interpret-as="digits">')
    kind = _KINDS.get(wanted.lower())
    if kind is None:
        known = " ".join(dict.fromkeys(_KINDS.values()))
        raise element.wrong(
            f"interpret-as 不能是“{shorten(wanted)}”，可用：{known}",
            f"interpret-as cannot be {shorten(wanted)!r}; known: {known}",
        )
    return SayAs(span, kind, element.attributes.get("format", "").strip().lower())


def phoneme(element: Element, text: str, span: Span) -> Directive:
    """How the text sounds: Han characters by syllables, an English word by its phones."""
    said = element.require("ph", '<phoneme alphabet="pinyin" ph="hang2">行</phoneme>')
    alphabet = element.attributes.get("alphabet", "pinyin").strip().lower()
    if alphabet not in _SYLLABLES:
        raise element.wrong(
            f"alphabet 不能是“{shorten(alphabet)}”，可用：pinyin ipa jyutping",
            f"alphabet cannot be {shorten(alphabet)!r}; use pinyin, ipa or jyutping",
        )
    if alphabet in _OF_ENGLISH and text and not any(map(is_han, text)):
        return Phonemes(span, phones=_phones(element, text, said))
    syllables = _SYLLABLES[alphabet](said)
    if not syllables:
        raise element.wrong(
            f"ph“{shorten(said)}”不是正确的 {alphabet}，例如 hang2",
            f"{shorten(said)!r} is not {alphabet}; write for example hang2",
        )
    if len(syllables) != len(text) or not all(map(is_han, text)):
        raise element.wrong(
            f"ph 有 {len(syllables)} 个音节，里面应当正好有 {len(syllables)} 个汉字，一字一音",
            f"ph has {len(syllables)} syllables; put as many Han characters inside, one for each",
        )
    return Phonemes(span, syllables, language="yue" if alphabet == _CANTONESE else "zh")


def one_word(_: Element, __: str, span: Span) -> Directive:
    """The text is one word."""
    return OneWord(span)


def _phones(element: Element, word: str, said: str) -> tuple[str, ...]:
    phones = phonemes.english(said)
    if len(word.split()) > 1:
        raise element.wrong(
            "ipa 一次只标一个英语单词，请逐词标注", "ipa is for one English word; mark each word"
        )
    if not phones:
        raise element.wrong(
            f"ph“{shorten(said)}”不是英语国际音标", f"{shorten(said)!r} is not English in IPA"
        )
    return phones


DIRECTIVES: Final[Mapping[str, Direct]] = {
    "say-as": say_as,
    "phoneme": phoneme,
    "w": one_word,
    "token": one_word,
}
"""Element → what it says."""
