"""What one request may cost and will cost: characters that are said, seconds of sound, bytes of audio.

What can be known of a cost is checked before any work: how long a text becomes when it is written out, and
the pauses that markup asks for. The rest is held while the work goes on.
"""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from typing import Final, NamedTuple

from huisheng.audio.encoding import AudioFormat
from huisheng.audio.encoding.mp3 import QUALITIES
from huisheng.errors import AudioTooLarge, SpeechTooLong, SpokenTextTooLong
from huisheng.text.frontend import spoken_length
from huisheng.text.markup.script import Script
from huisheng.units import Hertz, Seconds

_SHORTEST: Final = 0.04
"""Seconds that a character takes at least: less than a quarter of a second said four times as fast."""

_CHARACTER: Final = 0.25
"""Seconds that a Chinese character takes at speed 1, its share of the pauses included."""

_HEADER: Final = 4_096
"""Bytes for the header of a file, its AIGC label, and the frames that a codec puts before and after."""

_SAMPLE: Final = 2
"""Bytes of a sample of 16 bits."""

_FLAC_OVERHEAD: Final = 1.01
"""Ratio for sound that cannot be packed: each frame of 4096 samples has its own header."""

_OPUS_LEAST, _OPUS_A_SAMPLE = 3_000.0, 0.12
"""Bytes a second, and bytes for each sample in it: a tenth over what noise and swept square waves take."""


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

    def require_seconds(self, length: float) -> None:
        """Refuse a speech, of which so many seconds are known.

        Raises:
            SpeechTooLong: they are too many.
        """
        if length > self.seconds:
            raise SpeechTooLong(self.seconds)


UNLIMITED: Final = Budget()
"""For text and machine of one's own."""


class SpeechLength(NamedTuple):
    """How long a speech will last.

    Attributes:
        shortest: seconds at least: its pauses, and its Han characters said as fast as can be.
        expected: seconds, about.
    """

    shortest: Seconds
    expected: Seconds


def estimate_length(script: Script, speed: float) -> SpeechLength:
    """The length of a script before it is spoken.

    Args:
        script: of the text.
        speed: of the whole, 0.5…2.0.
    """
    rests = math.fsum(rest.seconds for rest in script.rests)
    shortest = rests + _SHORTEST * len(_HAN.findall(script.text))
    return SpeechLength(Seconds(shortest), Seconds(rests + len(script.text) * _CHARACTER / speed))


def estimate_bytes(seconds: float, audio_format: AudioFormat, sample_rate: Hertz) -> int:
    """The largest file that so much sound can become.

    Args:
        seconds: of sound.
        audio_format: of the file.
        sample_rate: of the file.
    """
    return _HEADER + math.ceil(seconds * _bytes_a_second(audio_format, sample_rate))


def minimum_bytes(seconds: float, audio_format: AudioFormat, sample_rate: Hertz) -> int:
    """Bytes that a file of so much sound has at least; 0 for formats that can pack any sound.

    Args:
        seconds: of sound.
        audio_format: of the file.
        sample_rate: of the file.
    """
    return int(seconds * sample_rate) * _SAMPLE if audio_format in {"wav", "pcm"} else 0


def _bytes_a_second(audio_format: AudioFormat, sample_rate: Hertz) -> float:
    match audio_format:
        case "wav" | "pcm":
            return _SAMPLE * sample_rate
        case "flac":
            return _SAMPLE * sample_rate * _FLAC_OVERHEAD
        case "mp3":
            return QUALITIES[sample_rate].bits / 8
        case "opus":
            return _OPUS_LEAST + _OPUS_A_SAMPLE * sample_rate
