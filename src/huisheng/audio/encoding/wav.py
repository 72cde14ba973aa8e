"""WAV: a RIFF header, the label as a chunk of its own, then 16-bit samples.

The label stands between `fmt ` and `data`: a stream of unknown length can have nothing after `data`.
"""

from __future__ import annotations

import struct
from typing import Final

from huisheng.audio.encoding.pcm import PcmEncoder
from huisheng.types import Samples
from huisheng.units import Hertz

UNKNOWN_SIZE: Final = 0xFFFF_FFFF
"""Both size fields of a stream: readers take all that comes."""

PCM: Final = 1
CHANNELS: Final = 1
BYTES_PER_FRAME: Final = 2


def chunk(name: bytes, body: bytes) -> bytes:
    """A RIFF chunk: id (4 bytes), size of the body, body, padded to even length."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def header(sample_rate: Hertz, label: str = "", frames: int | None = None) -> bytes:
    """Everything before the first sample; 44 bytes when there is no label.

    Args:
        sample_rate: of the samples.
        label: text of the `AIGC` chunk, ASCII; no chunk when empty.
        frames: number of samples to come; None when unknown. More than the size fields can hold counts as
            unknown.
    """
    rates = struct.pack("<II", sample_rate, sample_rate * BYTES_PER_FRAME)
    layout = struct.pack("<HH", PCM, CHANNELS) + rates + struct.pack("<HH", BYTES_PER_FRAME, 16)
    chunks = chunk(b"fmt ", layout) + (chunk(b"AIGC", label.encode("ascii")) if label else b"")
    data_size = UNKNOWN_SIZE if frames is None else frames * BYTES_PER_FRAME
    riff_size = len(b"WAVE") + len(chunks) + len(b"data") + 4 + data_size
    if riff_size >= UNKNOWN_SIZE:
        data_size = riff_size = UNKNOWN_SIZE
    riff = b"RIFF" + struct.pack("<I", riff_size) + b"WAVE"
    return riff + chunks + b"data" + struct.pack("<I", data_size)


class WavEncoder:
    """Writes 16-bit mono WAV.

    Args:
        sample_rate: of the samples.
        label: AIGC label as JSON, empty for none.
        frames: how many samples will come, when known: both sizes are then exact.
    """

    media_type = "audio/wav"
    suffix = ".wav"

    def __init__(self, sample_rate: Hertz, label: str = "", frames: int | None = None) -> None:
        self._pending = header(sample_rate, label, frames)
        self._body = PcmEncoder()
        self._missing = frames

    def encode(self, samples: Samples) -> bytes:
        """(N,) samples as 2 N bytes, the first time after the header."""
        if self._missing is not None:
            self._missing -= len(samples)
        return self._header() + self._body.encode(samples)

    def flush(self) -> bytes:
        """The header, if no sample ever came."""
        if self._missing:
            raise ValueError(f"header promises {self._missing} more samples than came")
        return self._header()

    def _header(self) -> bytes:
        pending, self._pending = self._pending, b""
        return pending
