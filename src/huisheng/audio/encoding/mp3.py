"""MP3 (MPEG-1/2/2.5 layer III, LAME through libsndfile), at a constant rate, the label in front as ID3.

LAME begins with an empty frame that it turns into an index when it closes. A stream cannot be changed
afterwards, so that frame is left out; with a constant rate players know length and position without it. The
codec's own delay and padding stay: a file is longer than its sound by at most three frames, and the sound
begins 1105 samples late. LAME also lowers the level by 5 %.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from huisheng.audio.encoding.pcm import clip
from huisheng.audio.libsndfile import SequentialWriter
from huisheng.types import Samples
from huisheng.units import Hertz


class _Quality(NamedTuple):
    """Bits a second, and what libsndfile must be told (0 most … 1 least) to take just these."""

    bits: int
    compression_level: float


QUALITIES: Final = {
    Hertz(8_000): _Quality(32_000, 0.5),
    Hertz(16_000): _Quality(48_000, 0.75),
    Hertz(22_050): _Quality(64_000, 0.6),
    Hertz(24_000): _Quality(64_000, 0.6),
    Hertz(44_100): _Quality(96_000, 0.75),
    Hertz(48_000): _Quality(96_000, 0.75),
}
"""One mono voice at each rate: all six are rates of MPEG, so none is resampled."""


def id3(label: str) -> bytes:
    """An ID3v2.3 tag with one TXXX frame named `AIGC`; nothing when the label is empty.

    Args:
        label: ASCII text.
    """
    if not label:
        return b""
    latin_1 = b"\0"
    body = latin_1 + b"AIGC\0" + label.encode("ascii")
    frame = b"TXXX" + struct.pack(">IH", len(body), 0) + body
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3" + bytes([3, 0, 0]) + size + frame


class Mp3Encoder:
    """Writes MP3.

    Args:
        sample_rate: of the samples, one of `QUALITIES`.
        label: AIGC label as JSON, empty for none.
    """

    media_type = "audio/mpeg"
    suffix = ".mp3"

    def __init__(self, sample_rate: Hertz, label: str = "") -> None:
        quality = QUALITIES[sample_rate]
        self._writer = SequentialWriter("MP3", "MPEG_LAYER_III", sample_rate, quality.compression_level)
        self._pending = id3(label)
        # The index frame, as long as any other: it stands for 1152 samples above 24 kHz, else for 576.
        self._skip = (1152 if sample_rate > 24_000 else 576) // 8 * quality.bits // sample_rate

    def encode(self, samples: Samples) -> bytes:
        """(N,) samples; a frame is given out when it is full, the label at once."""
        return self._finish(self._writer.write(clip(samples)))

    def flush(self) -> bytes:
        """The last frames."""
        return self._finish(self._writer.close())

    def _finish(self, data: bytes) -> bytes:
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        pending, self._pending = self._pending, b""
        return pending + data[skipped:]
