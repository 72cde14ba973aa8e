"""An engine with a cache: the same sentence, with the same readings and options, is not synthesized again."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Final

import numpy as np
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from huisheng import forking
from huisheng.engines.protocol import Capabilities, Engine
from huisheng.runtime.cache.keys import utterance_key
from huisheng.runtime.cache.responses import CachedResponse, pack, unpack
from huisheng.runtime.cache.store import Store
from huisheng.types import AudioChunk, Span, Timing, Utterance
from huisheng.units import Hertz, Seconds

_SAMPLE: Final = np.dtype("<f4")


class CachingEngine:
    """Puts a cache before an engine. Safe to call from several threads.

    A hit is equal to the bit, in the same chunks. Not cached are voices without a digest, and sentences that
    were not synthesized to their end.

    Args:
        engine: synthesizes what is not in the cache.
        store: the cache.
        limit: bytes of samples of one sentence; longer ones are not kept.
    """

    def __init__(self, engine: Engine, store: Store, limit: int = 32 << 20) -> None:
        self._engine = engine
        self._store = store
        self._limit = limit
        self._lock = forking.make_lock()
        self._last_look: Capabilities | None = None
        """What the engine could do when a caller last asked, which is a look at what is installed."""
        self.hits = 0
        """Sentences that were in the cache."""
        self.misses = 0
        """Sentences that were not."""

    @property
    def capabilities(self) -> Capabilities:
        """Those of the engine."""
        self._last_look = look = self._engine.capabilities
        return look

    @property
    def loaded(self) -> bool:
        """Whether the engine's model is in memory."""
        return self._engine.loaded

    @property
    def forkable(self) -> bool:
        """Whether the engine's model may be loaded before a fork."""
        return self._engine.forkable

    def load(self) -> None:
        """Load the engine's model."""
        self._engine.load()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Synthesize an utterance, or take it from the cache. Closing this closes the engine's generator."""
        voice = utterance.options.voice
        look = self._last_look
        if look is None or voice not in look.names:
            look = self._engine.capabilities
        digest = look.find(voice).digest
        if not digest:
            yield from self._engine.synthesize(utterance)
            return
        key = utterance_key(utterance, digest)
        start = utterance.sentence.span.start
        value = self._store.get(key)
        response = None if value is None else unpack(value)
        cached = None if response is None else _decode_chunks(response, start)
        with self._lock:
            self.hits += cached is not None
            self.misses += cached is None
        if cached is not None:
            yield from cached
            return
        recorder = _Recorder(self._limit, start)
        with closing(self._engine.synthesize(utterance)) as chunks:
            for chunk in chunks:
                recorder.add(chunk)
                yield chunk
        # A package may have been replaced meanwhile: then it is unknown which of the two was used.
        if recorder.complete and digest == self._engine.capabilities.find(voice).digest:
            self._store.put(key, recorder.to_bytes())


class _ChunkHead(TypedDict):
    """A chunk without its samples. Spans count from the start of the sentence.

    Attributes:
        rate: of the samples.
        span: of what has been spoken when it ends.
        timings: span, begin and end in seconds from the first sample.
    """

    rate: int
    span: tuple[int, int]
    timings: Sequence[tuple[tuple[int, int], float, float]]


_CHUNK_HEADS: Final = TypeAdapter(list[_ChunkHead])


class _Recorder:
    """The chunks of a sentence while it is synthesized.

    Args:
        limit: bytes of samples.
        start: of the sentence in its text.
    """

    def __init__(self, limit: int, start: int) -> None:
        self._limit = limit
        self._start = start
        self._size = 0
        self._heads: list[_ChunkHead] = []
        self._pieces: list[bytes] = []

    @property
    def complete(self) -> bool:
        """Whether it has all chunks so far, and at least one."""
        return 0 < self._size <= self._limit

    def add(self, chunk: AudioChunk) -> None:
        """Add the next chunk; all are dropped where they are over the limit."""
        self._size += chunk.samples.nbytes
        if self._size > self._limit:
            self._heads.clear()
            self._pieces.clear()
            return
        self._heads.append(_encode_head(chunk, self._start))
        self._pieces.append(np.asarray(chunk.samples, dtype=_SAMPLE).tobytes())

    def to_bytes(self) -> bytes:
        """All chunks as one value."""
        return pack(CachedResponse({"chunks": self._heads}, tuple(self._pieces)))


def _encode_head(chunk: AudioChunk, start: int) -> _ChunkHead:
    timings = [(timing.span.shifted(-start), timing.start, timing.end) for timing in chunk.timings]
    return {"rate": chunk.sample_rate, "span": chunk.span.shifted(-start), "timings": timings}


def _decode_chunks(response: CachedResponse, start: int) -> tuple[AudioChunk, ...] | None:
    """The chunks of a cached sentence; None where they are not of our format."""
    try:
        heads = _CHUNK_HEADS.validate_python(response.head.get("chunks"))
        return tuple(_decode_chunk(*one, start) for one in zip(heads, response.pieces, strict=True))
    except ValueError:  # pydantic's, numpy's of a size, and that of two lengths
        return None


def _decode_chunk(head: _ChunkHead, piece: bytes, start: int) -> AudioChunk:
    return AudioChunk(
        np.frombuffer(piece, dtype=_SAMPLE).astype(np.float32),
        Hertz(head["rate"]),
        tuple(_decode_timing(*row, start) for row in head["timings"]),
        Span(*head["span"]).shifted(start),
    )


def _decode_timing(span: tuple[int, int], begin: float, end: float, start: int) -> Timing:
    return Timing(Span(*span).shifted(start), Seconds(begin), Seconds(end))
