"""Voices of Azure's that documents and clients name, and the voices of ours that stand in for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, Literal, NamedTuple, cast

from huisheng.text.resources import rows
from huisheng.types import Notice, VoiceInfo

_NAME: Final = re.compile(
    r"zh-CN-([a-z]{2,12}?)\d?(?:(?:multilingual|dialects)?neural|:dragonhd[a-z]{0,16}neural)"
    r"|microsoft server speech text to speech voice \(zh-CN, ([a-z]{2,12}?)(?:multilingual)?neural\)",
    re.IGNORECASE | re.ASCII,
)
"""`zh-CN-XiaoxiaoNeural`, its multilingual and HD variants, and the long name of older clients."""

NAME_PART: Final = "neural"
"""In every such name, in lower case: a text without it names none of these voices."""


class Likeness(NamedTuple):
    """What is known of a voice that is not ours: its gender, and the id of our nearest."""

    gender: Literal["female", "male"]
    voice: str


def find_likeness(name: str) -> Likeness | None:
    """What is known of one of Azure's Mandarin voices; None for any other name."""
    found = _NAME.fullmatch(name)
    return found and _likenesses().get((found[1] or found[2]).lower())


def substitution_notice(asked: str, voice: VoiceInfo) -> Notice:
    """What is told of a voice that stands in for one of Azure's, whose name `find_likeness` knows."""
    return Notice(
        "voice_substituted",
        f"没有安装音色 {asked}，已改用最接近的 {voice.id}（{voice.name}）。",
        f"Voice {asked} is not installed; {voice.id} is the nearest and speaks instead.",
    )


@cache
def _likenesses() -> Mapping[str, Likeness]:
    table = rows("huisheng.engines", "azure_voices.tsv")
    return {
        name.lower(): Likeness(cast("Literal['female', 'male']", gender), voice)
        for name, gender, voice in table
    }
