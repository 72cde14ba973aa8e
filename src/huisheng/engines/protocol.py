"""What every engine is: same requests, same results, capabilities declared."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Protocol

from huisheng.engines.mixing import format_mixture, shares
from huisheng.engines.stand_ins import find_likeness
from huisheng.engines.vocoder_override import VocoderOverride
from huisheng.errors import SetupError, UnknownVoice, VoiceMissing
from huisheng.types import AudioChunk, EmotionName, Utterance, VoiceInfo
from huisheng.voice.digests import join_digests


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do, known without loading it.

    Attributes:
        name: of the engine, as in `ENGINE=`.
        voices: the first is the default; none where nothing is installed.
        obstacle: why the voice that ought to be the default is not among them; None where it is.
    """

    name: str
    voices: tuple[VoiceInfo, ...]
    obstacle: SetupError | None = None

    @cached_property
    def emotions(self) -> tuple[EmotionName, ...]:
        """Those that at least one voice shows."""
        return tuple(dict.fromkeys(emotion for voice in self.voices for emotion in voice.emotions))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """BCP 47 tags of what at least one voice speaks."""
        return tuple(dict.fromkeys(language for voice in self.voices for language in voice.languages))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What a voice may be called → its id. Ids go before display names, earlier voices before later."""
        voices = self.voices[::-1]
        return {voice.name: voice.id for voice in voices} | {voice.id: voice.id for voice in voices}

    @cached_property
    def _by_id(self) -> Mapping[str, VoiceInfo]:
        return {voice.id: voice for voice in self.voices}

    def without(self, hidden: Collection[str]) -> Capabilities:
        """The same with some voices left out, by their ids: the first of the others is the default."""
        shown = tuple(voice for voice in self.voices if voice.id not in hidden)
        return self if len(shown) == len(self.voices) else replace(self, voices=shown)

    def find(self, wanted: str = "") -> VoiceInfo:
        """The voice with this id or display name; the default one when empty.

        Several of one family, `lan:0.7+mei:0.3`, are a voice of their own, between them. For one of Azure's
        well-known voices that is not installed the nearest of ours stands in.

        Raises:
            UnknownVoice: there is none, or these cannot be mixed.
            VoiceMissing: there is no voice at all.
            SetupError: the default voice cannot speak.
        """
        if self.obstacle and not (wanted and self.voices):
            raise self.obstacle.with_traceback(None)  # raised again and again, it would keep every frame
        if not self.voices:
            raise VoiceMissing(
                "还没有可用的音色，请重新安装绘声，或用 huisheng voices import 导入语音包。",
                "No voice is installed; install huisheng anew, or take one in with huisheng voices import.",
            )
        if not wanted:
            return self.voices[0]
        names, known = self.names, self._by_id
        if wanted in names:
            return known[names[wanted]]
        if stand_in := self.stand_in(wanted):
            return stand_in
        parts: dict[str, float] = {}
        for name, share in shares(wanted).items():
            part = names.get(name, name)
            if part not in known:
                raise UnknownVoice(part, tuple(known))
            parts[part] = parts.get(part, 0.0) + share
        return self._mix(wanted, parts, tuple(known[part] for part in parts))

    def stand_in(self, wanted: str) -> VoiceInfo | None:
        """The voice that stands in for one of Azure's; None for any other name, and where it is installed.

        Raises:
            SetupError: the built-in voices, which stand in, cannot speak.
        """
        alike = None if not wanted or wanted in self.names else find_likeness(wanted)
        if alike is None or not self.voices:
            return None
        if self.obstacle:
            raise self.obstacle.with_traceback(None)
        of_gender = [voice for voice in self.voices if voice.gender == alike.gender]
        nearest = next((voice for voice in self.voices if voice.id == alike.voice), None)
        return nearest or next(iter(of_gender), self.voices[0])

    def _mix(self, wanted: str, parts: Mapping[str, float], voices: tuple[VoiceInfo, ...]) -> VoiceInfo:
        """One voice of several; what they are called is what was asked for."""
        first, families = voices[0], {voice.family for voice in voices}
        if len(families) > 1 or "" in families or not any(parts.values()):
            raise UnknownVoice(wanted, tuple(voice.id for voice in self.voices))
        digest = _mixture_digest({voice.id: voice.digest for voice in voices}, parts)
        return replace(first, id=format_mixture(parts), name=wanted, name_en=wanted, digest=digest)


def _mixture_digest(digests: Mapping[str, str], parts: Mapping[str, float]) -> str:
    """Digest of the parts in their order and of their shares, as exactly as the mixture's id tells them."""
    if len(parts) == 1:
        return next(iter(digests.values()))
    return join_digests(*(digests[part] for part in parts), *(f"{share:.6g}" for share in parts.values()))


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How an engine is made, whatever its voices.

    Attributes:
        threads: that may work on one utterance while there is no other; 0 for what suits the engine.
        batch: utterances of one voice whose steps are made together, where it makes frame after frame.
        vocoder: that is used in place of the voices' own; None for theirs.
    """

    threads: int = 0
    batch: int = 1
    vocoder: VocoderOverride | None = None


DEFAULT_OPTIONS: Final = EngineOptions()
"""Threads as suits each engine, the voices' own vocoders."""


class Engine(Protocol):
    """Turns one utterance into speech, synchronously. Safe to call from several threads."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; never loads the model. Voices may come and go, and each time is a look at what is
        there: a request looks once, and goes on with what it saw.
        """
        ...

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        ...

    @property
    def forkable(self) -> bool:
        """Whether a process forked once the model is loaded can speak with it: it keeps no threads."""
        ...

    def load(self) -> None:
        """Bring the model into memory, once, whichever thread calls first.

        Raises:
            VoiceMissing: its files are not installed.
            VoicePackageError: its files are damaged.
        """
        ...

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Speak, piece by piece, as soon as each piece is ready.

        Pieces follow each other without a seam, without silence before the first or after the last: the
        pause between sentences belongs to the caller. `utterance.options.voice` is one of the engine's ids,
        its emotion one that this voice shows, and the pieces have this voice's sample rate. `volume` is the
        caller's business, everything else the engine's. Closing the generator stops the work.
        """
        ...
