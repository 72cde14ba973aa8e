"""The rules of speech over HTTP: what is accepted, what runs at once, what is kept."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Final

from huisheng.audio.encoding import AudioFormat, find_format, find_sample_rate
from huisheng.errors import TextTooLong
from huisheng.labels.aigc import make_label
from huisheng.runtime.admission import Priority, SchedulingRequest
from huisheng.runtime.audio_store.store import AudioStore
from huisheng.runtime.cache.keys import normalize_text, request_key
from huisheng.runtime.cache.responses import POOL_SIZE, CachedResponse, ResponseCache
from huisheng.runtime.cache.store import NullStore, Store
from huisheng.runtime.dispatch import Dispatch
from huisheng.runtime.memory import MemoryPool
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.speech import (
    AudioPart,
    EncodeSpeech,
    Event,
    PauseDue,
    RecordSpeech,
    SpeakPassage,
    SpeechPiece,
    SynthesisFinished,
    SynthesisRequest,
    SynthesisStarted,
    size_of,
)
from huisheng.runtime.work.steps import StepIterator
from huisheng.server.guard.client import Client
from huisheng.server.guard.content_filter import ContentFilter
from huisheng.server.settings import Settings
from huisheng.server.speech.beginning import beginning
from huisheng.server.speech.metering import Charge, Meter, MeteredRequest, MeteredSpeech
from huisheng.server.speech.replaying import make_response, replay_speech, rewrite_files
from huisheng.server.speech.schemas import SpeechRequest
from huisheng.types import AudioChunk, Notice, Passage, VoiceInfo
from huisheng.units import Hertz, Seconds


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What is known of a request beside its fields.

    Attributes:
        client: that sent it.
        priority: which request has its turn first.
        deadline: the answer must begin so soon; None for whenever.
        ahead: for one that goes on speaking, sound that was made before and is yet to be heard; None for one
            that begins.
        counted: whether metrics count it.
        metered: where its charge is noted; None where nothing is charged.
    """

    client: Client = Client()
    priority: Priority = Priority.INTERACTIVE
    deadline: Seconds | None = None
    ahead: Seconds | None = None
    counted: bool = True
    metered: MeteredRequest | None = None


@dataclass(frozen=True, slots=True)
class SpeechAudio:
    """The bytes of an audio file.

    Attributes:
        label: its AIGC label.
        name: public name of the content, from which the key of the cache cannot be told; empty where it is
            not to be kept.
        parts: as they are made; to be closed.
        cached: whether it comes from the cache.
    """

    label: str
    name: str
    parts: AsyncGenerator[bytes]
    cached: bool

    def headers(self) -> dict[str, str]:
        """The label as a header, and those that tell a client whether its copy is still good (RFC 9110,
        8.8.3; RFC 9111, 5.2.2) and whether this one was made for it.
        """
        headers = {"X-AIGC": self.label}
        if self.name:
            headers["ETag"] = f'"{self.name}"'
            headers["Cache-Control"] = "private, no-cache"
            headers["X-Huisheng-Cache"] = "hit" if self.cached else "miss"
        return headers


_REHEARSAL: Final = "你好。"

_DURATIONS: Final = "durations"
"""In the head of a cached answer: seconds of sound of each part."""

_SAMPLE: Final = 2
"""Bytes of a sample of 16 bits."""

_SLOW_CHARACTER: Final = 0.4
"""Seconds that a character takes when it is spoken slowly at speed 1, its share of the pauses included."""

_MARGIN: Final = 5.0
"""Seconds that are reserved beside."""

_NOTHING: Final = Seconds(0.0)


class SpeechService:
    """Speech for every door.

    Args:
        synthesizer: knows the voices; what speaks is behind `dispatch`.
        dispatch: does the work.
        store: keeps the files that are made.
        settings: limits, the provider's name, and what may not be spoken.
        memory: keeps answers, for requests that are equal.
        meter: charges for what is spoken; None where nothing is charged.
    """

    def __init__(
        self,
        synthesizer: Synthesizer,
        dispatch: Dispatch,
        store: AudioStore,
        settings: Settings,
        memory: Store | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._synthesizer = synthesizer
        self._meter = meter
        self._dispatch = dispatch
        self._store = store
        self._remembers = memory is not None
        memory = memory or NullStore()
        self._pool = MemoryPool(POOL_SIZE)
        self._audio_cache = ResponseCache[AudioPart](
            memory, dispatch.observer, self._pool, lambda part: len(part.data)
        )
        self._event_cache = ResponseCache[Event](memory, dispatch.observer, self._pool, size_of)
        self._shared = settings.cache_shared
        guard = settings.guard
        self._content_filter = ContentFilter(guard) if guard.checks_texts else None
        self.stall = settings.stall
        """How long a listener may leave unread what is sent."""
        self._text_limit = settings.text_limit
        self._budget = settings.budget
        self._producer = settings.producer

    @property
    def memory_in_use(self) -> int:
        """Bytes of answers that are in memory to be kept or to be given again."""
        return self._pool.taken

    def voices(self, client: Client) -> Sequence[VoiceInfo]:
        """Those that a client can choose now."""
        return self._synthesizer.capabilities.without(client.hidden_voices).voices

    def usual_voice(self, client: Client) -> VoiceInfo:
        """Who speaks where a client asks for nobody.

        Raises:
            SetupError: that voice cannot.
        """
        return self._synthesizer.capabilities.without(client.hidden_voices).find()

    def resolve(self, asked: SpeechRequest, context: RequestContext) -> SynthesisRequest:
        """Look up the names in a request, and check what can be checked without speaking.

        Raises:
            RequestError: a field cannot be served, or the text may not be spoken.
        """
        request = self._resolve(asked, context.client.hidden_voices)
        if self._content_filter:
            spoken = partial(self._read, asked.text, request)
            self._content_filter.check(asked.text, spoken, context.client)
        return request

    def _resolve(self, asked: SpeechRequest, hidden: frozenset[str] = frozenset()) -> SynthesisRequest:
        """The same without the content filter; `hidden` are ids of voices that it may not use."""
        if len(asked.text) > self._text_limit:
            raise TextTooLong(len(asked.text), self._text_limit)
        audio_format = find_format(asked.format)
        rate = None if asked.sample_rate is None else find_sample_rate(asked.sample_rate)
        options = asked.options()
        resolved = self._synthesizer.without(hidden).resolve(asked.text, options)
        return SynthesisRequest(asked.text, options, resolved, audio_format, rate, self._budget)

    def notices(self, passage: str, request: SynthesisRequest) -> tuple[Notice, ...]:
        """What of a part of a longer speech is done otherwise than is asked.

        Raises:
            UnknownMarkup, MarkupError: of the part.
        """
        known = self._synthesizer.without(request.resolved.hidden)
        return known.list_notices(passage, request.options)

    def _read(self, text: str, request: SynthesisRequest) -> str:
        """What of a text is spoken: substitutions in markup and lexicon are made, tags are gone."""
        known = self._synthesizer.without(request.resolved.hidden)
        return known.script(text, request.options, self._budget).text

    def _key(self, request: SynthesisRequest, context: RequestContext, text: str, **more: object) -> str:
        """SHA-256 of everything an answer depends on, in hexadecimal; empty where it is not to be kept.

        Args:
            request: that is answered.
            context: of it.
            text: of the request, as far as the answer depends on it.
            more: whatever else the answer depends on.
        """
        if not self._remembers:
            return ""
        sound = self._synthesizer.digest_with_lexicon(request.resolved.sound)
        parts = {
            **more,
            "text": text,
            "sound": sound,
            "options": asdict(request.options),
            "format": request.audio_format,
            "rate": request.sample_rate,
            "producer": self._producer,
            "owner": "" if self._shared else context.client.owner,
        }
        return sound and request_key(parts)

    def label(self, produce_id: str = "") -> str:
        """The AIGC label of the content with this number, or of new content; JSON in ASCII."""
        return make_label(self._producer, produce_id).to_json()

    async def audio(self, request: SynthesisRequest, context: RequestContext) -> SpeechAudio:
        """A file as its bytes are made, or from memory; its AIGC label is in it where there is room.

        What is wrong with the request, or refused, is raised by the first of its parts.
        """
        key = self._key(request, context, normalize_text(request.text), answer="audio", durations=True)
        name = hashlib.sha256(key.encode("ascii")).hexdigest()[:32] if key else ""
        label = self.label(name)
        if cached := await self._audio_cache.find(key):
            return SpeechAudio(label, name, self._charge_audio(replay_audio(cached), request, context), True)
        parts = self._audio_cache.make(key, lambda: self._encode(request, label, context), _collect)
        return SpeechAudio(label, name, self._charge_audio(parts, request, context), cached=False)

    async def _encode(
        self, request: SynthesisRequest, label: str, context: RequestContext
    ) -> AsyncGenerator[AudioPart]:
        steps = self._dispatch.run(EncodeSpeech(request, label), _schedule(request, context, streamed=True))
        seconds = 0.0
        async with aclosing(steps):
            async for parts in steps:
                seconds += sum(part.duration for part in parts)
                if data := b"".join(part.data for part in parts):
                    yield AudioPart(data, Seconds(seconds))
                    seconds = 0.0

    async def _charge_audio(
        self, parts: AsyncGenerator[AudioPart], request: SynthesisRequest, context: RequestContext
    ) -> AsyncGenerator[bytes]:
        """The bytes of parts; what they cost is reserved before any are handed out."""
        early = self._take_early_start(context)
        async with beginning(parts, _has_sound if early else None) as made:
            charge = await self._reserve(request, context, request.text)
            async for part in made:
                if charge:
                    charge.note_length(part.duration)
                yield part.data
                if charge:
                    charge.note_sound()

    async def _charge_events(
        self,
        events: AsyncGenerator[Event],
        request: SynthesisRequest,
        context: RequestContext,
        *,
        streamed: bool,
    ) -> AsyncGenerator[Event]:
        """The same events; what they cost is reserved before any are handed out."""
        early = self._take_early_start(context)
        async with beginning(events, _is_sound if early else None) as made:
            charge = await self._reserve(request, context, request.text)
            rate = 0
            async for event in made:
                if isinstance(event, SynthesisStarted):
                    rate = event.sample_rate
                if charge and isinstance(event, SpeechPiece):
                    charge.note_length(Seconds(len(event.pcm) / _SAMPLE / rate))
                yield event
                if charge and streamed and isinstance(event, SpeechPiece):
                    charge.note_sound()

    def _take_early_start(self, context: RequestContext) -> bool:
        """Whether work begins while its cost is being reserved."""
        if self._meter is None or context.metered is None:
            return False
        return self._meter.take_early_start(context.client)

    async def _reserve(
        self, request: SynthesisRequest, context: RequestContext, text: str, before: int = 0
    ) -> Charge | None:
        """Reserve what a text costs. Raises as `Meter.reserve`.

        Args:
            request: how it is spoken.
            context: of the request.
            text: that is about to be spoken.
            before: characters of the request that stand before it.

        Returns:
            the charge; None where nothing is charged.
        """
        if self._meter is None or context.metered is None:
            return None
        speech = MeteredSpeech(
            request.resolved.voice.id,
            request.audio_format,
            before + len(text),
            len(text),
            Seconds(_SLOW_CHARACTER * len(text) / request.options.speed + _MARGIN),
        )
        return await self._meter.reserve(context.client, context.metered, speech)

    async def events(
        self,
        request: SynthesisRequest,
        context: RequestContext,
        *extra: AudioFormat,
        streamed: bool = True,
    ) -> AsyncGenerator[Event]:
        """The events of a synthesis whose file is kept: one `SynthesisStarted`, `SpeechPiece`s, one
        `SynthesisFinished`.

        Args:
            request: what is spoken, and the format of the file.
            context: of the request.
            extra: formats of further files of the same sound.
            streamed: whether the client listens while it goes on.

        Raises:
            RequestError: the request cannot be spoken, or its files cannot fit.
            RefusedError: not now.
            StorageError: the file cannot be written.
            EngineError: synthesis failed.
        """
        formats = tuple(dict.fromkeys((request.audio_format, *extra)))
        key = self._key(request, context, request.text, answer="events", formats=formats)
        if cached := await self._event_cache.find(key):
            events = self._replay(cached, request)
        else:
            work = RecordSpeech(request, formats, self._store, self._producer)
            scheduling = _schedule(request, context, streamed=streamed)
            events = self._event_cache.make(
                key,
                lambda: self._record(work, scheduling),
                lambda made: asyncio.to_thread(make_response, made, self._store),
            )
        events = self._charge_events(events, request, context, streamed=streamed)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, SynthesisFinished):
                    await asyncio.to_thread(self._store.promise, event.names.values())
                yield event

    async def _replay(self, cached: CachedResponse, request: SynthesisRequest) -> AsyncGenerator[Event]:
        """The events of a cached response. Its files are published at the end, when their names are sent."""
        files = StepIterator(lambda: rewrite_files(cached, request, self._store))
        try:
            for event in (await asyncio.to_thread(files.advance)).pieces:
                yield event.value
            for event in replay_speech(cached):
                yield event
            for event in (await asyncio.to_thread(files.advance)).pieces:
                yield event.value
        finally:
            await asyncio.shield(asyncio.to_thread(files.close))

    async def _record(self, work: RecordSpeech, scheduling: SchedulingRequest) -> AsyncGenerator[Event]:
        async with aclosing(self._dispatch.run(work, scheduling)) as steps:
            async for events in steps:
                for event in events:
                    yield event

    async def listen(
        self,
        request: SynthesisRequest,
        passage: Passage,
        sample_rate: Hertz,
        context: RequestContext,
        spent: Seconds = _NOTHING,
    ) -> AsyncGenerator[AudioChunk | PauseDue]:
        """A part of a longer speech, before volume and limiter; nothing is kept. Chunks, then one `PauseDue`.

        Args:
            request: of the whole; its text, format and rate are not looked at.
            passage: what is spoken.
            sample_rate: of the chunks.
            context: of the request.
            spent: length of the parts before it.

        Raises:
            RequestError: it cannot be spoken, or may not.
            RefusedError: not now.
            EngineError: synthesis failed.
        """
        if self._content_filter:
            spoken = partial(self._read, passage.text, request)
            self._content_filter.check(passage.text, spoken, context.client)
        scheduling = _schedule(replace(request, text=passage.text), context, streamed=True)
        work = SpeakPassage(request, passage, sample_rate, spent)
        charge = await self._reserve(request, context, passage.text, passage.start)
        async with aclosing(self._dispatch.run(work, scheduling)) as steps:
            async for parts in steps:
                for part in parts:
                    if charge and isinstance(part, AudioChunk):
                        charge.note_length(part.duration)
                    yield part
                    if charge and isinstance(part, AudioChunk):
                        charge.note_sound()

    async def rehearse(self) -> AsyncGenerator[bytes]:
        """A word in the default voice, to see whether it can be said. Raises as `audio`."""
        request = self._resolve(SpeechRequest(text=_REHEARSAL, format="pcm"))
        async with aclosing(self._encode(request, self.label(), RequestContext(counted=False))) as parts:
            async for part in parts:
                yield part.data

    async def record(self, request: SynthesisRequest, context: RequestContext) -> SynthesisFinished:
        """Speak to the end and keep the result, in the format asked for and as WAV. Raises as `events`."""
        async with aclosing(self.events(request, context, "wav", streamed=False)) as events:
            finished = [event async for event in events if isinstance(event, SynthesisFinished)]
        return finished[-1]


async def _collect(parts: list[AudioPart]) -> CachedResponse:
    head = {_DURATIONS: [part.duration for part in parts]}
    return CachedResponse(head, tuple(part.data for part in parts))


async def replay_audio(cached: CachedResponse) -> AsyncGenerator[AudioPart]:
    """The parts of an answer that is there already, as if it were being made; holds the answer until then."""
    for data, duration in zip(cached.pieces, cached.head[_DURATIONS], strict=True):
        yield AudioPart(data, duration)


def _schedule(request: SynthesisRequest, context: RequestContext, *, streamed: bool) -> SchedulingRequest:
    return SchedulingRequest(
        request.resolved.voice.engine,
        len(request.text),
        context.priority,
        context.deadline,
        streamed,
        ahead=context.ahead or Seconds(0.0),
        continued=context.ahead is not None,
        counted=context.counted,
    )


def _has_sound(part: AudioPart) -> bool:
    return part.duration > 0.0


def _is_sound(event: Event) -> bool:
    return isinstance(event, SpeechPiece)
