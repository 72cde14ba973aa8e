"""FLAC (RFC 9639), 16 bits: exactly the samples that WAV would hold, in about half the bytes.

libFLAC corrects STREAMINFO when it closes; a stream keeps its first version. That says 0 for the total, the
checksum and the frame sizes, which RFC 9639 section 8.2 defines as "unknown". The total is filled in when it
is known beforehand: players do without, but some programs that read a whole file at once (python-soundfile)
want it, so say it whenever the length is known.
"""

from __future__ import annotations

from typing import Final

from huisheng.audio.encoding.pcm import quantize
from huisheng.audio.encoding.vorbis_comment import comments
from huisheng.audio.libsndfile import SequentialWriter
from huisheng.types import Samples
from huisheng.units import Hertz

STREAMINFO_END: Final = 4 + 4 + 34
"""Bytes of the signature and of the first metadata block with its header."""

TOTAL_SAMPLES: Final = slice(21, 26)
"""Four bits of sample size and the 36-bit total, counted from the beginning of the file."""

VORBIS_COMMENT: Final = 4
LAST_BLOCK: Final = 0x80


def header(libflac: bytes, label: str, frames: int | None) -> bytes:
    """Our header from libFLAC's.

    Args:
        libflac: its signature and STREAMINFO, `STREAMINFO_END` bytes.
        label: text for `AIGC`, empty for none.
        frames: total to be declared; None, or more than 36 bits hold, is "unknown".

    Returns:
        Signature, STREAMINFO and a VORBIS_COMMENT block that is the last.
    """
    declared = frames if frames is not None and frames < 1 << 36 else 0
    total = int.from_bytes(libflac[TOTAL_SAMPLES], "big") | declared
    info = libflac[: TOTAL_SAMPLES.start] + total.to_bytes(5, "big") + libflac[TOTAL_SAMPLES.stop :]
    body = comments(label)
    return info + bytes([LAST_BLOCK | VORBIS_COMMENT]) + len(body).to_bytes(3, "big") + body


class FlacEncoder:
    """Writes FLAC.

    Args:
        sample_rate: of the samples.
        label: AIGC label as JSON, empty for none.
        frames: how many samples will come, when known.
    """

    media_type = "audio/flac"
    suffix = ".flac"

    def __init__(self, sample_rate: Hertz, label: str = "", frames: int | None = None) -> None:
        self._writer = SequentialWriter("FLAC", "PCM_16", sample_rate)
        self._label = label
        self._frames = frames
        self._head: bytearray | None = bytearray()

    def encode(self, samples: Samples) -> bytes:
        """(N,) samples; a block of 4096 is given out when it is full, the header with the first samples."""
        return self._with_label(self._writer.write(quantize(samples)))

    def flush(self) -> bytes:
        """The last block."""
        if self._frames is not None and self._frames != self._writer.frames:
            raise ValueError(f"header promises {self._frames} samples, {self._writer.frames} came")
        return self._with_label(self._writer.close())

    def _with_label(self, data: bytes) -> bytes:
        if self._head is None:
            return data
        self._head += data
        end = _metadata_end(self._head)
        if end is None:
            return b""
        head, self._head = bytes(self._head), None
        return header(head[:STREAMINFO_END], self._label, self._frames) + head[end:]


def _metadata_end(head: bytes | bytearray) -> int | None:
    """Where the first audio frame begins; None while that has not been written."""
    position, last = len(b"fLaC"), False
    while not last:
        if len(head) < position + 4:
            return None
        last = bool(head[position] & LAST_BLOCK)
        position += 4 + int.from_bytes(head[position + 1 : position + 4], "big")
    return position if len(head) >= position else None
