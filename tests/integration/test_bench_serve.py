"""Our server, started as the benchmark starts it, with the built-in voice."""

from __future__ import annotations

import itertools
import sys

import pytest
from benchmarks.serving import servers, voices
from benchmarks.serving.client import Client
from benchmarks.serving.servers import NoServer
from benchmarks.serving.texts import texts


def test_our_server_is_started_asked_and_ended() -> None:
    with (
        voices.install_voice("builtin") as voice,
        servers.our_server(voice) as running,
        Client(running.endpoint) as client,
    ):
        outcomes = [client.ask(text) for text in itertools.islice(texts(20), 2)]

    assert [outcome.ending for outcome in outcomes] == ["done", "done"]
    assert min(outcome.sound for outcome in outcomes) > 2.0
    with Client(running.endpoint) as client:
        assert client.ask("你好。").ending == "failed"  # the server has ended


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_SLOTS", "0")

    with (
        voices.install_voice("builtin") as voice,
        pytest.raises(NoServer, match="slots"),
        servers.our_server(voice),
    ):
        pass


def test_a_voice_that_is_not_installed_is_not_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path_factory.mktemp("home")))

    with pytest.raises(NoServer, match="pull kokoro"), voices.install_voice("kokoro"):
        pass


def test_without_pytorch_there_is_no_imported_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(NoServer, match="PyTorch"), voices.install_voice("sambert"):
        pass
