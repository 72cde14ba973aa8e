"""An engine that remembers: the same to the bit, in the same pieces, wherever the sentence stands."""

from __future__ import annotations

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.unit.engines.toy_kokoro import say
from tests.unit.runtime.cache.test_keys import shift

from huisheng.engines.families import two_stage_engine
from huisheng.engines.protocol import Capabilities, EngineOptions
from huisheng.errors import EngineError, UnknownVoice
from huisheng.runtime.cache.disk import DiskStore
from huisheng.runtime.cache.keys import utterance_key
from huisheng.runtime.cache.sentences import CachingEngine
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SILENT_VOICE, SilentEngine
from huisheng.text.frontend import Frontend
from huisheng.types import AudioChunk, ResolvedOptions, Sentence, Span, Timing, Utterance
from huisheng.units import Hertz, Seconds

KNOWN = replace(SILENT_VOICE, digest="known")
HELLO = Utterance(say("ni3 hao3 shi4 jie4"), ResolvedOptions("silent"))


class Reciter:
    """Says chunks that it was given; counts how often."""

    def __init__(self, chunks: tuple[AudioChunk, ...], failure: Exception | None = None) -> None:
        self.voice = KNOWN
        self.begun = 0
        self.closed = 0
        self._streams: list[Generator[AudioChunk]] = []
        """Held, so that nobody but its reader closes one."""
        self._chunks = chunks
        self._failure = failure

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("silent", (self.voice,))

    @property
    def loaded(self) -> bool:
        return self.begun > 0

    @property
    def forkable(self) -> bool:
        """It has no threads."""
        return True

    def load(self) -> None:
        self.begun += 1

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        self._streams.append(self._speak(utterance))
        return self._streams[-1]

    def _speak(self, utterance: Utterance) -> Generator[AudioChunk]:
        self.load()
        start = utterance.sentence.span.start
        try:
            for chunk in self._chunks:
                yield shifted(chunk, start)
            if self._failure:
                raise self._failure
        finally:
            self.closed += 1


def shifted(chunk: AudioChunk, offset: int) -> AudioChunk:
    timings = tuple(replace(timing, span=timing.span.shifted(offset)) for timing in chunk.timings)
    return replace(chunk, timings=timings, span=chunk.span.shifted(offset))


def same(ours: list[AudioChunk], theirs: list[AudioChunk]) -> bool:
    """Whether two lists of chunks are equal, samples to the bit."""

    def fields(chunk: AudioChunk) -> tuple[object, ...]:
        return chunk.samples.tobytes(), chunk.samples.dtype, chunk.sample_rate, chunk.timings, chunk.span

    return list(map(fields, ours)) == list(map(fields, theirs))


FINITE = st.floats(0.0, 1e3)
SPANS = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(lambda pair: Span(*sorted(pair)))
CHUNKS = st.builds(
    AudioChunk,
    arrays.arrays(np.float32, st.integers(0, 20)),
    st.sampled_from([8_000, 24_000]).map(Hertz),
    st.lists(st.builds(Timing, SPANS, FINITE.map(Seconds), FINITE.map(Seconds)), max_size=3).map(tuple),
    SPANS,
)
ONE = AudioChunk(np.ones(100, dtype=np.float32), Hertz(24_000), (), Span(0, 4))


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / "cache", 1 << 24)


@given(st.lists(CHUNKS, max_size=4), st.integers(0, 1_000))
def test_what_is_remembered_is_what_was_said_at_the_place_where_the_sentence_stands(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[AudioChunk], offset: int
) -> None:
    reciter = Reciter((*chunks, ONE))
    store = DiskStore(tmp_path_factory.mktemp("cache"), 1 << 24)
    engine = CachingEngine(reciter, store)
    said = list(engine.synthesize(HELLO))
    again = list(engine.synthesize(replace(HELLO, sentence=shift(HELLO.sentence, offset))))

    assert reciter.begun == 1
    assert same([shifted(chunk, offset) for chunk in said], again)
    assert (engine.hits, engine.misses) == (1, 1)


@pytest.mark.slow
def test_a_real_voice_says_the_same_to_the_bit_without_its_model(store: DiskStore) -> None:
    from tests.unit.engines.parallel.tiny_parallel import package  # needs torch

    made = package()
    engines = [
        CachingEngine(two_stage_engine(made.manifest, lambda: made, EngineOptions(threads=1)), store)
        for _ in range(2)
    ]
    lan = replace(HELLO, options=ResolvedOptions("lan"))
    said, again = (list(engine.synthesize(lan)) for engine in engines)

    assert same(said, again)
    assert [engine.loaded for engine in engines] == [True, False]


def test_what_is_remembered_can_be_changed_like_what_is_said(store: DiskStore) -> None:
    engine = CachingEngine(Reciter((ONE,)), store)
    for _ in range(2):
        for chunk in engine.synthesize(HELLO):
            chunk.samples[:] = ONE.samples

    assert engine.hits == 1


def test_chunks_are_passed_on_as_they_come(store: DiskStore) -> None:
    reciter = Reciter((ONE, ONE), EngineError())

    with closing(CachingEngine(reciter, store).synthesize(HELLO)) as chunks:
        assert same([next(chunks), next(chunks)], [ONE, ONE])


def test_a_sentence_that_is_left_is_not_kept_and_its_engine_is_closed(
    store: DiskStore, tmp_path: Path
) -> None:
    reciter = Reciter((ONE, ONE))
    with closing(CachingEngine(reciter, store).synthesize(HELLO)) as chunks:
        next(chunks)

    assert reciter.closed == 1
    assert not (tmp_path / "cache").exists()


def test_a_sentence_that_fails_is_not_kept(store: DiskStore, tmp_path: Path) -> None:
    engine = CachingEngine(Reciter((ONE,), EngineError()), store)
    with pytest.raises(EngineError):
        list(engine.synthesize(HELLO))

    assert not (tmp_path / "cache").exists()


def test_a_sentence_over_the_limit_is_said_and_not_kept(store: DiskStore, tmp_path: Path) -> None:
    engine = CachingEngine(Reciter((ONE, ONE, ONE)), store, limit=ONE.samples.nbytes * 2)

    assert same(list(engine.synthesize(HELLO)), [ONE] * 3)
    assert not (tmp_path / "cache").exists()


def test_a_voice_without_a_digest_is_neither_looked_up_nor_kept(store: DiskStore, tmp_path: Path) -> None:
    engine = CachingEngine(SilentEngine(), store)
    for _ in range(2):
        list(engine.synthesize(HELLO))

    assert (engine.hits, engine.misses) == (0, 0)
    assert not (tmp_path / "cache").exists()


def test_a_voice_of_the_same_name_with_another_digest_is_not_taken_for_it(store: DiskStore) -> None:
    reciter = Reciter((ONE,))
    engine = CachingEngine(reciter, store)
    list(engine.synthesize(HELLO))
    reciter.voice = replace(KNOWN, digest="another")
    list(engine.synthesize(HELLO))

    assert (reciter.begun, engine.hits) == (2, 0)


def test_a_sentence_goes_by_the_voices_that_were_there_when_its_request_looked(store: DiskStore) -> None:
    reciter = Reciter((ONE,))
    engine = CachingEngine(reciter, store)
    list(engine.synthesize(HELLO))
    before = engine.capabilities
    reciter.voice = replace(KNOWN, digest="another")
    list(engine.synthesize(HELLO))
    after = engine.capabilities
    list(engine.synthesize(HELLO))

    assert before != after
    assert (reciter.begun, engine.hits) == (2, 1)


def test_a_sentence_is_not_kept_whose_voice_was_replaced_while_it_spoke(store: DiskStore) -> None:
    reciter = Reciter((ONE,))
    engine = CachingEngine(reciter, store)
    for _ in engine.synthesize(HELLO):
        reciter.voice = replace(KNOWN, digest="another")
    reciter.voice = KNOWN
    list(engine.synthesize(HELLO))

    assert reciter.begun == 2


@pytest.mark.parametrize("value", [b"", b"nonsense", b'HST1\x15\0\0\0{"head":{},"sizes":[]}'])
def test_a_value_of_another_form_is_a_miss(store: DiskStore, value: bytes) -> None:
    reciter = Reciter((ONE,))
    store.put(utterance_key(HELLO, "known"), value)

    assert same(list(CachingEngine(reciter, store).synthesize(HELLO)), [ONE])
    assert reciter.begun == 1


def test_a_voice_that_was_installed_after_the_last_look_is_found(store: DiskStore) -> None:
    engine = Reciter((ONE,))
    caching = CachingEngine(engine, store)
    _ = caching.capabilities
    engine.voice = replace(KNOWN, id="new")

    assert list(caching.synthesize(replace(HELLO, options=ResolvedOptions("new"))))


def test_an_unknown_voice_is_refused_as_by_the_engine(store: DiskStore) -> None:
    with pytest.raises(UnknownVoice):
        list(
            CachingEngine(Reciter((ONE,)), store).synthesize(Utterance(HELLO.sentence, ResolvedOptions("no")))
        )


def test_a_sentence_inside_a_long_text_is_not_made_again(store: DiskStore, frontend: Frontend) -> None:
    engine = CachingEngine(SilentEngine(voice=KNOWN), store)
    synthesizer = Synthesizer(engine, frontend)
    synthesizer.speak("今天天气很好。我们出去走走。", volume=3.0)
    speech = synthesizer.speak("你来了吗？今天天气很好。他说：我们出去走走。我们出去走走。")
    plain = Synthesizer(SilentEngine(voice=KNOWN), frontend).speak(speech.text)

    assert (engine.hits, engine.misses) == (2, 4)
    assert speech.timings == plain.timings
    np.testing.assert_array_equal(speech.samples, plain.samples)


def test_hits_and_misses_of_many_threads_are_all_counted(store: DiskStore) -> None:
    engine = CachingEngine(Reciter((ONE,)), store)
    sentences: list[Sentence] = [say(f"ni{tone} hao3") for tone in range(1, 5)]
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for sentence in sentences * 5:
            list(engine.synthesize(Utterance(sentence, ResolvedOptions("silent"))))

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(work) for _ in range(4)]:
            done.result()

    assert engine.hits + engine.misses == 80
    assert 4 <= engine.misses <= 16
