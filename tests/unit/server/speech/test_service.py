"""The rules of speech, without HTTP."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from huisheng.errors import (
    EmptyText,
    TextTooLong,
    UnknownEmotion,
    UnknownVoice,
    UnsupportedFormat,
    UnsupportedSampleRate,
)
from huisheng.runtime.admission import Admission, AdmissionLimits
from huisheng.runtime.audio_store.store import AudioStore
from huisheng.runtime.dispatch import Dispatch
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.speech import SpeechPiece, SynthesisFinished, SynthesisStarted
from huisheng.runtime.workers.threads import ThreadWorkers
from huisheng.server.settings import Settings
from huisheng.server.speech.schemas import SpeechRequest
from huisheng.server.speech.service import RequestContext, SpeechService
from huisheng.testing import SilentEngine
from huisheng.types import AudioChunk, Utterance

CONTEXT = RequestContext()


def ask(**fields: object) -> SpeechRequest:
    return SpeechRequest.model_validate(fields)


class HeldEngine(SilentEngine):
    """Speaks each sentence only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Wait, then silence."""
        self.go.wait()
        yield from super().synthesize(utterance)


@pytest.fixture
def engine() -> Iterator[HeldEngine]:
    """Let go at the latest when the test ends, so that its threads can stop."""
    held = HeldEngine()
    yield held
    held.go.set()


@pytest.fixture
async def dispatch(engine: HeldEngine) -> AsyncGenerator[Dispatch]:
    """One slot, one place to wait."""
    threads = ThreadWorkers(Synthesizer(engine), 1)
    yield Dispatch(threads, Admission(1, 1, AdmissionLimits(queue=1)))
    await threads.close()


@pytest.fixture
def service(engine: HeldEngine, dispatch: Dispatch, tmp_path: Path) -> SpeechService:
    """At most 20 characters."""
    settings = Settings(home=tmp_path, text_limit=20)
    store = AudioStore(settings.audio_folder, settings.audio_ttl, settings.audio_limit)
    return SpeechService(Synthesizer(engine), dispatch, store, settings)


def test_names_are_resolved_and_defaults_filled_in(service: SpeechService) -> None:
    request = service.resolve(ask(text="好", emotion="开心", format="OGG"), CONTEXT)

    assert (request.resolved.voice.id, request.resolved.options.emotion.name) == ("silent", "happy")
    assert (request.audio_format, request.sample_rate) == ("opus", None)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (ask(text="好" * 21), TextTooLong),
        (ask(text="好", voice="nobody"), UnknownVoice),
        (ask(text="好", emotion="hungry"), UnknownEmotion),
        (ask(text="好", format="aac"), UnsupportedFormat),
        (ask(text="好", sample_rate=11_025), UnsupportedSampleRate),
    ],
)
def test_what_cannot_be_served_is_refused(
    service: SpeechService, request_: SpeechRequest, error: type[Exception]
) -> None:
    with pytest.raises(error):
        service.resolve(request_, CONTEXT)


def test_a_text_of_just_the_limit_is_taken(service: SpeechService) -> None:
    assert service.resolve(ask(text="好" * 20), CONTEXT).text == "好" * 20


async def test_events_come_in_their_order(service: SpeechService, engine: HeldEngine) -> None:
    engine.go.set()
    request = service.resolve(ask(text="你好。再见。"), CONTEXT)

    kinds = [type(event) async for event in service.events(request, CONTEXT)]

    assert (kinds[0], set(kinds[1:-1]), kinds[-1]) == (SynthesisStarted, {SpeechPiece}, SynthesisFinished)


@pytest.mark.parametrize(("asked", "written"), [(None, 24_000), (16_000, 16_000)])
async def test_a_file_has_the_rate_of_its_speech_unless_another_was_asked_for(
    service: SpeechService, engine: HeldEngine, asked: int | None, written: int
) -> None:
    engine.go.set()

    finished = await service.record(service.resolve(ask(text="好", sample_rate=asked), CONTEXT), CONTEXT)

    assert finished.sample_rate == written


async def test_timings_count_from_the_beginning_of_all(service: SpeechService, engine: HeldEngine) -> None:
    engine.go.set()
    request = service.resolve(ask(text="你好。再见。"), CONTEXT)

    spoken = [event async for event in service.events(request, CONTEXT) if isinstance(event, SpeechPiece)]

    starts = [timing.start for event in spoken for timing in event.timings]
    assert starts == sorted(starts)
    assert starts[2] > 0.4


async def test_empty_text_is_refused_while_all_slots_are_taken(service: SpeechService) -> None:
    async with aclosing(service.events(service.resolve(ask(text="好"), CONTEXT), CONTEXT)) as first:
        await anext(first)

        with pytest.raises(EmptyText):
            await service.record(service.resolve(ask(text="。"), CONTEXT), CONTEXT)


async def test_a_request_that_leaves_the_queue_makes_room(
    service: SpeechService, engine: HeldEngine, dispatch: Dispatch
) -> None:
    request = service.resolve(ask(text="好"), CONTEXT)
    async with aclosing(service.events(request, CONTEXT)) as first:
        await anext(first)
        for _ in range(3):
            waiting = asyncio.create_task(service.record(request, CONTEXT))
            while len(list(dispatch.admission.open.elements())) < 2:
                await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        engine.go.set()

    assert isinstance(await service.record(request, CONTEXT), SynthesisFinished)
