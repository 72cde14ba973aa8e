"""What to do where a voice speaks another language than it is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_ADVICE: Final[Mapping[str, tuple[str, str]]] = {
    "zh": ("这个音色只支持普通话，请改用拼音标注", "this voice speaks Mandarin; write pinyin"),
    "zh-CN-sichuan": ("这个音色只支持四川话，请改用拼音标注", "this voice speaks Sichuanese; write pinyin"),
    "yue": (
        '这个音色只支持粤语，请用 <phoneme alphabet="jyutping"> 标注粤拼',
        'this voice speaks Cantonese; give jyutping with <phoneme alphabet="jyutping">',
    ),
    "en": ("这个音色只支持英语，汉字请换用其他音色", "this voice speaks English; choose another for Chinese"),
    "wuu": (
        "这个音色支持上海话，目前只能合成英语，汉字请换用其他音色",
        "this voice speaks Shanghainese and reads only English words; choose another for Chinese",
    ),
}
"""By BCP 47 tag: Chinese without a full stop, English likewise."""

_OTHERS: Final = (
    "这个音色不支持该语言，请换用其他音色",
    "this voice does not speak the language; choose another",
)


def advice(languages: Iterable[str]) -> tuple[str, str]:
    """In Chinese and in English.

    Args:
        languages: of the voice, BCP 47 tags, the first first.
    """
    tags = (tag for language in languages for tag in _wider(language))
    return next((_ADVICE[tag] for tag in tags if tag in _ADVICE), _OTHERS)


def _wider(tag: str) -> Iterator[str]:
    """A tag, and each that is wider than it."""
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
