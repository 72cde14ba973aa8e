"""What the symbols of a voice may be, and the ids that its network reads for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Final, NamedTuple, get_args

from huisheng.errors import UnknownEmotion, VoicePackageError
from huisheng.text.resources import rows
from huisheng.types import EmotionName

LANGUAGES: Final = ("PinYin", "Sichuan", "ZhHK", "WuuShanghai")
"""Languages whose symbols we have, by the model's own names."""

TAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "PinYin": ("zh-CN", "en-US"),
    "Sichuan": ("zh-CN-sichuan", "en-US"),
    "ZhHK": ("yue", "en-US"),
    "WuuShanghai": ("wuu", "en-US"),
    "EnUS": ("en-US",),
    "EnGB": ("en-GB",),
}
"""Language of a model by its own name → BCP 47 tags of what can be said with its symbols."""

_PACKAGE: Final = "huisheng.text.symbols"
_SPECIAL: Final = 2
"""Ids behind the symbols of every field: padding, then the end."""


class Sizes(NamedTuple):
    """Rows of the embedding table of each field, padding, end and mask among them."""

    phones: int
    tones: int
    syllable_flags: int
    word_segments: int
    emotions: int


@dataclass(frozen=True)
class Inventory:
    """The values of each field; the id of a value is its place. Behind them come padding, end and mask.

    Attributes:
        language: of the model, one of `LANGUAGES` or a name that we do not know.
        phones: without the `@` before them in the model's own files; breaks are among them.
        tones, syllable_flags, word_segments: the other fields that `encode` reads.
        emotions: categories, as in `emotion_neutral`.
        has_mask: whether tables hold a row for what training hid; older checkpoints have none.
    """

    language: str
    phones: tuple[str, ...]
    tones: tuple[str, ...]
    syllable_flags: tuple[str, ...]
    word_segments: tuple[str, ...]
    emotions: tuple[str, ...]
    has_mask: bool = True

    @property
    def pads(self) -> Sizes:
        """The id of padding in each field; that of the end is one more."""
        return Sizes(*map(len, (*self._fields, self.emotions)))

    @property
    def sizes(self) -> Sizes:
        """Rows of the embedding tables of a model that reads this inventory."""
        return Sizes(*(pad + _SPECIAL + self.has_mask for pad in self.pads))

    @cached_property
    def ids(self) -> tuple[Mapping[str, int], ...]:
        """Value → id of phones, tones, syllable flags and word segments, in this order."""
        return tuple({value: place for place, value in enumerate(field)} for field in self._fields)

    def emotion(self, category: str) -> int:
        """The id of a category.

        Raises:
            UnknownEmotion: the voice has no such category.
        """
        if category not in self.emotions:
            raise UnknownEmotion(category, self.emotions)
        return self.emotions.index(category)

    @property
    def _fields(self) -> tuple[tuple[str, ...], ...]:
        return self.phones, self.tones, self.syllable_flags, self.word_segments


@cache
def inventory(language: str, has_mask: bool = True) -> Inventory:
    """The inventory of a language, as published voices have it.

    Args:
        language: one of `LANGUAGES`, in any case: the model's own files spell them in two ways.
        has_mask: whether the voice's tables hold the row for what training hid.

    Raises:
        VoicePackageError: we have no symbols of this language.
    """
    name = {known.lower(): known for known in LANGUAGES}.get(language.lower())
    if name is None:
        raise VoicePackageError(
            f"没有语言“{language}”的符号表，可用：{'、'.join(LANGUAGES)}；请补上音色自带的符号表文件。",
            f"There are no symbols of language {language!r}, only of {', '.join(LANGUAGES)}; "
            "add the symbol files that came with the voice.",
        )
    own, shared = _table(f"sambert_{name.lower()}.tsv"), _table("sambert.tsv")
    return Inventory(
        language=name,
        phones=own["phones"] + shared["breaks"],
        tones=own["tones"],
        syllable_flags=shared["syllable_flags"],
        word_segments=shared["word_segments"],
        emotions=shared["emotions"],
        has_mask=has_mask,
    )


def with_marked_breaks(plain: Inventory) -> Inventory:
    """The same with a break for each mark that has a melody of its own, behind the other phones."""
    return replace(plain, phones=plain.phones + _table("sambert.tsv")["marked_breaks"])


def category(name: str) -> str:
    """The category that shows one of our emotions.

    Raises:
        UnknownEmotion: it is none of ours.
    """
    known = get_args(EmotionName)
    if name not in known:
        raise UnknownEmotion(name, known)
    return _categories().get(name, f"emotion_{name}")


@cache
def _categories() -> dict[str, str]:
    """Emotion → the category that the models call otherwise."""
    return {row[0]: row[1] for row in rows(_PACKAGE, "sambert_emotions.tsv")}


def _table(name: str) -> Mapping[str, tuple[str, ...]]:
    """Field → its values; rows of one field go on, one after another."""
    values = defaultdict[str, tuple[str, ...]](tuple)
    for field, row in rows(_PACKAGE, name):
        values[field] += tuple(row.split())
    return values
