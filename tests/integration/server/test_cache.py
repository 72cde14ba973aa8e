"""Equal requests are spoken once: those at one time share the work, later ones are answered from memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from huisheng.testing import SILENT_VOICE, SilentEngine
from huisheng.types import AudioChunk, Utterance

if TYPE_CHECKING:
    import httpx
    from tests.integration.server.conftest import Running, Serve

SPEECH = "/v1/audio/speech"
STREAM = "/api/speech/stream"
FILES = "/api/tts"
KNOWN = replace(SILENT_VOICE, digest="of nothing but silence")
KEYS = ("first-key-0123456789", "second-key-0123456789")


class CountingEngine(SilentEngine):
    """Counts what it says; says nothing before it is let go."""

    def __init__(self) -> None:
        super().__init__(voice=KNOWN)
        self.go = threading.Event()
        self.go.set()
        self.started = threading.Event()
        self.said: list[str] = []

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Silence."""
        self.said.append(utterance.sentence.spoken)
        self.started.set()
        self.go.wait(30)
        yield from super().synthesize(utterance)

    def times(self, text: str) -> int:
        return self.said.count(text)


@pytest.fixture
def engine() -> CountingEngine:
    return CountingEngine()


@pytest.fixture
def running(serve: Serve, engine: CountingEngine) -> Running:
    return serve(engine)


def speak(client: httpx.Client, text: str, **more: object) -> httpx.Response:
    return client.post(SPEECH, json={"input": text, "response_format": "wav", **more}).raise_for_status()


def repeat(client: httpx.Client, engine: CountingEngine, text: str, **more: object) -> httpx.Response:
    """The answer to a request that was made before, once that is kept."""
    while (answer := speak(client, text, **more)).headers.get("x-huisheng-cache") != "hit":
        pass
    return answer


def test_a_repeated_request_is_the_same_to_the_byte_and_is_not_spoken_again(
    running: Running, engine: CountingEngine
) -> None:
    first = speak(running.client, "你好。")
    answer = repeat(running.client, engine, "你好。")
    said = engine.times("你好。")
    again = repeat(running.client, engine, "你好。")

    assert first.headers["x-huisheng-cache"] == "miss"
    assert first.content == answer.content == again.content
    assert first.headers["x-aigc"] == again.headers["x-aigc"]
    assert first.headers["etag"] == again.headers["etag"]
    assert engine.times("你好。") == said


@pytest.mark.parametrize(
    "change", [{"speed": 1.5}, {"emotion": "happy"}, {"response_format": "pcm"}, {"input": "再见。"}]
)
def test_another_request_is_another_answer(
    running: Running, engine: CountingEngine, change: dict[str, Any]
) -> None:
    known = repeat(running.client, engine, "你好。")
    body = {"input": "你好。", "response_format": "wav"} | change
    other = running.client.post(SPEECH, json=body)

    assert other.headers["x-huisheng-cache"] == "miss"
    assert other.headers["etag"] != known.headers["etag"]


def test_blanks_around_a_text_change_nothing(running: Running, engine: CountingEngine) -> None:
    known = repeat(running.client, engine, "你好。")

    assert repeat(running.client, engine, "  你好。\n").content == known.content
    assert speak(running.client, "  你好。\n").headers["etag"] == known.headers["etag"]


def test_a_hundred_equal_requests_at_one_time_are_one_synthesis(
    running: Running, engine: CountingEngine
) -> None:
    engine.go.clear()
    with ThreadPoolExecutor(100) as pool:
        answers = [pool.submit(speak, running.client, "大家好。") for _ in range(100)]
        assert engine.started.wait(30)
        engine.go.set()
        contents = {answer.result().content for answer in answers}

    assert len(contents) == 1
    assert engine.times("大家好。") == 1


def test_a_client_that_leaves_takes_the_sound_from_no_other(running: Running, engine: CountingEngine) -> None:
    engine.go.clear()
    with ThreadPoolExecutor(1) as pool:
        running.leave(SPEECH, {"input": "大家好。", "response_format": "wav"}, once=engine.started)
        staying = pool.submit(speak, running.client, "大家好。")
        engine.go.set()

        assert len(staying.result().content) > 1000


def lines(client: httpx.Client, text: str) -> list[dict[str, Any]]:
    answer = client.post(STREAM, json={"text": text, "format": "wav"}).raise_for_status()
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_stream_from_the_cache_has_its_timings_and_a_file_of_its_own(
    running: Running, engine: CountingEngine
) -> None:
    first = lines(running.client, "你好，世界。")
    said = engine.times("你好，世界。")
    while (again := lines(running.client, "你好，世界。")) and engine.times("你好，世界。") > said:
        said = engine.times("你好，世界。")

    assert again[:-1] == first[:-1]
    urls = [first[-1]["audio_url"], again[-1]["audio_url"]]
    assert urls[0] != urls[1]
    files = [running.client.get(url).raise_for_status().content for url in urls]
    assert files[0] == files[1]


def test_files_that_are_made_again_can_be_fetched(running: Running, engine: CountingEngine) -> None:
    results = [running.client.post(FILES, json={"text": "你好。", "format": "mp3"}).json() for _ in range(4)]

    assert len({result["audio_url"] for result in results}) > 1
    for result in results:
        for name in ("audio_url", "wav_url"):
            assert running.client.get(result[name]).status_code == 200


@pytest.mark.parametrize(("shared", "found"), [(True, "hit"), (False, "miss")])
def test_what_one_key_made_is_served_to_another_only_where_that_is_allowed(
    serve: Serve, engine: CountingEngine, shared: bool, found: str
) -> None:
    running = serve(engine, guard={"api_keys": ",".join(KEYS)}, cache_shared=shared)
    first, second = ({"Authorization": f"Bearer {key}"} for key in KEYS)
    running.client.headers.update(first)
    repeat(running.client, engine, "你好。")
    running.client.headers.update(second)

    assert speak(running.client, "你好。").headers["x-huisheng-cache"] == found


def test_a_cache_that_is_switched_off_keeps_nothing(
    serve: Serve, engine: CountingEngine, tmp_path: Path
) -> None:
    client = serve(engine, cache_limit=0).client
    for _ in range(3):
        speak(client, "你好。")

    assert engine.times("你好。") >= 3
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_voice_without_a_digest_of_its_own_is_not_cached(serve: Serve) -> None:
    answer = speak(serve(SilentEngine()).client, "你好。")

    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("format_", "found"), [("mp3", "hit"), ("wav", "miss")])
def test_an_answer_is_kept_as_a_whole_by_its_bytes_not_by_its_text(
    running: Running, format_: str, found: str
) -> None:
    text = "好。" * 600  # six and a half minutes: 1.6 MB as mp3, 19 MB as wav
    speak(running.client, text, response_format=format_)
    again = speak(running.client, text, response_format=format_)

    assert again.headers["x-huisheng-cache"] == found


def test_answers_too_large_to_keep_leave_nothing_in_memory(serve: Serve, engine: CountingEngine) -> None:
    running = serve(engine)
    with ThreadPoolExecutor(4) as clients:
        asked = [clients.submit(speak, running.client, "好。" * 600, response_format="wav") for _ in range(4)]
        for answer in asked:
            answer.result()

    speech = running.app.state.components.speech
    for _ in range(1_000):  # what was sent last is let go right after it
        if not speech.memory_in_use:
            break
        running.client.get("/healthz")
    assert speech.memory_in_use == 0


def test_an_address_is_a_sound_that_is_not_sent_again_while_it_is_the_same(running: Running) -> None:
    query = {"text": "你好。", "format": "wav"}
    answer = running.client.get("/api/speech", params=query)
    known = running.client.get("/api/speech", params=query, headers={"If-None-Match": answer.headers["etag"]})
    other = running.client.get(
        "/api/speech", params=query | {"speed": 2}, headers={"If-None-Match": answer.headers["etag"]}
    )

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-cache")
    assert (known.status_code, known.content) == (304, b"")
    assert (other.status_code, other.content[:4]) == (200, b"RIFF")


def test_with_an_unusable_cache_folder_requests_are_answered(
    serve: Serve, engine: CountingEngine, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("no folder")
    client = serve(engine).client

    assert [speak(client, "你好。").status_code for _ in range(3)] == [200, 200, 200]


def test_cache_hits_are_counted(running: Running, engine: CountingEngine) -> None:
    repeat(running.client, engine, "你好。")
    told = running.client.get("/metrics").text

    assert 'huisheng_cache_lookups_total{level="request",result="hit"} 1.0' in told
