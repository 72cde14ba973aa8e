"""A worker process loads what speaking needs, and nothing of the web framework."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.integration.server.conftest import running_server, wait_until_ready
from tests.integration.server.module_list import ModuleListSpeaker

from huisheng.cli.extras import SERVER
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.workers.processes import SUPPORTED
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine
from huisheng.text.frontend import Frontend

pytestmark = pytest.mark.skipif(not SUPPORTED, reason="work is done in threads on this system")


def test_a_worker_that_has_served_all_kinds_of_work_has_not_imported_the_web_framework(
    tmp_path: Path, frontend: Frontend
) -> None:
    file = tmp_path / "modules.json"
    settings = Settings(home=tmp_path, page=tmp_path / "page", workers=1)

    with running_server(
        Synthesizer(SilentEngine(), frontend), settings, speaker=ModuleListSpeaker(file)
    ) as running:
        wait_until_ready(running.client)
        for address in ("/api/read?text=一", "/api/speech?text=二&format=mp3"):
            assert running.client.get(address).is_success
        assert running.client.post("/api/tts", json={"text": "三", "format": "opus"}).is_success
        assert running.client.get("/api/speech?text=四").is_success
        modules = json.loads(file.read_text(encoding="ascii"))

    packages = {name.partition(".")[0] for name in modules}
    assert "huisheng.runtime.workers.worker" in modules
    assert packages.isdisjoint({*SERVER, "starlette", "structlog", "h11", "httptools"})
    assert [name for name in modules if name.startswith("huisheng.server")] == []
