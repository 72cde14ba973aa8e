"""What is compared: every combination of the voices, emotions and speeds that were asked for."""

from __future__ import annotations

import itertools
import string
from dataclasses import dataclass
from typing import Final

from huisheng.emotion.names import NAMES, resolve
from huisheng.emotion.styles import STYLES
from huisheng.errors import RequestError, UnknownEmotion
from huisheng.runtime.options import SynthesisOptions
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.types import Emotion, VoiceInfo

MOST: Final = len(string.ascii_uppercase)
"""Candidates of one page: each has a letter where names are hidden."""

_JOINT: Final = "+"
"""Between emotions at once, where colons stand before shares (`emotion.names.resolve`)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for; every combination is a candidate.

    Attributes:
        voices: ids, display names or mixtures; with no emotion either, every voice there is.
        emotions: names, aliases, mixtures, or a name with its intensity: `happy:1.5`.
        speeds: factors, 0.5…2.0.
    """

    voices: tuple[str, ...] = ()
    emotions: tuple[str, ...] = ()
    speeds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way of speaking.

    Attributes:
        voice: speaks.
        emotion: as `SynthesisOptions` has it.
        intensity: 0…2.
        speed: factor.
        resolved: what the name stands for; None where the words decide.
    """

    voice: VoiceInfo
    emotion: str
    intensity: float
    speed: float
    resolved: Emotion | None

    @property
    def id(self) -> str:
        """The command's own words, for tables of votes: `tinglan happy:1.5 ×1.2`."""
        emotion = f" {self.emotion}" + _format_factor(":", self.intensity)
        return self.voice.id + emotion + _format_factor(" ×", self.speed)

    @property
    def plain(self) -> bool:
        """Whether it is spoken without any emotion."""
        return self.resolved == Emotion()

    def emotion_label(self, *, english: bool) -> str:
        """For people: `开心 1.5`, `开心 0.5＋惊讶 0.5`."""
        if self.resolved is None:
            return ("by the words" if english else "按文字推测") + _format_factor(" ", self.intensity)
        labels = (
            _label(name, english=english) + _format_factor(" ", degree)
            for name, degree in self.resolved.parts
        )
        return (" + " if english else "＋").join(labels)

    def speed_label(self, *, english: bool) -> str:
        """For people: `语速 ×1.2`; empty for 1."""
        return _format_factor("speed ×" if english else "语速 ×", self.speed)


def candidates(choice: Choice, synthesizer: Synthesizer) -> tuple[Candidate, ...]:
    """Every combination, voices first; what sounds the same is there once.

    Raises:
        UnknownVoice, UnknownEmotion, OutOfRange, VoiceMissing: by their names.
        RequestError: fewer than two, or more than `MOST`.
    """
    voices = choice.voices or (() if choice.emotions else _all_voices(synthesizer))
    grid = itertools.product(voices or ("",), choice.emotions or ("",), choice.speeds or (1.0,))
    each = (_make_candidate(synthesizer, *combination) for combination in grid)
    found = tuple({candidate.id: candidate for candidate in each}.values())
    if len(found) < 2:
        raise RequestError(
            "至少要有两种声音才能比较，请写两个以上的 --voice 或 --emotion。",
            "There must be two things to compare: give at least two of --voice or --emotion.",
        )
    if len(found) > MOST:
        raise RequestError(
            f"一页最多比较 {MOST} 种声音，现在有 {len(found)} 种，请少选几个。",
            f"One page compares at most {MOST}; these are {len(found)}. Choose fewer.",
        )
    return found


def _all_voices(synthesizer: Synthesizer) -> tuple[str, ...]:
    return tuple(voice.id for voice in synthesizer.capabilities.voices)


def _make_candidate(synthesizer: Synthesizer, voice: str, emotion: str, speed: float) -> Candidate:
    name, intensity = _parse_emotion(emotion)
    options = SynthesisOptions(voice=voice, emotion=name, intensity=intensity, speed=speed)
    speaker = synthesizer.resolve("", options).voice
    if options.is_auto:
        return Candidate(speaker, "auto", intensity, speed, None)
    resolved = resolve(name, intensity)
    if resolved.also:
        return Candidate(speaker, name, intensity, speed, resolved)
    return Candidate(speaker, resolved.name, resolved.intensity, speed, resolved)


def _parse_emotion(text: str) -> tuple[str, float]:
    """Name and intensity of `happy:1.5`; a mixture is all name."""
    name, colon, number = text.partition(":")
    if not colon or _JOINT in text:
        return text, 1.0
    try:
        return name, float(number)
    except ValueError as error:
        raise UnknownEmotion(text, NAMES) from error


def _label(name: str, *, english: bool) -> str:
    style = next(style for style in STYLES.values() if style.name == name)
    return style.label_en if english else style.label


def _format_factor(before: str, value: float) -> str:
    """Nothing for 1."""
    return "" if value == 1.0 else f"{before}{value:g}"
