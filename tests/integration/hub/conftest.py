"""A hub with a model of two voices, and a client that knows no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.hub.stand_in import Hub, HubServer

CARD = "---\ntasks:\n- text-to-speech\nlicense: Apache License 2.0\ntags:\n- tts\n---\n# 模型介绍\n"
VOCODER = bytes(range(256)) * 1000


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(
        {
            "configuration.json": b"{}",
            "README.md": CARD.encode(),
            "resource.zip": b"front-end" * 5000,
            "voices/voices.json": b'{"voices": ["zhibei"]}',
            "voices/zhibei/am/ckpt/checkpoint_980000.pth": b"acoustic" * 4000,
            "voices/zhibei/voc/ckpt/checkpoint_2400000.pth": VOCODER,
            "voices/zhibei/se/ckpt/se.onnx": b"speaker encoder",
            "basemodel_16k/sambert/ckpt/checkpoint_980000.pth": b"for training",
            "description/demo.wav": b"RIFF",
            ".gitattributes": b"*.pth lfs",
        }
    )
    with HubServer(hub) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", server.address)
        monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("MODELSCOPE_HOME", str(tmp_path / "client"))
        monkeypatch.setenv("HUISHENG_HOME", str(tmp_path / "huisheng"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("MODELSCOPE_API_TOKEN", raising=False)
        yield hub
        hub.released.set()
        server.shutdown()
        thread.join()
