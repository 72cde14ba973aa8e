"""How long a text will sound, and how many bytes that takes: what is known before any work is done."""

from __future__ import annotations

import math
from typing import Final

from huisheng.audio.encoding import AudioFormat
from huisheng.audio.encoding.mp3 import QUALITIES
from huisheng.units import Hertz, Seconds

_CHARACTER: Final = 0.25
"""Seconds that a Chinese character takes at speed 1, its share of the pauses included."""

_HEADER: Final = 4_096
"""Bytes for the header of a file, its AIGC label, and the frames that a codec puts before and after."""

_SAMPLE: Final = 2
"""Bytes of a sample of 16 bits."""

_FLAC_OVERHEAD: Final = 1.01
"""Of sound that cannot be packed: each frame of 4096 samples has its own header."""

_OPUS_LEAST, _OPUS_A_SAMPLE = 3_000.0, 0.12
"""Bytes a second, and bytes for each sample in it: a tenth over what noise and swept square waves take."""


def spoken_seconds(characters: int, speed: float = 1.0) -> Seconds:
    """How long so many characters sound, about.

    Args:
        characters: that are spoken.
        speed: 0.5…2.0, 1 normal.
    """
    return Seconds(characters * _CHARACTER / speed)


def encoded_bytes(seconds: float, audio_format: AudioFormat, sample_rate: Hertz) -> int:
    """The largest file that so much sound can become.

    Args:
        seconds: of sound.
        audio_format: of the file.
        sample_rate: of the file.
    """
    return _HEADER + math.ceil(seconds * _bytes_a_second(audio_format, sample_rate))


def least_bytes(seconds: float, audio_format: AudioFormat, sample_rate: Hertz) -> int:
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
