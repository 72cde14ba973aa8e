"""What one request may cost: characters that are said, seconds of sound, bytes of audio.

What can be known of a cost is checked before any work: how long a text becomes when it is written out, and
the pauses that markup asks for. The rest is held while the work goes on.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Final, TypeVar

from huisheng.errors import AudioTooLarge, SpeechTooLong, SpokenTextTooLong
from huisheng.runtime.estimates import spoken_seconds
from huisheng.text.frontend import spoken_length
from huisheng.text.markup.script import Script
from huisheng.types import AudioChunk
from huisheng.units import Seconds

R = TypeVar("R")

_SHORTEST: Final = 0.04
"""Seconds that a character takes at least: less than a quarter of a second said four times as fast."""

_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one request.

    Attributes:
        characters: that are said, once markup, lexicons, numbers and signs are written out.
        seconds: of sound, pauses included.
        bytes: of encoded audio, of all files of an answer together.
        spent: seconds of sound that an earlier part of the same speech has taken.
    """

    characters: int = sys.maxsize
    seconds: Seconds = Seconds(math.inf)
    bytes: int = sys.maxsize
    spent: Seconds = Seconds(0.0)

    def check(self, script: Script) -> None:
        """Refuse what is known to be too much before it is spoken.

        Raises:
            SpokenTextTooLong: written out, the text is too long.
            SpeechTooLong: its pauses are, or its sound however fast it is spoken.
        """
        self.check_length(script)
        self._require_seconds(self.spent + shortest_speech(script))

    def check_length(self, script: Script) -> None:
        """Refuse a text that is too long to be read.

        Raises:
            SpokenTextTooLong: written out, it is.
        """
        if self.characters == sys.maxsize:
            return
        length = spoken_length(script, self.characters)
        if length > self.characters:
            raise SpokenTextTooLong(length, self.characters)

    def require_bytes(self, size: int) -> None:
        """Refuse audio of so many bytes.

        Raises:
            AudioTooLarge: they are too many.
        """
        if size > self.bytes:
            raise AudioTooLarge(size, self.bytes)

    def hold(self, chunks: Generator[AudioChunk, None, R]) -> Generator[AudioChunk, None, R]:
        """The same chunks, as long as they last no longer than is allowed. Closing this closes them.

        Raises:
            SpeechTooLong: in place of the first chunk that is too much.
        """
        length = self.spent
        with closing(chunks):
            while True:
                try:
                    chunk = next(chunks)
                except StopIteration as end:
                    return end.value
                length = Seconds(length + chunk.duration)
                self._require_seconds(length)
                yield chunk

    def _require_seconds(self, length: float) -> None:
        if length > self.seconds:
            raise SpeechTooLong(self.seconds)


UNLIMITED: Final = Budget()
"""For text and machine of one's own."""


def shortest_speech(script: Script) -> Seconds:
    """How long a script lasts at least: its pauses, and its Han characters said as fast as can be."""
    return Seconds(_rests(script) + _SHORTEST * sum(1 for _ in _HAN.finditer(script.text)))


def expected_speech(script: Script, speed: float) -> Seconds:
    """How long a script lasts, about.

    Args:
        script: of the text.
        speed: of the whole, 0.5…2.0.
    """
    return Seconds(_rests(script) + spoken_seconds(len(script.text), speed))


def _rests(script: Script) -> float:
    """Seconds of the pauses that markup asks for."""
    return math.fsum(rest.seconds for rest in script.rests)
