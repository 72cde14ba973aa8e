"""What every engine is: same requests, same results, capabilities declared."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from huisheng.types import AudioChunk, EmotionName, Utterance, VoiceInfo
from huisheng.units import Hertz


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do, known without loading it.

    Attributes:
        name: of the engine, as in `ENGINE=`.
        sample_rate: of every chunk that it yields.
        voices: the first is the default.
        emotions: those it shows; others are refused before it is asked.
        languages: BCP 47 tags.
    """

    name: str
    sample_rate: Hertz
    voices: tuple[VoiceInfo, ...]
    emotions: tuple[EmotionName, ...]
    languages: tuple[str, ...]


class Engine(Protocol):
    """Turns one utterance into speech, synchronously. Safe to call from several threads."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; never loads the model."""
        ...

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        ...

    def load(self) -> None:
        """Bring the model into memory, once, whoever calls first.

        Raises:
            VoiceMissing: its files are not installed.
            VoicePackageError: its files are damaged.
        """
        ...

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Speak, piece by piece, as soon as each piece is ready.

        Pieces follow each other without a seam, without silence before the first or after the last: the
        pause between sentences belongs to the caller. `utterance.delivery.voice` is one of the engine's ids;
        `volume` is the caller's business, everything else the engine's. Closing the generator stops the work.
        """
        ...
