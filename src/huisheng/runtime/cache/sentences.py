"""An engine that remembers: the same sentence, read and delivered the same, is not made again."""

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
from huisheng.runtime.cache.responses import CachedResponse, framed, unframed
from huisheng.runtime.cache.store import Store
from huisheng.types import AudioChunk, Span, Timing, Utterance
from huisheng.units import Hertz, Seconds

_SAMPLE: Final = np.dtype("<f4")


class CachingEngine:
    """Speaks as another engine does, from memory where it can. Safe to call from several threads.

    What is remembered is what was said, to the bit, in the same pieces. A voice without a digest is not
    remembered, nor is a sentence that was not heard to its end.

    Args:
        engine: that speaks.
        store: that remembers.
        limit: bytes of samples of one sentence; longer ones are not kept.
    """

    def __init__(self, engine: Engine, store: Store, limit: int = 32 << 20) -> None:
        self._engine = engine
        self._store = store
        self._limit = limit
        self._lock = forking.make_lock()
        self.hits = 0
        """Sentences that were remembered."""
        self.misses = 0
        """Sentences that were looked for in vain."""

    @property
    def capabilities(self) -> Capabilities:
        """Of the engine."""
        return self._engine.capabilities

    @property
    def loaded(self) -> bool:
        """Whether the engine's model is in memory."""
        return self._engine.loaded

    @property
    def forkable(self) -> bool:
        """As the engine itself."""
        return self._engine.forkable

    def load(self) -> None:
        """As the engine's own."""
        self._engine.load()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """As the engine's own, and at once where it is remembered."""
        digest = self._digest(utterance)
        if not digest:
            yield from self._engine.synthesize(utterance)
            return
        key = utterance_key(utterance, digest)
        start = utterance.sentence.span.start
        remembered = self._recall(key, start)
        self._count(hit=remembered is not None)
        if remembered is not None:
            yield from remembered
            return
        memory = _Memory(self._limit, start)
        with closing(self._engine.synthesize(utterance)) as chunks:
            for chunk in chunks:
                memory.add(chunk)
                yield chunk
        # A package may have been replaced meanwhile: then nobody knows which of the two spoke.
        if memory.complete and digest == self._digest(utterance):
            self._store.put(key, memory.value())

    def _digest(self, utterance: Utterance) -> str:
        return self._engine.capabilities.find(utterance.options.voice).digest

    def _recall(self, key: str, start: int) -> tuple[AudioChunk, ...] | None:
        value = self._store.get(key)
        take = None if value is None else unframed(value)
        return None if take is None else _chunks(take, start)

    def _count(self, *, hit: bool) -> None:
        with self._lock:
            self.hits += hit
            self.misses += not hit


class _Told(TypedDict):
    """A chunk without its samples. Places count from the start of the sentence.

    Attributes:
        rate: of the samples.
        span: of what has been said when it ends.
        timings: span, begin and end in seconds from the first sample.
    """

    rate: int
    span: tuple[int, int]
    timings: Sequence[tuple[tuple[int, int], float, float]]


_ALL_TOLD: Final = TypeAdapter(list[_Told])


class _Memory:
    """The chunks of a sentence while it is spoken.

    Args:
        limit: bytes of samples.
        start: of the sentence in its text.
    """

    def __init__(self, limit: int, start: int) -> None:
        self._limit = limit
        self._start = start
        self._size = 0
        self._told: list[_Told] = []
        self._pieces: list[bytes] = []

    @property
    def complete(self) -> bool:
        """Whether all chunks so far are in it, and there are any."""
        return 0 < self._size <= self._limit

    def add(self, chunk: AudioChunk) -> None:
        """The next chunk; all are forgotten where they are too many."""
        self._size += chunk.samples.nbytes
        if self._size > self._limit:
            self._told.clear()
            self._pieces.clear()
            return
        self._told.append(_told(chunk, self._start))
        self._pieces.append(np.asarray(chunk.samples, dtype=_SAMPLE).tobytes())

    def value(self) -> bytes:
        """What is put."""
        return framed(CachedResponse({"chunks": self._told}, tuple(self._pieces)))


def _told(chunk: AudioChunk, start: int) -> _Told:
    timings = [(timing.span.shifted(-start), timing.start, timing.end) for timing in chunk.timings]
    return {"rate": chunk.sample_rate, "span": chunk.span.shifted(-start), "timings": timings}


def _chunks(take: CachedResponse, start: int) -> tuple[AudioChunk, ...] | None:
    """The chunks of a take; None where it is none of ours."""
    try:
        told = _ALL_TOLD.validate_python(take.head.get("chunks"))
        return tuple(_chunk(*one, start) for one in zip(told, take.pieces, strict=True))
    except ValueError:  # pydantic's, numpy's of a size, and that of two lengths
        return None


def _chunk(told: _Told, piece: bytes, start: int) -> AudioChunk:
    return AudioChunk(
        np.frombuffer(piece, dtype=_SAMPLE).astype(np.float32),
        Hertz(told["rate"]),
        tuple(_timing(*row, start) for row in told["timings"]),
        Span(*told["span"]).shifted(start),
    )


def _timing(span: tuple[int, int], begin: float, end: float, start: int) -> Timing:
    return Timing(Span(*span).shifted(start), Seconds(begin), Seconds(end))
