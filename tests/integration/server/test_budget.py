"""No request costs more than its budget, at whichever door, and the refusal tells what to do."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.integration.server.conftest import wait_until_ready
from tests.unit.runtime.counting import CountingEngine
from websockets.sync.client import connect

from huisheng.testing import SilentEngine

if TYPE_CHECKING:
    from tests.integration.server.conftest import Serve


INFLATED: dict[str, Any] = {"text": "啊，" * 500, "lexicon": {"啊": "=" + "好" * 199}}
PAUSED: dict[str, Any] = {"text": "好[停顿 10s]" * 2_200}


@pytest.mark.parametrize(("body", "code"), [(INFLATED, "spoken_text_too_long"), (PAUSED, "speech_too_long")])
@pytest.mark.parametrize("path", ["/tts", "/api/tts", "/synthesize", "/api/speech/stream"])
def test_a_short_request_for_hours_of_sound_is_a_400_that_says_so(
    silent: httpx.Client, path: str, body: dict[str, Any], code: str
) -> None:
    answer = silent.post(path, json=body)
    problem = answer.json()

    assert (answer.status_code, problem["code"], problem["parameter"]) == (400, code, "text")
    assert "请分段提交" in problem["error"]


def test_a_form_and_an_address_are_held_to_the_same(silent: httpx.Client) -> None:
    text = "⩥" * 3_000

    assert silent.post("/tts", data={"text": text}).json()["code"] == "spoken_text_too_long"
    assert silent.get("/api/speech", params={"text": text}).json()["code"] == "spoken_text_too_long"


def test_the_openai_route_is_held_to_the_same(silent: httpx.Client) -> None:
    answer = silent.post(
        "/v1/audio/speech", json={"model": "tts-1", "voice": "nova", "input": PAUSED["text"]}
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "speech_too_long")


def test_an_explanation_is_held_to_the_same(silent: httpx.Client) -> None:
    assert silent.post("/api/read", json=INFLATED).json()["code"] == "spoken_text_too_long"


def test_a_stream_that_becomes_too_long_ends_with_the_reason(serve: Serve) -> None:
    client = serve(SilentEngine(seconds_per_item=10.0), speech_limit=60).client

    lines = client.post("/api/speech/stream", json={"text": "你好。" * 20}).text.splitlines()

    assert json.loads(lines[0])["type"] == "start"
    assert json.loads(lines[-1])["code"] == "speech_too_long"


def test_a_stream_of_too_many_bytes_breaks_off(serve: Serve) -> None:
    client = serve(answer_limit=500_000).client

    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/api/speech", params={"text": "你好。" * 30, "format": "wav"})


@pytest.mark.parametrize(("wanted", "status"), [("pcm", 400), ("mp3", 200)])
def test_all_files_of_an_answer_count_together(serve: Serve, wanted: str, status: int) -> None:
    client = serve(answer_limit=1_500_000).client

    assert client.post("/api/tts", json={"text": "你好。" * 30, "format": wanted}).status_code == status


def test_bytes_that_are_certain_are_refused_before_any_work(serve: Serve) -> None:
    engine = CountingEngine()
    running = serve(engine, answer_limit=1_000_000)
    wait_until_ready(running.client)
    before = engine.asked

    answer = running.client.post("/api/tts", json={"text": "好[停顿 10s]" * 3})

    assert (answer.json()["code"], engine.asked) == ("audio_too_large", before)


def test_the_parts_of_a_socket_count_together(serve: Serve) -> None:
    address = serve(SilentEngine(seconds_per_item=1.0), speech_limit=10).address.replace("http", "ws")
    with connect(address + "/v1/audio/speech/stream") as connection:
        for _ in range(10):
            connection.send(json.dumps({"type": "text", "text": "你好。"}))
        connection.send(json.dumps({"type": "finish"}))
        seconds = 0.0
        while (message := json.loads(connection.recv(timeout=30)))["type"] != "error":
            assert message["type"] != "done"
            if message["type"] == "audio":
                seconds += len(base64.b64decode(message["audio"])) / 48_000

    assert message["code"] == "speech_too_long"
    assert 0.0 < seconds <= 10.0


def test_the_limits_are_reported(serve: Serve) -> None:
    client = serve(text_limit=100, speech_limit=60, answer_limit=1_000_000).client

    told = client.get("/api/emotions").json()

    assert {name: told[name] for name in ("limit", "spoken_limit", "speech_limit", "answer_limit")} == {
        "limit": 100,
        "spoken_limit": 200,
        "speech_limit": 60.0,
        "answer_limit": 1_000_000,
    }
