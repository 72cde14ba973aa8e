"""A finished piece of speech: samples, timings, and the ways to keep or hear it."""

from __future__ import annotations

import base64
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from huisheng.audio.encoding import find_sample_rate, make_encoder
from huisheng.audio.resampling import resample
from huisheng.labels.aigc import SELF_HOSTED, make_label
from huisheng.runtime.files import draft, storage
from huisheng.runtime.options import PATH, TEXT, WHOLE, check
from huisheng.types import AudioChunk, Notice, Samples, Timing
from huisheng.units import Hertz, Seconds


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """What was said. A Jupyter cell that ends with it shows a player.

    Attributes:
        text: the source.
        samples: (N,) float32, −1…+1.
        sample_rate: of the samples.
        timings: of the characters, in reading order, seconds from the first sample.
        notices: what was done otherwise than was asked, such as another voice than the one named.
    """

    text: str
    samples: Samples
    sample_rate: Hertz
    timings: tuple[Timing, ...]
    notices: tuple[Notice, ...] = ()

    @classmethod
    def collect(
        cls, text: str, chunks: Generator[AudioChunk, None, object], notices: tuple[Notice, ...] = ()
    ) -> Speech:
        """The whole of a stream; `chunks` holds at least one."""
        pieces: list[Samples] = []
        timings: list[Timing] = []
        rate = Hertz(0)
        for chunk, its_timings in place_timings(chunks):
            rate = chunk.sample_rate
            timings += its_timings
            pieces.append(chunk.samples)
        return cls(text, np.concatenate(pieces), rate, tuple(timings), notices)

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return Seconds(len(self.samples) / self.sample_rate)

    def encode(self, audio_format: str, sample_rate: int | None = None, producer: str = SELF_HOSTED) -> bytes:
        """The bytes of a file, with the label that says it is generated.

        Args:
            audio_format: wav, pcm, mp3, opus or flac.
            sample_rate: of the file; the speech's own when None.
            producer: code of the generating service (GB 45438-2025).

        Raises:
            UnsupportedFormat, UnsupportedSampleRate, InvalidLabel, InvalidArgument: by their names.
        """
        check("audio_format", audio_format, TEXT)
        check("producer", producer, TEXT)
        if sample_rate is not None:
            check("sample_rate", sample_rate, WHOLE)
        rate = find_sample_rate(self.sample_rate if sample_rate is None else int(sample_rate))
        label = make_label(producer).to_json()
        samples = resample(self.samples, self.sample_rate, rate)
        encoder = make_encoder(audio_format, rate, label=label, frames=len(samples))
        return encoder.encode(samples) + encoder.flush()

    encoded = encode
    """The same, by its earlier name."""

    def save(self, path: str | Path, sample_rate: int | None = None, producer: str = SELF_HOSTED) -> Path:
        """Write a file whose suffix names the format; the rest as in `encode`.

        It appears whole or not at all.

        Raises:
            UnsupportedFormat, UnsupportedSampleRate, InvalidLabel, InvalidArgument: by their names.
            StorageError: the file cannot be written.
        """
        check("path", path, PATH)
        target = Path(path)
        data = self.encode(target.suffix.removeprefix("."), sample_rate, producer)
        with draft(target) as made:
            with storage(target):
                made.file.write(data)
            made.publish()
        return target

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.encode("wav")).decode("ascii")
        return f'<audio controls src="data:audio/wav;base64,{data}"></audio>'


def place_timings(
    chunks: Generator[AudioChunk, None, object],
) -> Generator[tuple[AudioChunk, tuple[Timing, ...]]]:
    """Each chunk with its timings counted from the first sample of all. Closing this closes `chunks`."""
    length = 0
    with closing(chunks):
        for chunk in chunks:
            yield chunk, tuple(timing.shifted(length / chunk.sample_rate) for timing in chunk.timings)
            length += len(chunk.samples)
