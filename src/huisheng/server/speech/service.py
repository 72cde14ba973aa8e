"""The rules of speech over HTTP: what is accepted, what runs at once, what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, aclosing, closing
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, TypeVar

from huisheng.audio.encoding import FORMATS, AudioFormat, find_format, find_sample_rate
from huisheng.audio.encoding.pcm import PcmEncoder
from huisheng.audio.recording import Coder, Coding
from huisheng.errors import TextTooLong
from huisheng.labels.aigc import make_label
from huisheng.runtime.pool import Slots
from huisheng.runtime.streaming import pieces
from huisheng.runtime.synthesizer import Manner, Rendition, Synthesizer
from huisheng.server.settings import Settings
from huisheng.server.speech.recording import Recording
from huisheng.server.speech.repository import AudioStore
from huisheng.server.speech.schemas import SpeechRequest
from huisheng.types import AudioChunk, Delivery, Passage, Timing
from huisheng.units import Hertz, Seconds

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """A request that has been understood.

    Attributes:
        text: what is said.
        manner: how, in the request's words.
        delivery: how, with the names resolved.
        audio_format: of the result.
        sample_rate: of the result; None for that of the speech.
    """

    text: str
    manner: Manner
    delivery: Delivery
    audio_format: AudioFormat
    sample_rate: Hertz | None


@dataclass(frozen=True, slots=True)
class Started:
    """Synthesis has a slot. `sample_rate` is that of the PCM to come, `label` its AIGC label."""

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


class SpeechService:
    """Speech for every door.

    Args:
        synthesizer: speaks.
        store: keeps what is produced.
        settings: limits and the provider's name.
    """

    def __init__(self, synthesizer: Synthesizer, store: AudioStore, settings: Settings) -> None:
        self._synthesizer = synthesizer
        self._store = store
        self._text_limit = settings.text_limit
        self._producer = settings.producer
        self._slots = Slots(settings.slots, settings.queue)
        # One thread for the step of each slot, one for the closing of a stream that is being left.
        self._executor = ThreadPoolExecutor(2 * settings.slots, thread_name_prefix="synthesis")

    def close(self) -> None:
        """Give the threads back."""
        self._executor.shutdown(wait=False)

    def understand(self, request: SpeechRequest) -> Order:
        """Check what can be checked without speaking.

        Raises:
            RequestError: a field cannot be served.
        """
        if len(request.text) > self._text_limit:
            raise TextTooLong(len(request.text), self._text_limit)
        audio_format = find_format(request.format)
        rate = None if request.sample_rate is None else find_sample_rate(request.sample_rate)
        manner = Manner(**request.model_dump(include=set(Manner.__annotations__)))
        delivery = self._synthesizer.delivery(**manner)
        return Order(request.text, manner, delivery, audio_format, rate)

    def label(self, produce_id: str = "") -> str:
        """The AIGC label of the content with this number, or of new content; JSON in ASCII."""
        return make_label(self._producer, produce_id).to_json()

    async def audio(self, order: Order, label: str) -> AsyncGenerator[bytes]:
        """Bytes of the file as they are made, with that AIGC label where there is room; nothing is kept.

        Raises:
            RequestError: the order cannot be spoken.
            Busy: no slot is free and the queue is full.
            EngineError: synthesis failed.
        """
        async with aclosing(self._admitted(partial(self._coded, order, label))) as parts:
            async for part in parts:
                yield part

    async def events(self, order: Order, *extra: AudioFormat) -> AsyncGenerator[Event]:
        """The course of a synthesis whose file is kept: one `Started`, `Spoken`s, one `Finished`.

        Args:
            order: what is spoken, and the format of the file.
            extra: formats of further files of the same sound.

        Raises:
            RequestError: the order cannot be spoken.
            Busy: no slot is free and the queue is full.
            StorageError: the file cannot be written.
            EngineError: synthesis failed.
        """
        formats = dict.fromkeys((order.audio_format, *extra))
        async with aclosing(self._admitted(partial(self._recorded, order, tuple(formats)))) as events:
            async for event in events:
                yield event

    async def listen(
        self, order: Order, passage: Passage, sample_rate: Hertz
    ) -> AsyncGenerator[AudioChunk | PauseDue]:
        """A part of a longer speech, before volume and limiter; nothing is kept. Chunks, then one `PauseDue`.

        Args:
            order: of the whole; its text, format and rate are not looked at.
            passage: what is spoken.
            sample_rate: of the chunks.

        Raises:
            RequestError: it cannot be spoken.
            Busy: no slot is free and the queue is full.
            EngineError: synthesis failed.
        """
        async with aclosing(self._admitted(partial(self._recited, order, passage, sample_rate))) as parts:
            async for part in parts:
                yield part

    async def record(self, order: Order) -> Finished:
        """Speak to the end and keep the result, in the format asked for and as WAV. Raises as `events`."""
        async with aclosing(self.events(order, "wav")) as events:
            finished = [event async for event in events if isinstance(event, Finished)]
        return finished[0]

    async def _admitted(self, begin: Callable[[], Generator[T]]) -> AsyncGenerator[T]:
        """Run a generator in our threads, in a slot. What is wrong with a request shows before the queue."""
        generator = await asyncio.get_running_loop().run_in_executor(None, begin)
        async with self._slots.admit(), aclosing(pieces(generator, self._executor)) as parts:
            async for part in parts:
                yield part

    def _coded(self, order: Order, label: str) -> Generator[bytes]:
        rendition = self._synthesizer.render(order.text, **order.manner)
        coding = Coding(order.audio_format, order.sample_rate or rendition.sample_rate, label)
        return _code(rendition.chunks, Coder(coding, rendition.sample_rate))

    def _recited(
        self, order: Order, passage: Passage, sample_rate: Hertz
    ) -> Generator[AudioChunk | PauseDue]:
        recital = self._synthesizer.recite(
            passage.text, continued=passage.continued, sample_rate=sample_rate, **order.manner
        )
        return _part(recital.chunks)

    def _recorded(self, order: Order, formats: tuple[AudioFormat, ...]) -> Generator[Event]:
        return self._record(order, formats, self._synthesizer.render(order.text, **order.manner))

    def _record(
        self, order: Order, formats: tuple[AudioFormat, ...], rendition: Rendition
    ) -> Generator[Event]:
        rate = order.sample_rate or rendition.sample_rate
        with closing(rendition.chunks) as chunks, ExitStack() as drafts:
            recordings: dict[AudioFormat, Recording] = {
                name: Recording(
                    drafts.enter_context(self._store.draft(FORMATS[name].suffix)),
                    Coding(name, rate, self.label()),
                    rendition.sample_rate,
                )
                for name in formats
            }
            yield Started(order, rendition.sample_rate, self.label())
            duration = yield from _play(chunks, tuple(recordings.values()))
            for recording in recordings.values():
                recording.finish()
        self._store.sweep()
        names: dict[AudioFormat, str] = {name: recording.name for name, recording in recordings.items()}
        yield Finished(order, names, rate, duration)


def _play(
    chunks: Generator[AudioChunk], recordings: tuple[Recording, ...]
) -> Generator[Spoken, None, Seconds]:
    """Pass chunks on and into the recordings; returns the length of all."""
    encoder = PcmEncoder()
    elapsed = 0.0
    for chunk in chunks:
        for recording in recordings:
            recording.add(chunk.samples)
        timings = tuple(timing.shifted(elapsed) for timing in chunk.timings)
        yield Spoken(encoder.encode(chunk.samples), timings, chunk.span.end)
        elapsed += chunk.duration
    return Seconds(elapsed)


def _part(chunks: Generator[AudioChunk, None, Seconds]) -> Generator[AudioChunk | PauseDue]:
    pause = yield from chunks
    yield PauseDue(pause)


def _code(chunks: Generator[AudioChunk], coder: Coder) -> Generator[bytes]:
    with closing(chunks):
        for chunk in chunks:
            if part := coder.encode(chunk.samples):
                yield part
        yield coder.flush()
