"""A server over packages: what is imported is offered, spoken with and mixed, without a restart."""

from __future__ import annotations

import io
import json
import shutil
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openai
import pytest
from tests.integration.server.conftest import wait_until_ready
from tests.unit.engines.toy_packages import packages_in, publish_toy

from huisheng.engines.registry import EngineRegistry

if TYPE_CHECKING:
    import httpx
    from tests.integration.server.conftest import Running, Serve

MIXED = '<speak>你好<voice name="low">世界</voice><voice name="high">再见</voice></speak>'


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A folder with one voice of 24 kHz and one of 16 kHz."""
    publish_toy(tmp_path / "voices", "kokoro", ("usual",), engine="first", sample_rate=24_000)
    publish_toy(tmp_path / "voices", "a", ("low",), sample_rate=16_000)
    return tmp_path / "voices"


@pytest.fixture
def running(serve: Serve, store: Path) -> Running:
    return serve(EngineRegistry("installed", packages_in(store)))


def voices(client: httpx.Client) -> dict[str, dict[str, Any]]:
    return {voice["id"]: voice for voice in client.get("/api/voices").json()["voices"]}


def rate_of(client: httpx.Client, **fields: object) -> int:
    """Hz that the file of a request declares, which is what the answer says."""
    answer = client.post("/api/tts", json={"text": "你好"} | fields).json()
    with wave.open(io.BytesIO(client.get(answer["wav_url"]).content)) as file:
        assert file.getframerate() == answer["sample_rate"]
        return file.getframerate()


def test_every_voice_names_its_engine_its_rate_its_languages_and_its_emotions(running: Running) -> None:
    low = voices(running.client)["low"]

    assert (low["engine"], low["sample_rate"], low["languages"]) == ("second", 16_000, ["zh-CN"])
    assert "happy" in low["emotions"]


def test_the_default_voice_is_that_of_the_first_engine(running: Running) -> None:
    assert running.client.get("/api/voices").json()["default"] == "usual"


@pytest.mark.parametrize(
    ("fields", "rate"),
    [
        ({}, 24_000),
        ({"voice": "low"}, 16_000),
        ({"text": '<speak>你好<voice name="low">世界</voice></speak>'}, 24_000),
        ({"voice": "low", "sample_rate": 8_000}, 8_000),
    ],
)
def test_a_file_has_the_rate_of_its_voices_unless_another_is_asked_for(
    running: Running, fields: dict[str, object], rate: int
) -> None:
    assert rate_of(running.client, **fields) == rate


def test_a_stream_says_its_rate_before_its_sound(running: Running) -> None:
    with running.client.stream("POST", "/api/speech/stream", json={"text": "你好", "voice": "low"}) as answer:
        first = json.loads(next(answer.iter_lines()))

    assert (first["type"], first["sample_rate"]) == ("start", 16_000)


def test_a_voice_that_is_imported_while_the_server_runs_is_offered_and_mixed(
    running: Running, store: Path
) -> None:
    before = set(voices(running.client))
    publish_toy(store, "b", ("high",), sample_rate=48_000)

    assert set(voices(running.client)) - before == {"high"}
    assert rate_of(running.client, text=MIXED) == 48_000


def test_a_voice_that_is_removed_while_the_server_runs_is_refused(running: Running, store: Path) -> None:
    rate_of(running.client, voice="low")
    shutil.rmtree(store / "a")

    answer = running.client.post("/api/tts", json={"text": "你好", "voice": "low"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_voice")


def test_a_server_whose_default_voice_is_replaced_stays_ready(running: Running, store: Path) -> None:
    wait_until_ready(running.client)
    publish_toy(store, "kokoro", ("usual",), engine="first", version="20")
    voices(running.client)

    assert running.client.get("/readyz").json() == {"status": "ready"}


def test_openai_clients_find_an_imported_voice_by_its_id(running: Running) -> None:
    with openai.OpenAI(base_url=f"{running.address}/v1", api_key="unused", max_retries=0) as client:
        wav = client.audio.speech.create(model="tts-1", voice="low", input="你好", response_format="wav")

    assert int.from_bytes(wav.content[24:28], "little") == 16_000
    listed = running.client.get("/v1/audio/voices").json()["voices"]
    assert "low" in {voice["id"] for voice in listed}


def test_bare_samples_have_the_rate_that_openai_clients_expect(running: Running) -> None:
    def bytes_of(**fields: object) -> int:
        body = {"input": "你好", "voice": "low", "response_format": "pcm"} | fields
        return len(running.client.post("/v1/audio/speech", json=body).content)

    assert bytes_of() == bytes_of(sample_rate=24_000)
    assert bytes_of() == pytest.approx(1.5 * bytes_of(sample_rate=16_000), abs=4)
