"""A real server on a free port, over engines whose every step a test can steer."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from huisheng.cli.serve import listen
from huisheng.engines.protocol import Engine
from huisheng.errors import EngineError
from huisheng.runtime.audio_store.store import AudioStore
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.running import Server
from huisheng.server.settings import Settings
from huisheng.testing import SILENT_VOICE, SilentEngine
from huisheng.text.frontend import Frontend
from huisheng.types import AudioChunk, Utterance


def wait_until_ready(client: httpx.Client) -> None:
    """Ask a server until it is ready.

    Raises:
        AssertionError: it is not after very many answers.
    """
    assert any(client.get("/readyz").is_success for _ in range(100_000)), "never ready"


class EndlessEngine(SilentEngine):
    """Speaks on until it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.started = threading.Event()
        self.stopped = threading.Event()

    def forget_rehearsal(self, client: httpx.Client) -> None:
        """What the server tried before it was ready does not count."""
        wait_until_ready(client)
        assert self.stopped.wait(30)
        self.started.clear()
        self.stopped.clear()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """A fifth of a second of silence, again and again."""
        chunk = AudioChunk(np.zeros(4_800, dtype=np.float32), SILENT_VOICE.sample_rate)
        try:
            while True:
                self.started.set()
                yield chunk
        finally:
            self.stopped.set()


class FailingEngine(SilentEngine):
    """Speaks the first sentence and fails in the second.

    Args:
        error: what it fails with.
    """

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self._error = error or EngineError()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Silence, or the failure."""
        if utterance.sentence.span.start > 0:
            raise self._error
        yield from super().synthesize(utterance)


class HeldEngine(SilentEngine):
    """Loads and speaks only once it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def load(self) -> None:
        """Wait, then load."""
        self.go.wait()
        super().load()


@dataclass(frozen=True)
class Running:
    """A server that answers: `client` talks to it, `address` is for other clients, `stop` tells it to end,
    `app` is inside.
    """

    address: str
    client: httpx.Client
    stop: Callable[[], None]
    app: FastAPI

    def leave(self, path: str, body: dict[str, Any], once: threading.Event) -> None:
        """Send a request and hang up without reading, once something has happened."""
        content = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        with socket.create_connection(("127.0.0.1", self.client.base_url.port or 80)) as connection:
            connection.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
            assert once.wait(30)


Serve = Callable[..., Running]


@pytest.fixture
def serve(tmp_path: Path, frontend: Frontend) -> Iterator[Serve]:
    """Starts servers: `serve(engine, store=…, **settings)`; they stop with the test."""
    with ExitStack() as servers:

        def start(engine: Engine | None = None, store: AudioStore | None = None, **chosen: object) -> Running:
            settings = Settings.model_validate({"home": tmp_path, "page": tmp_path / "page"} | chosen)
            synthesizer = Synthesizer(engine or SilentEngine(), frontend)
            running = servers.enter_context(running_server(synthesizer, settings, store))
            if isinstance(engine, EndlessEngine):
                engine.forget_rehearsal(running.client)
            return running

        yield start


def post_text(client: httpx.Client, path: str, kind: str, text: str) -> httpx.Response:
    """The answer to a text, sent as JSON or as a form."""
    fields = {"text": text}
    return client.post(path, json=fields) if kind == "json" else client.post(path, data=fields)


@contextmanager
def running_server(
    synthesizer: Synthesizer,
    settings: Settings,
    store: AudioStore | None = None,
    speaker: Callable[[], Synthesizer] | None = None,
) -> Generator[Running]:
    """A server in a thread of this process; its workers, if any, are made by `speaker`."""
    listener = listen("127.0.0.1", 0)
    ready = threading.Event()
    app = create_app(settings, synthesizer, store, speaker)
    server = Server(app, ready.set)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    ready.wait()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def stop() -> None:
        server.should_exit = True

    try:
        with httpx.Client(base_url=address, timeout=60) as client:
            yield Running(address, client, stop, app)
    finally:
        stop()
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory, frontend: Frontend) -> Iterator[httpx.Client]:
    """A client of a server that says silence, shared by the tests of a file."""
    home = tmp_path_factory.mktemp("silent")
    settings = Settings(home=home, page=home / "page")
    with running_server(Synthesizer(SilentEngine(), frontend), settings) as running:
        yield running.client


@pytest.fixture
def endless() -> EndlessEngine:
    return EndlessEngine()


@pytest.fixture
def failing() -> Callable[..., FailingEngine]:
    return FailingEngine


@pytest.fixture
def held_engine() -> Iterator[HeldEngine]:
    """Let go at the latest when the test ends, so that its server can stop."""
    engine = HeldEngine()
    yield engine
    engine.go.set()
