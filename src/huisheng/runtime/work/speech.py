"""What the server asks of a synthesizer: sound in one format as it is made, files that are kept, readings."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from huisheng.audio.encoding import FORMATS, AudioFormat, Coder, Coding, declare_length
from huisheng.audio.encoding.pcm import PcmEncoder
from huisheng.labels.aigc import make_label
from huisheng.runtime.audio_store.store import AudioStore, Draft
from huisheng.runtime.budget import UNLIMITED, Budget
from huisheng.runtime.estimates import encoded_bytes, least_bytes
from huisheng.runtime.synthesizer import Manner, Rendition, Synthesizer
from huisheng.runtime.work.steps import Piece
from huisheng.types import AudioChunk, Notice, Passage, ResolvedOptions, Samples, Timing
from huisheng.units import Hertz, Seconds


@dataclass(frozen=True, slots=True)
class Order:
    """A request that has been understood.

    Attributes:
        text: what is said.
        manner: how, in the request's words.
        options: how, with the names resolved.
        engine: that will speak.
        audio_format: of the result.
        sample_rate: of the result; None for that of the speech.
        notices: what is done otherwise than the request asks.
        budget: what it may cost.
    """

    text: str
    manner: Manner
    options: ResolvedOptions
    engine: str
    audio_format: AudioFormat
    sample_rate: Hertz | None
    notices: tuple[Notice, ...] = ()
    budget: Budget = UNLIMITED


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

_EVENT: Final = 512
"""Bytes that an event takes beside its sound."""


def size_of(event: Event) -> int:
    """Bytes of memory that an event takes, nearly."""
    if not isinstance(event, Spoken):
        return _EVENT
    return _EVENT + len(event.pcm) + _EVENT // 4 * len(event.timings)


@dataclass(frozen=True, slots=True)
class EncodeSpeech:
    """Bytes of a file as they are made, with an AIGC label where there is room; nothing is kept."""

    order: Order
    label: str

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[bytes]]:
        """As `Work`."""
        order = self.order
        rendition = synthesizer.render(order.text, budget=order.budget, **order.manner)
        coding = Coding(order.audio_format, order.sample_rate or rendition.sample_rate, self.label)
        return _code(rendition.chunks, Coder(coding, rendition.sample_rate), order.budget)


@dataclass(frozen=True, slots=True)
class RecordSpeech:
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
            AudioTooLarge: the files cannot fit, also while it goes on, where they outgrow what was expected.
            AudioStoreFull: others have the room; likewise.
            StorageError: while it goes on, that a file cannot be written.
        """
        order = self.order
        return self._record(synthesizer.render(order.text, budget=order.budget, **order.manner))

    def _record(self, rendition: Rendition) -> Generator[Piece[Event]]:
        rate = self.order.sample_rate or rendition.sample_rate
        with closing(rendition.chunks) as chunks, ExitStack() as drafts:
            sizes = expected_sizes(rendition.expected, self.formats, rate)
            least = sum(least_bytes(rendition.shortest, name, rate) for name in self.formats)
            self.order.budget.require_bytes(least)
            files = drafts.enter_context(self.store.drafts(*sizes))
            recordings: dict[AudioFormat, Recording] = {
                name: Recording(draft, Coding(name, rate, self._label()), rendition.sample_rate)
                for name, draft in zip(self.formats, files, strict=True)
            }
            yield Piece(Started(self.order, rendition.sample_rate, self._label()))
            duration = yield from _play(chunks, tuple(recordings.values()), self.order.budget)
            for recording in recordings.values():
                recording.finish()
        names: dict[AudioFormat, str] = {name: recording.name for name, recording in recordings.items()}
        yield Piece(Finished(self.order, names, rate, duration))

    def _label(self) -> str:
        return make_label(self.producer).to_json()


def expected_sizes(
    seconds: float, formats: Iterable[AudioFormat], sample_rate: Hertz
) -> tuple[tuple[str, int], ...]:
    """Suffix and bytes of each file of an answer, about.

    Args:
        seconds: of speech.
        formats: of the files.
        sample_rate: of the files.
    """
    return tuple((FORMATS[name].suffix, encoded_bytes(seconds, name, sample_rate)) for name in formats)


@dataclass(frozen=True, slots=True)
class SpeakPassage:
    """A part of a longer speech, before volume and limiter: its chunks, then one `PauseDue`.

    Attributes:
        order: of the whole; its text, format and rate are not looked at.
        passage: what is spoken.
        sample_rate: of the chunks.
        spent: length of the parts before it.
    """

    order: Order
    passage: Passage
    sample_rate: Hertz
    spent: Seconds = Seconds(0.0)

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[AudioChunk | PauseDue]]:
        """As `Work`."""
        passage = self.passage
        recital = synthesizer.recite(
            passage.text,
            continued=passage.continued,
            sample_rate=self.sample_rate,
            budget=replace(self.order.budget, spent=self.spent),
            **self.order.manner,
        )
        return _recite(recital.chunks)


class Recording:
    """One file in the making; `name` finds it once it is finished.

    Args:
        draft: where it is written.
        coding: of the file.
        source: rate of the samples that come.
    """

    def __init__(self, draft: Draft, coding: Coding, source: Hertz) -> None:
        self.name = draft.name
        self._draft = draft
        self._coding = coding
        self._coder = Coder(coding, source)

    @property
    def size(self) -> int:
        """Bytes that were written so far."""
        return self._draft.length

    def add(self, samples: Samples) -> None:
        """Take (N,) samples, the next of the stream."""
        self._draft.write(self._coder.encode(samples))

    def finish(self) -> None:
        """Write the rest, put the length into the header, publish."""
        self._draft.write(self._coder.flush())
        declare_length(self._draft.file, self._coding, self._coder.frames)
        self._draft.publish()


def _play(
    chunks: Generator[AudioChunk], recordings: tuple[Recording, ...], budget: Budget
) -> Generator[Piece[Event], None, Seconds]:
    """Pass chunks on and into the recordings; returns the length of all.

    Raises:
        AudioTooLarge: the recordings together are more than the budget allows.
    """
    encoder = PcmEncoder()
    elapsed = 0.0
    for chunk in chunks:
        for recording in recordings:
            recording.add(chunk.samples)
        budget.require_bytes(sum(recording.size for recording in recordings))
        timings = tuple(timing.shifted(elapsed) for timing in chunk.timings)
        yield Piece(Spoken(encoder.encode(chunk.samples), timings, chunk.span.end), chunk.duration)
        elapsed += chunk.duration
    return Seconds(elapsed)


def _code(chunks: Generator[AudioChunk], coder: Coder, budget: Budget) -> Generator[Piece[bytes]]:
    size = 0
    with closing(chunks):
        for chunk in chunks:
            part = coder.encode(chunk.samples)
            size += len(part)
            budget.require_bytes(size)
            yield Piece(part, chunk.duration)
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
