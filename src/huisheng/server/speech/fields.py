"""Fields that several requests share. What a description declares of them is taken from where it is enforced.

The values are checked by the library, whose refusals say more than a schema can: a number out of range is
`out_of_range`, not a wrong type. So the schemas here declare, and reject nothing themselves.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from pydantic import Field, WithJsonSchema

from huisheng.audio.encoding import ALIASES, FORMATS
from huisheng.emotion.names import INTENSITY_RANGE, MOST_PARTS, NAMES, aliases
from huisheng.runtime.synthesizer import AUTO, MARKUPS, RANGES
from huisheng.units import SAMPLE_RATES

_EMOTIONS: Final = (*NAMES, *sorted(AUTO), *aliases())


def within(bounds: tuple[float, float]) -> WithJsonSchema:
    """A number between two bounds, both allowed."""
    return WithJsonSchema({"type": "number", "minimum": bounds[0], "maximum": bounds[1]})


def span(bounds: tuple[float, float]) -> str:
    """Two bounds, for people."""
    return f"{bounds[0]:g}–{bounds[1]:g}".replace("-", "−")


def one_of(*values: str) -> WithJsonSchema:
    """One of several words."""
    return WithJsonSchema({"type": "string", "enum": list(values)})


Text: TypeAlias = Annotated[
    str,
    WithJsonSchema({"type": "string", "minLength": 1}),
    Field(description="要合成的文本。Text to speak.", examples=["你好，很高兴认识你！"]),
]
"""The longest is a setting: `documentation` declares it."""

Voice: TypeAlias = Annotated[
    str,
    Field(
        description="音色的 id 或名称，见 GET /api/voices；空为默认音色。"
        "Voice id or name; empty for the default.",
        examples=["tinglan"],
    ),
]

EmotionField: TypeAlias = Annotated[
    str,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": list(_EMOTIONS)},
                {"type": "string", "pattern": rf"^[^+]+(\+[^+]+){{1,{MOST_PARTS - 1}}}$"},
            ]
        }
    ),
    Field(
        description="情感或别名，见 GET /api/emotions；几种用 + 连接，如 happy:0.6+surprised:0.4；"
        "auto 按文字推测。Emotion or alias; several joined by +; auto by the words.",
        examples=["happy"],
    ),
]

Intensity: TypeAlias = Annotated[
    float,
    within(INTENSITY_RANGE),
    Field(
        description=f"情感强度，{span(INTENSITY_RANGE)}，1 为标准强度。Intensity of the emotion; 1 is usual."
    ),
]

Speed: TypeAlias = Annotated[
    float,
    within(RANGES["speed"]),
    Field(description=f"语速（倍），{span(RANGES['speed'])}。Speed, a ratio.", examples=[1.2]),
]

Pitch: TypeAlias = Annotated[
    float,
    within(RANGES["pitch"]),
    Field(description=f"音高（半音），{span(RANGES['pitch'])}。Pitch in semitones."),
]

Volume: TypeAlias = Annotated[
    float,
    within(RANGES["volume"]),
    Field(description=f"音量（dB），{span(RANGES['volume'])}。Volume in decibels."),
]

MarkupField: TypeAlias = Annotated[
    str,
    one_of(*MARKUPS),
    Field(description="文字里的标记：auto 自动识别。How the text is marked up; auto finds out."),
]

Lexicon: TypeAlias = Annotated[
    dict[str, str] | str,
    Field(
        description="词 → 拼音，或“=替换文字”；也可以是词典文件的内容。Word to pinyin, or = and an alias.",
        examples=[{"重庆": "chong2 qing4"}],
    ),
]

LexiconFileText: TypeAlias = Annotated[
    str,
    Field(
        description="词典文件的内容，每行一个词和读法。A lexicon, a word a line.",
        examples=["重庆 chong2 qing4"],
    ),
]

Format: TypeAlias = Annotated[
    str,
    one_of(*FORMATS, *ALIASES),
    Field(description="音频格式；ogg、ogg-opus 同 opus。Audio format.", examples=["mp3"]),
]

SampleRate: TypeAlias = Annotated[
    Annotated[int, WithJsonSchema({"type": "integer", "enum": list(SAMPLE_RATES)})] | None,
    Field(description="采样率（Hz），空为音色的采样率。Sample rate in Hz; the voice's own when left out."),
]
