"""A passage of a longer speech: chunks, the pause that is due after it, and nothing kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from huisheng.errors import EmptyText, LexiconError
from huisheng.runtime.admission import Admission, AdmissionLimits
from huisheng.runtime.audio_store.store import AudioStore
from huisheng.runtime.dispatch import Dispatch
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.speech import PauseDue
from huisheng.runtime.workers.threads import ThreadWorkers
from huisheng.server.settings import Settings
from huisheng.server.speech.schemas import SpeechRequest
from huisheng.server.speech.service import RequestContext, SpeechService
from huisheng.testing import SilentEngine
from huisheng.types import AudioChunk, Passage
from huisheng.units import Hertz

RATE = Hertz(24_000)
CONTEXT = RequestContext()


def ask(**fields: object) -> SpeechRequest:
    return SpeechRequest.model_validate(fields)


PLAIN = ask(markup="none")


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[SpeechService]:
    """One slot, and no queue."""
    settings = Settings(home=tmp_path)
    store = AudioStore(settings.audio_folder, settings.audio_ttl, settings.audio_limit)
    synthesizer = Synthesizer(SilentEngine())
    threads = ThreadWorkers(synthesizer, 1)
    yield SpeechService(
        synthesizer, Dispatch(threads, Admission(1, 1, AdmissionLimits(queue=0))), store, settings
    )
    await threads.close()


async def listen(
    service: SpeechService, passage: Passage, rate: Hertz = RATE, request: SpeechRequest = PLAIN
) -> list[AudioChunk | PauseDue]:
    return [part async for part in service.listen(service.resolve(request, CONTEXT), passage, rate, CONTEXT)]


def due(parts: list[AudioChunk | PauseDue]) -> float:
    """The pause at the end."""
    last = parts[-1]
    assert isinstance(last, PauseDue)
    return last.seconds


async def test_a_passage_is_its_chunks_and_then_the_pause_after_it(service: SpeechService) -> None:
    parts = await listen(service, Passage(0, "你好；"))

    chunks = [part for part in parts if isinstance(part, AudioChunk)]
    assert sum(chunk.duration for chunk in chunks) == pytest.approx(0.4)
    assert (len(parts), due(parts)) == (len(chunks) + 1, pytest.approx(0.35))


async def test_the_pause_after_the_last_passage_is_that_of_an_end(service: SpeechService) -> None:
    assert due(await listen(service, Passage(0, "你好；", continued=False))) == pytest.approx(0.45)


async def test_the_pause_keeps_the_speed_of_the_speech(service: SpeechService) -> None:
    parts = await listen(service, Passage(0, "你好；"), request=ask(speed=2.0))

    assert due(parts) == pytest.approx(0.175)


async def test_chunks_have_the_rate_of_the_whole(service: SpeechService) -> None:
    chunks = [
        part
        for part in await listen(service, Passage(0, "你好。"), Hertz(16_000))
        if isinstance(part, AudioChunk)
    ]

    assert {chunk.sample_rate for chunk in chunks} == {16_000}
    assert sum(len(chunk.samples) for chunk in chunks) == 6_400


async def test_nothing_is_kept(service: SpeechService, tmp_path: Path) -> None:
    await listen(service, Passage(0, "你好。"))

    assert not list(tmp_path.rglob("*.*"))


async def test_a_passage_that_is_left_frees_its_slot(service: SpeechService) -> None:
    request = service.resolve(ask(), CONTEXT)
    for _ in range(3):
        async with aclosing(service.listen(request, Passage(0, "你好。世界。"), RATE, CONTEXT)) as parts:
            await anext(parts)


@pytest.mark.parametrize(
    ("text", "request_", "error"),
    [("……", PLAIN, EmptyText), ("银行", ask(lexicon={"银行": "x"}), LexiconError)],
)
async def test_what_cannot_be_spoken_is_refused(
    service: SpeechService, text: str, request_: SpeechRequest, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await listen(service, Passage(0, text), request=request_)
