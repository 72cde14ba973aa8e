"""Readiness follows the default voice where its package turns out to be damaged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.unit.engines.toy_packages import damage, packages_in, publish_toy

from huisheng.engines.installed import InstalledEngines
from huisheng.testing import SilentEngine

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
    client = serve(InstalledEngines("installed", packages_in(tmp_path / "voices"), SilentEngine)).client

    assert readiness(client) == (200, "")
    assert client.get("/api/voices").json()["default"] == "low"
    assert client.post("/api/tts", json={"text": "你好"}).status_code == 200


def test_a_server_whose_only_voice_is_damaged_says_so(serve: Serve, tmp_path: Path) -> None:
    damage(publish_toy(tmp_path / "voices", "a"))
    client = serve(InstalledEngines("installed", packages_in(tmp_path / "voices"))).client

    status, error = readiness(client)
    assert (status, "语音包 a" in error) == (503, True)
