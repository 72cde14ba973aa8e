"""Who speaks: blends of the teacher's timbres and prosodies, as data in `speakers.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from huisheng.emotion.names import NAMES
from huisheng.engines.kokoro_voices import SAMPLE_RATE, KokoroSpeaker, Mixture
from huisheng.types import VoiceInfo

_FILE: Final = Path(__file__).with_name("speakers.toml")

_LEAST_SOURCES: Final = 2
_WHOLE: Final = 1e-6


class Recipe(BaseModel):
    """One speaker.

    Attributes:
        id, name, name_en, description, description_en, gender, age: what people see.
        timbre, prosody: voice of the teacher → its share, together 1.
        pitch: semitones that the voice is raised by.
        gain: decibels that bring what was learned of the neutral voice to −23 dBFS, pauses not counted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern="^[a-z]+$")]
    name: str
    name_en: str
    description: str
    description_en: str
    gender: Literal["female", "male"]
    age: Literal["child", "young", "adult", "old"]
    timbre: dict[str, float]
    prosody: dict[str, float]
    pitch: float = 0.0
    gain: float

    @model_validator(mode="after")
    def _check_blend(self) -> Recipe:
        for shares in (self.timbre, self.prosody):
            if abs(sum(shares.values()) - 1.0) > _WHOLE:
                raise ValueError("shares must add up to 1")
        if len(self.timbre) < _LEAST_SOURCES:
            raise ValueError("a timbre is a blend of at least two")
        return self

    @property
    def speaker(self) -> KokoroSpeaker:
        """The speaker for the teacher."""
        info = VoiceInfo(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            description=self.description,
            description_en=self.description_en,
            gender=self.gender,
            languages=("zh-CN", "en-US"),
            engine="kokoro",
            sample_rate=SAMPLE_RATE,
            emotions=NAMES,
        )
        return KokoroSpeaker(info, _mixture(self.prosody), _mixture(self.timbre), 0.0)


@cache
def recipes() -> dict[str, Recipe]:
    """Every speaker by its id, in the order in which people are shown them."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {recipe.id: recipe for recipe in map(Recipe.model_validate, table["speaker"])}


def _mixture(shares: dict[str, float]) -> Mixture:
    return tuple(shares.items())
