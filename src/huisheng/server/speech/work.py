"""What the server asks of a synthesizer: sound in one format as it is made, files that are kept, readings."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TypeAlias

from huisheng.audio.encoding import FORMATS, AudioFormat
from huisheng.audio.encoding.pcm import PcmEncoder
from huisheng.audio.recording import Coder, Coding
from huisheng.labels.aigc import make_label
from huisheng.runtime.synthesizer import Manner, Rendition, Synthesizer
from huisheng.runtime.work import Piece
from huisheng.server.speech.recording import Recording
from huisheng.server.speech.repository import AudioStore
from huisheng.types import AudioChunk, Delivery, Notice, Passage, Timing
from huisheng.units import Hertz, Seconds


@dataclass(frozen=True, slots=True)
class Order:
    """A request that has been understood.

    Attributes:
        text: what is said.
        manner: how, in the request's words.
        delivery: how, with the names resolved.
        engine: that will speak.
        audio_format: of the result.
        sample_rate: of the result; None for that of the speech.
        notices: what is done otherwise than the request asks.
    """

    text: str
    manner: Manner
    delivery: Delivery
    engine: str
    audio_format: AudioFormat
    sample_rate: Hertz | None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """Synthesis has begun. `sample_rate` is that of the PCM to come, `label` its AIGC label."""

    order: Order
    sample_rate: Hertz
    label: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece of speech: 16-bit PCM; `timings` in seconds from the beginning of all audio."""

    pcm: bytes
    timings: tuple[Timing, ...]
    spoken_until: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The files are published: `names` by format, sample rate and length of each."""

    order: Order
    names: dict[AudioFormat, str]
    sample_rate: Hertz
    duration: Seconds


@dataclass(frozen=True, slots=True)
class PauseDue:
    """A part of a longer speech is over: so much silence belongs before the next."""

    seconds: Seconds


Event: TypeAlias = Started | Spoken | Finished


@dataclass(frozen=True, slots=True)
class Coded:
    """Bytes of a file as they are made, with an AIGC label where there is room; nothing is kept."""

    order: Order
    label: str

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[bytes]]:
        """As `Work`."""
        rendition = synthesizer.render(self.order.text, **self.order.manner)
        coding = Coding(self.order.audio_format, self.order.sample_rate or rendition.sample_rate, self.label)
        return _code(rendition.chunks, Coder(coding, rendition.sample_rate))


@dataclass(frozen=True, slots=True)
class Recorded:
    """The course of a synthesis whose files are kept: one `Started`, `Spoken`s, one `Finished`.

    Attributes:
        order: what is spoken.
        formats: of the files.
        store: that keeps them.
        producer: in their labels.
    """

    order: Order
    formats: tuple[AudioFormat, ...]
    store: AudioStore
    producer: str

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[Event]]:
        """As `Work`.

        Raises:
            StorageError: while it goes on, that a file cannot be written.
        """
        return self._record(synthesizer.render(self.order.text, **self.order.manner))

    def _record(self, rendition: Rendition) -> Generator[Piece[Event]]:
        rate = self.order.sample_rate or rendition.sample_rate
        with closing(rendition.chunks) as chunks, ExitStack() as drafts:
            recordings: dict[AudioFormat, Recording] = {
                name: Recording(
                    drafts.enter_context(self.store.draft(FORMATS[name].suffix)),
                    Coding(name, rate, self._label()),
                    rendition.sample_rate,
                )
                for name in self.formats
            }
            yield Piece(Started(self.order, rendition.sample_rate, self._label()))
            duration = yield from _play(chunks, tuple(recordings.values()))
            for recording in recordings.values():
                recording.finish()
        self.store.sweep()
        names: dict[AudioFormat, str] = {name: recording.name for name, recording in recordings.items()}
        yield Piece(Finished(self.order, names, rate, duration))

    def _label(self) -> str:
        return make_label(self.producer).to_json()


@dataclass(frozen=True, slots=True)
class Recited:
    """A part of a longer speech, before volume and limiter: its chunks, then one `PauseDue`.

    Attributes:
        order: of the whole; its text, format and rate are not looked at.
        passage: what is spoken.
        sample_rate: of the chunks.
    """

    order: Order
    passage: Passage
    sample_rate: Hertz

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[AudioChunk | PauseDue]]:
        """As `Work`."""
        passage = self.passage
        recital = synthesizer.recite(
            passage.text, continued=passage.continued, sample_rate=self.sample_rate, **self.order.manner
        )
        return _recite(recital.chunks)


def _play(
    chunks: Generator[AudioChunk], recordings: tuple[Recording, ...]
) -> Generator[Piece[Event], None, Seconds]:
    """Pass chunks on and into the recordings; returns the length of all."""
    encoder = PcmEncoder()
    elapsed = 0.0
    for chunk in chunks:
        for recording in recordings:
            recording.add(chunk.samples)
        timings = tuple(timing.shifted(elapsed) for timing in chunk.timings)
        yield Piece(Spoken(encoder.encode(chunk.samples), timings, chunk.span.end), chunk.duration)
        elapsed += chunk.duration
    return Seconds(elapsed)


def _code(chunks: Generator[AudioChunk], coder: Coder) -> Generator[Piece[bytes]]:
    with closing(chunks):
        for chunk in chunks:
            yield Piece(coder.encode(chunk.samples), chunk.duration)
        yield Piece(coder.flush())


def _recite(chunks: Generator[AudioChunk, None, Seconds]) -> Generator[Piece[AudioChunk | PauseDue]]:
    pause = Seconds(0.0)
    with closing(chunks):
        while True:
            try:
                chunk = next(chunks)
            except StopIteration as end:
                pause = end.value
                break
            yield Piece(chunk, chunk.duration)
    yield Piece(PauseDue(pause))
