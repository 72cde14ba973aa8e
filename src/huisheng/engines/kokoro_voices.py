"""The voices of Kokoro that we offer, under names of our own; their origin is in NOTICE.

Three pairs of the model's voices sound so much alike that their emotions cross over. A share of another voice
in the timbre of one of each pair sets them apart, at no cost in quality or clearness (docs/experiments.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from huisheng.emotion.names import NAMES
from huisheng.types import VoiceInfo
from huisheng.units import Hertz

Mixture: TypeAlias = tuple[tuple[str, float], ...]
"""Names in the model's table of styles and their weights."""

SAMPLE_RATE: Final = Hertz(24_000)

MANDARIN: Final = (
    "zf_xiaobei",
    "zf_xiaoni",
    "zf_xiaoxiao",
    "zf_xiaoyi",
    "zm_yunjian",
    "zm_yunxi",
    "zm_yunxia",
    "zm_yunyang",
)
"""The model's own Mandarin voices; between them lies the middle that timbres are counted from."""


@dataclass(frozen=True, slots=True)
class KokoroSpeaker:
    """One voice.

    Attributes:
        info: what people see.
        prosody: names in the model's table of styles and their shares in its prosody, together 1.
        timbre: the same of its timbre.
        gain: decibels that bring its neutral speech to the common level.
    """

    info: VoiceInfo
    prosody: Mixture
    timbre: Mixture
    gain: float


def _speaker(
    voice: tuple[str, str, str],
    style: str,
    description: tuple[str, str],
    gain: float,
    mixed_in: tuple[str, float] | None = None,
) -> KokoroSpeaker:
    info = VoiceInfo(
        id=voice[0],
        name=voice[1],
        name_en=voice[2],
        description=description[0],
        description_en=description[1],
        gender="female" if style.startswith("zf") else "male",
        languages=("zh-CN", "en-US"),
        engine="kokoro",
        sample_rate=SAMPLE_RATE,
        emotions=NAMES,
    )
    timbre = ((style, 1.0),) if mixed_in is None else ((style, 1.0 - mixed_in[1]), mixed_in)
    return KokoroSpeaker(info, ((style, 1.0),), timbre, gain)


SPEAKERS: Final = (
    _speaker(
        ("qinglan", "晴岚", "Qinglan"),
        "zf_xiaoxiao",
        ("明亮清晰的女声，日常讲述与助手", "Bright, clear woman; everyday narration and assistants"),
        -7.6,
    ),
    _speaker(
        ("wantang", "晚棠", "Wantang"),
        "zf_xiaobei",
        ("温和从容的女声，散文与有声书", "Gentle, unhurried woman; essays and audiobooks"),
        -3.7,
    ),
    _speaker(
        ("suye", "苏叶", "Suye"),
        "zf_xiaoni",
        ("轻快自然的女声，短视频与对话", "Light, natural woman; short videos and dialogue"),
        -4.8,
        ("af_river", 0.4),
    ),
    _speaker(
        ("qinghe", "青禾", "Qinghe"),
        "zf_xiaoyi",
        ("活泼年轻的女声，角色与故事", "Lively young woman; characters and stories"),
        -4.9,
    ),
    _speaker(
        ("muchuan", "沐川", "Muchuan"),
        "zm_yunxi",
        ("清朗的青年男声，解说与助手", "Clear young man; explanations and assistants"),
        -3.2,
    ),
    _speaker(
        ("lishan", "砺山", "Lishan"),
        "zm_yunjian",
        ("浑厚有力的男声，预告与赛事", "Deep, strong man; trailers and sports"),
        -3.0,
        ("am_onyx", 0.4),
    ),
    _speaker(
        ("xingye", "星野", "Xingye"),
        "zm_yunxia",
        ("稚气明快的少年声，童话与角色", "Bright boyish voice; fairy tales and characters"),
        -3.2,
        ("am_liam", 0.4),
    ),
    _speaker(
        ("huaijin", "怀瑾", "Huaijin"),
        "zm_yunyang",
        ("沉稳端正的男声，新闻与公文", "Composed man; news and documents"),
        0.0,
    ),
)

VOICES: Final = tuple(speaker.info for speaker in SPEAKERS)
