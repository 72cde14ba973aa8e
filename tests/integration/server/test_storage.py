"""Files of answers over HTTP: what is promised is there, what does not fit is refused before any work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.integration.server.conftest import post_text
from tests.unit.runtime.counting import CountingEngine

from huisheng.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.server.conftest import EndlessEngine, FailingEngine, Serve

PLACE = "/srv/huisheng/secret"
TWO_SENTENCES = "你好。再见。"


@pytest.mark.parametrize(
    ("path", "fields"), [("/api/tts", "json"), ("/tts", "data"), ("/api/speech/stream", "json")]
)
def test_an_answer_does_not_name_the_folder_that_cannot_be_written(
    serve: Serve, tmp_path: Path, path: str, fields: str
) -> None:
    (tmp_path / "audio").touch()

    answer = serve().client.request("POST", path, **{fields: {"text": "你好"}})  # pyright: ignore[reportArgumentType]

    assert (answer.status_code, answer.json()["code"]) == (507, "storage")
    assert str(tmp_path) not in answer.text


def test_the_log_tells_where_files_that_cannot_be_written_lie(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audio").touch()

    serve().client.post("/api/tts", json={"text": "你好"})

    assert f"storage (StorageError): 无法使用音频文件夹 {tmp_path / 'audio'}" in caplog.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/api/speech/stream", {"text": TWO_SENTENCES}),
        ("/v1/audio/speech", {"input": TWO_SENTENCES, "stream_format": "sse"}),
    ],
)
def test_a_stream_that_ends_in_a_failure_of_storage_tells_no_place(
    serve: Serve, failing: Callable[..., FailingEngine], path: str, fields: dict[str, str]
) -> None:
    client = serve(failing(StorageError(f"无法读取 {PLACE}", f"Cannot read {PLACE}")), slots=1).client

    answer = client.post(path, json=fields)

    assert ('"storage"' in answer.text, PLACE in answer.text) == (True, False)


LIMIT = 1_000_000
"""Bytes for all files."""
LONG = "今天的雨下个不停，我们在家里看书。" * 112
"""About 1,900 characters: eight minutes of sound."""
WAYS = [("/api/tts", "json"), ("/synthesize", "json"), ("/tts", "json"), ("/tts", "data")]
"""Where a file is asked for, and how."""


@pytest.mark.parametrize(("path", "kind"), [*WAYS, ("/api/speech/stream", "json")])
def test_an_answer_that_is_over_the_limit_is_refused_with_its_size(
    serve: Serve, path: str, kind: str
) -> None:
    client = serve(audio_limit=LIMIT).client

    answer = post_text(client, path, kind, LONG)

    assert (answer.status_code, answer.json()["code"]) == (400, "audio_too_large")
    assert "上限 1.0 MB" in answer.json()["error"]


def test_an_answer_that_is_over_the_limit_is_refused_before_any_work(serve: Serve) -> None:
    engine = CountingEngine()
    client = serve(engine, audio_limit=LIMIT, lazy=True).client

    client.post("/api/tts", json={"text": LONG})

    assert engine.asked == 0


def test_an_answer_over_the_limit_removes_no_file_of_another_client(serve: Serve) -> None:
    client = serve(audio_limit=LIMIT).client
    url = client.post("/api/tts", json={"text": "你好。"}).json()["audio_url"]

    client.post("/api/tts", json={"text": LONG})

    assert client.get(url).status_code == 200


def test_streams_that_keep_no_file_have_no_such_limit(serve: Serve) -> None:
    client = serve(audio_limit=LIMIT).client

    assert client.get("/api/speech", params={"text": LONG}).status_code == 200


@pytest.mark.parametrize(("path", "kind"), WAYS)
def test_no_address_in_an_answer_is_a_404_whatever_the_room(serve: Serve, path: str, kind: str) -> None:
    client = serve(audio_limit=LIMIT).client

    answers = [post_text(client, path, kind, f"今天的雨下个不停，第 {i} 天。") for i in range(12)]

    assert {answer.status_code for answer in answers} == {200, 503}
    told = [
        answer.json()[name]
        for answer in answers
        if answer.is_success and kind == "json"
        for name in ("audio_url", "wav_url")
    ]
    assert {client.get(url).status_code for url in told} <= {200}


def test_while_others_have_the_room_the_answer_tells_when_to_come_back(serve: Serve) -> None:
    client = serve(audio_limit=LIMIT).client
    answers = [client.post("/api/tts", json={"text": f"今天的雨下个不停，第 {i} 天。"}) for i in range(12)]

    refused = next(answer for answer in answers if not answer.is_success)

    assert refused.json()["code"] == "audio_store_full"
    assert 0 < int(refused.headers["retry-after"]) <= 120


def test_the_room_of_a_client_that_left_is_free_again(serve: Serve, endless: EndlessEngine) -> None:
    running = serve(endless, audio_limit=LIMIT)
    reserved = {"text": "今天的雨下个不停。"}
    running.leave("/api/speech/stream", reserved, once=endless.started)
    assert endless.stopped.wait(30)
    endless.started.clear()
    endless.stopped.clear()

    running.leave("/api/speech/stream", reserved, once=endless.started)

    assert endless.stopped.wait(30)


def test_an_answer_that_outgrows_the_room_is_refused(serve: Serve, endless: EndlessEngine) -> None:
    client = serve(endless, audio_limit=LIMIT).client

    answer = client.post("/api/tts", json={"text": "你好。"})

    assert (answer.status_code, answer.json()["code"]) == (400, "audio_too_large")


def test_an_answer_from_memory_has_an_address_that_is_there(serve: Serve) -> None:
    client = serve(audio_limit=LIMIT).client

    told = [client.post("/api/tts", json={"text": "你好。"}).json()["audio_url"] for _ in range(3)]

    assert [client.get(url).status_code for url in told] == [200] * 3


def test_an_answer_from_memory_is_refused_where_there_is_no_room(serve: Serve) -> None:
    client = serve(audio_limit=LIMIT).client

    answers = [client.post("/api/tts", json={"text": "今天的雨下个不停。"}) for _ in range(30)]

    assert {answer.status_code for answer in answers} == {200, 503}
