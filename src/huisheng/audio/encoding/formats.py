"""The formats that we write, by name, and a stream of samples in one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, TypeAlias

from huisheng.audio.encoding import flac, wav
from huisheng.audio.encoding.flac import FlacEncoder
from huisheng.audio.encoding.mp3 import Mp3Encoder
from huisheng.audio.encoding.opus import OpusEncoder
from huisheng.audio.encoding.pcm import PcmEncoder
from huisheng.audio.encoding.protocol import Encoder
from huisheng.audio.encoding.wav import WavEncoder
from huisheng.audio.resampling import StreamingResampler
from huisheng.errors import UnsupportedFormat, UnsupportedSampleRate
from huisheng.types import Samples
from huisheng.units import SAMPLE_RATES, Hertz

AudioFormat: TypeAlias = Literal["wav", "pcm", "mp3", "opus", "flac"]


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """A format as a client sees it.

    Attributes:
        name: in requests.
        media_type: for the `Content-Type` header.
        suffix: of a file name, with its dot.
        labelled: whether a file can carry the AIGC label.
    """

    name: AudioFormat
    media_type: str
    suffix: str
    labelled: bool = True


FORMATS: Final[dict[AudioFormat, FormatInfo]] = {
    "wav": FormatInfo("wav", WavEncoder.media_type, WavEncoder.suffix),
    "pcm": FormatInfo("pcm", PcmEncoder.media_type, PcmEncoder.suffix, labelled=False),
    "mp3": FormatInfo("mp3", Mp3Encoder.media_type, Mp3Encoder.suffix),
    "opus": FormatInfo("opus", OpusEncoder.media_type, OpusEncoder.suffix),
    "flac": FormatInfo("flac", FlacEncoder.media_type, FlacEncoder.suffix),
}

ALIASES: Final[dict[str, AudioFormat]] = {"ogg": "opus", "ogg-opus": "opus"}

_INSTEAD: Final[dict[str, AudioFormat]] = {"aac": "mp3", "m4a": "mp3", "mp4": "mp3", "webm": "opus"}
"""Formats that are often asked for → the one of ours that is played in the same places."""


def find_format(name: str) -> AudioFormat:
    """The format that a name or an alias means; case and a leading dot do not count.

    Raises:
        UnsupportedFormat: no format has this name.
    """
    plain = name.lower().removeprefix(".")
    for known in FORMATS:
        if plain == known:
            return known
    if plain in ALIASES:
        return ALIASES[plain]
    raise UnsupportedFormat(name, tuple(FORMATS), _INSTEAD.get(plain, ""))


def find_sample_rate(rate: int) -> Hertz:
    """The rate, if it is one that we write.

    Raises:
        UnsupportedSampleRate: it is not in `units.SAMPLE_RATES`.
    """
    if rate not in SAMPLE_RATES:
        raise UnsupportedSampleRate(rate, SAMPLE_RATES)
    return Hertz(rate)


def make_encoder(name: str, sample_rate: int, *, label: str = "", frames: int | None = None) -> Encoder:
    """An encoder for one response.

    Args:
        name: of the format, or an alias.
        sample_rate: of the samples that it will be given, one of `units.SAMPLE_RATES`.
        label: AIGC label as JSON, ASCII; empty for none. `pcm` has no room for it.
        frames: how many samples will come, when that is known; WAV and FLAC then declare their length.

    Raises:
        UnsupportedFormat, UnsupportedSampleRate: it is not one of ours.
    """
    rate = find_sample_rate(sample_rate)
    return Coding(find_format(name), rate, label).encoder(frames)


@dataclass(frozen=True, slots=True)
class Coding:
    """How samples become a file: format, rate, and the AIGC label (JSON) that it carries; all valid."""

    audio_format: AudioFormat
    sample_rate: Hertz
    label: str

    def encoder(self, frames: int | None = None) -> Encoder:
        """An encoder for one file, of which so many samples will come; None where that is not known."""
        match self.audio_format:
            case "wav":
                return WavEncoder(self.sample_rate, self.label, frames)
            case "pcm":
                return PcmEncoder()
            case "mp3":
                return Mp3Encoder(self.sample_rate, self.label)
            case "opus":
                return OpusEncoder(self.sample_rate, self.label)
            case "flac":
                return FlacEncoder(self.sample_rate, self.label, frames)


class Coder:
    """Resamples and encodes one stream.

    Args:
        coding: of the result.
        source: rate of the samples that come.
    """

    def __init__(self, coding: Coding, source: Hertz) -> None:
        same = source == coding.sample_rate
        self._resampler = None if same else StreamingResampler(source, coding.sample_rate)
        self._encoder = coding.encoder()
        self.frames = 0
        """Samples encoded so far, at the result's rate."""

    def encode(self, samples: Samples) -> bytes:
        """(N,) samples at the source's rate; the bytes that are ready."""
        if self._resampler is not None:
            samples = self._resampler.process(samples)
        self.frames += len(samples)
        return self._encoder.encode(samples)

    def flush(self) -> bytes:
        """The rest."""
        if self._resampler is None:
            return self._encoder.flush()
        samples = self._resampler.flush()
        self.frames += len(samples)
        return self._encoder.encode(samples) + self._encoder.flush()


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
