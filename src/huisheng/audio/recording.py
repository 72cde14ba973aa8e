"""From a stream of samples to the bytes of one format, piece by piece, and to a file with a true header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from huisheng.audio.encoding import AudioFormat, flac, make_encoder, wav
from huisheng.audio.resampling import StreamingResampler
from huisheng.types import Samples
from huisheng.units import Hertz


@dataclass(frozen=True, slots=True)
class Coding:
    """How samples become a file: format, rate, and the AIGC label (JSON) that it carries."""

    audio_format: AudioFormat
    sample_rate: Hertz
    label: str


class Coder:
    """Resamples and encodes one stream.

    Args:
        coding: of the result.
        source: rate of the samples that come.
    """

    def __init__(self, coding: Coding, source: Hertz) -> None:
        self._resampler = StreamingResampler(source, coding.sample_rate)
        self._encoder = make_encoder(coding.audio_format, coding.sample_rate, label=coding.label)
        self.frames = 0
        """Samples encoded so far, at the result's rate."""

    def encode(self, samples: Samples) -> bytes:
        """(N,) samples at the source's rate; the bytes that are ready."""
        return self._encoder.encode(self._counted(self._resampler.process(samples)))

    def flush(self) -> bytes:
        """The rest."""
        return self._encoder.encode(self._counted(self._resampler.flush())) + self._encoder.flush()

    def _counted(self, samples: Samples) -> Samples:
        self.frames += len(samples)
        return samples


def declare_length(file: BinaryIO, coding: Coding, frames: int) -> None:
    """Write the true length where a stream's header says "unknown", in the formats that have the field.

    Args:
        file: the whole stream, readable and seekable; left at an arbitrary place.
        coding: of the stream.
        frames: samples in it.
    """
    file.seek(0)
    if coding.audio_format == "wav":
        file.write(wav.header(coding.sample_rate, coding.label, frames))
    if coding.audio_format == "flac":
        stream_header = file.read(flac.STREAMINFO_END)
        file.seek(0)
        file.write(flac.header(stream_header, coding.label, frames))
