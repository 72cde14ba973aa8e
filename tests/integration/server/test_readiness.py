"""Readiness follows the default voice where its package turns out to be damaged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.engines.toy_packages import Workshop, damage, packages_in, publish_toy

from huisheng.engines import FAMILIES, SAMBERT, EngineFamily, make_engine
from huisheng.engines.registry import EngineRegistry
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.manifest import MANIFEST
from huisheng.voice.store import HOME_VARIABLE, voices_folder

if TYPE_CHECKING:
    import httpx
    from tests.integration.server.conftest import Serve


def readiness(client: httpx.Client) -> tuple[int, str]:
    """The status once it is no longer "warming", and what there is to say."""
    while (answer := client.get("/readyz")).status_code == 503 and answer.json()["code"] == "warming":
        pass
    return answer.status_code, answer.json().get("error", "")


def test_a_server_whose_default_voice_is_damaged_is_ready_with_the_next_one(
    serve: Serve, tmp_path: Path
) -> None:
    damage(publish_toy(tmp_path / "voices", "kokoro", ("usual",), engine="first"))
    publish_toy(tmp_path / "voices", "a", ("low",))
    client = serve(EngineRegistry("sambert", packages_in(tmp_path / "voices"))).client

    assert readiness(client) == (200, "")
    assert client.get("/api/voices").json()["default"] == "low"
    assert client.post("/api/tts", json={"text": "你好"}).status_code == 200


def test_a_server_whose_only_voice_is_damaged_says_so(serve: Serve, tmp_path: Path) -> None:
    damage(publish_toy(tmp_path / "voices", "a"))
    client = serve(EngineRegistry("sambert", packages_in(tmp_path / "voices"))).client

    status, error = readiness(client)
    assert (status, "语音包 a" in error) == (503, True)


@pytest.fixture
def builtin(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the built-in voice, beside which the user has one more."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setitem(FAMILIES, SAMBERT, EngineFamily(Workshop().make))
    publish_toy(voices_folder(), "a", ("low",), engine=SAMBERT)
    return publish_toy(program, BUILTIN, ("usual",), engine=SAMBERT)


def test_a_server_with_a_sound_built_in_voice_is_ready(serve: Serve, builtin: Path) -> None:
    client = serve(make_engine()).client

    assert readiness(client) == (200, "")
    assert client.get("/api/voices").json()["default"] == "usual"


@pytest.mark.parametrize("file", ["graph.onnx", MANIFEST])
def test_a_server_whose_built_in_voice_is_damaged_is_not_ready_and_says_what_to_do(
    serve: Serve, builtin: Path, file: str
) -> None:
    (builtin / file).write_bytes(b"1")
    client = serve(make_engine()).client

    status, error = readiness(client)
    assert (status, "重新安装绘声" in error) == (503, True)


def test_beside_a_built_in_voice_that_cannot_be_read_another_speaks_and_is_not_the_default(
    serve: Serve, builtin: Path
) -> None:
    (builtin / MANIFEST).unlink()
    client = serve(make_engine()).client

    answers = [client.post("/api/tts", json={"text": "你好", "voice": voice}) for voice in ("low", "")]
    foreign = client.post("/v1/audio/speech", json={"input": "你好", "voice": "alloy"})
    assert [answer.status_code for answer in (*answers, foreign)] == [200, 503, 503]
