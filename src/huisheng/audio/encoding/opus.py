"""Ogg Opus (RFC 7845), in pages short enough to play while they arrive."""

from __future__ import annotations

from typing import Final

from huisheng.audio.encoding import ogg
from huisheng.audio.encoding.pcm import clip
from huisheng.audio.encoding.vorbis_comment import comments
from huisheng.audio.libsndfile import SequentialWriter
from huisheng.audio.resampling import StreamingResampler
from huisheng.types import Samples
from huisheng.units import Hertz

PAGE_MS: Final = 100.0
"""Sound in one page: the first is complete after 120 ms, and pages this short cost about 5 % more bytes."""

CODED_RATES: Final = {Hertz(22_050): Hertz(24_000), Hertz(44_100): Hertz(48_000)}
"""Rates that Opus does not know, and the next one that it does."""


class OpusEncoder:
    """Writes Ogg Opus.

    The length is exact: the last page says how much of the last packet is sound. 22.05 and 44.1 kHz are
    resampled to 24 and 48 kHz.

    Args:
        sample_rate: of the samples, one of `units.SAMPLE_RATES`.
        label: AIGC label as JSON, empty for none.
    """

    media_type = "audio/ogg"
    suffix = ".opus"

    def __init__(self, sample_rate: Hertz, label: str = "") -> None:
        coded_rate = CODED_RATES.get(sample_rate, sample_rate)
        self._resampler = StreamingResampler(sample_rate, coded_rate)
        self._writer = SequentialWriter("OGG", "OPUS", coded_rate)
        self._writer.set_page_latency(PAGE_MS)
        self._tags = b"OpusTags" + comments(label)
        self._head: bytearray | None = bytearray()

    def encode(self, samples: Samples) -> bytes:
        """(N,) samples; the header comes with the first samples, then a page every 100 ms."""
        return self._with_label(self._writer.write(self._resampler.process(clip(samples))))

    def flush(self) -> bytes:
        """The last page."""
        rest = self._writer.write(clip(self._resampler.flush()))
        return self._with_label(rest + self._writer.close())

    def _with_label(self, data: bytes) -> bytes:
        """Replace the second page, which holds the comments of libsndfile, by one that holds ours."""
        if self._head is None:
            return data
        self._head += data
        identification = ogg.read_page(self._head, 0)
        tags = ogg.read_page(self._head, identification.end) if identification else None
        if identification is None or tags is None:
            return b""
        head, self._head = bytes(self._head), None
        return head[: identification.end] + ogg.page(self._tags, tags.serial, 1) + head[tags.end :]
