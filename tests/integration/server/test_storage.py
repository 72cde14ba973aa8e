"""Files of answers over HTTP: what is promised is there, what does not fit is refused before any work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from huisheng.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.server.conftest import FailingEngine, Serve

PLACE = "/srv/huisheng/secret"
TWO_SENTENCES = "你好。再见。"


@pytest.mark.parametrize(
    ("path", "fields"), [("/api/tts", "json"), ("/tts", "data"), ("/api/speech/stream", "json")]
)
def test_a_client_is_not_told_where_files_that_cannot_be_written_lie(
    serve: Serve, tmp_path: Path, path: str, fields: str
) -> None:
    (tmp_path / "audio").touch()

    answer = serve().client.request("POST", path, **{fields: {"text": "你好"}})  # pyright: ignore[reportArgumentType]

    assert (answer.status_code, answer.json()["code"]) == (507, "storage")
    assert str(tmp_path) not in answer.text


def test_the_log_tells_where_files_that_cannot_be_written_lie(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve().client
    (tmp_path / "audio").touch()

    client.post("/api/tts", json={"text": "你好"})

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
