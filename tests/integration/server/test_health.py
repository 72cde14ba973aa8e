"""`/healthz`, `/readyz`, and what happens while the engine loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huisheng.errors import VoiceMissing
from huisheng.testing import SilentEngine

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    from tests.integration.server.conftest import HeldEngine, Serve


class VoicelessEngine(SilentEngine):
    """Its files are not installed."""

    def load(self) -> None:
        raise VoiceMissing("请先运行 make setup。", "Run make setup first.")


def ready_status(client: httpx.Client) -> int:
    """The status of readiness once it is no longer "warming"."""
    while (answer := client.get("/readyz")).status_code == 503 and answer.json()["code"] == "warming":
        pass
    return answer.status_code


def test_the_process_is_alive_before_the_engine_is_ready(serve: Serve, held_engine: HeldEngine) -> None:
    client = serve(held_engine).client

    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "warming")
    assert int(answer.headers["retry-after"]) > 0


def test_it_is_ready_once_the_engine_is_loaded(serve: Serve, held_engine: HeldEngine) -> None:
    client = serve(held_engine).client
    held_engine.go.set()

    assert ready_status(client) == 200


def test_a_lazy_server_is_ready_without_loading(serve: Serve, held_engine: HeldEngine) -> None:
    client = serve(held_engine, lazy=True).client

    assert client.get("/readyz").json() == {"status": "lazy"}
    assert not held_engine.loaded


def test_a_missing_voice_is_reported_and_the_process_lives(serve: Serve) -> None:
    client = serve(VoicelessEngine()).client

    assert ready_status(client) == 503
    assert client.get("/readyz").json()["error"] == "请先运行 make setup。"
    assert client.get("/healthz").status_code == 200


def test_a_server_that_cannot_write_is_not_ready_and_says_why(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "audio").touch()
    client = serve(lazy=True).client

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["code"]) == (503, "home_not_writable")
    assert "HUISHENG_HOME" in answer.json()["error"]
    assert str(tmp_path) not in answer.text


def test_a_server_that_can_write_again_is_ready_again(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "audio").touch()
    client = serve(lazy=True).client
    before = client.get("/readyz").status_code
    (tmp_path / "audio").unlink()

    while client.get("/readyz").status_code == 503:
        pass

    assert before == 503


def test_speaking_without_a_voice_tells_what_to_do(serve: Serve) -> None:
    answer = serve(VoicelessEngine(), lazy=True).client.post("/api/tts", json={"text": "好"})

    assert (answer.status_code, answer.json()["error"]) == (503, "请先运行 make setup。")
