"""Pages of other origins in a real browser: they cannot make the server speak."""

from __future__ import annotations

import functools
import http.server
import socket
import threading
from collections.abc import Generator, Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.running import Server
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine
from huisheng.types import AudioChunk, Utterance

pytestmark = pytest.mark.browser

TEXT: Final = "别处的网页"

ELEMENT: Final = """address => new Promise(end => {
  const audio = new Audio(address);
  audio.oncanplaythrough = () => end("plays");
  audio.onerror = () => end("fails");
})"""
OPAQUE_FETCH: Final = "address => fetch(address, { mode: 'no-cors' }).then(answer => answer.type)"
FRAME: Final = """address => new Promise(end => {
  const frame = document.createElement("iframe");
  frame.onload = () => end("loaded");
  frame.src = address;
  document.body.append(frame);
})"""


class NotingEngine(SilentEngine):
    """Silence, and a note of every sentence that it said."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        self.said.append(utterance.sentence.spoken)
        yield from super().synthesize(utterance)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the base class)
        """Nothing."""


@pytest.fixture(scope="module")
def engine() -> NotingEngine:
    return NotingEngine()


@pytest.fixture(scope="module")
def address(engine: NotingEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of our server."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), cache_limit=0)
    started = threading.Event()
    server = Server(create_app(settings, Synthesizer(engine)), on_start=started.set)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        assert started.wait(timeout=30)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of another server, whose page is empty."""
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "index.html").write_text("<!doctype html><title>foreign</title><body>", encoding="utf-8")
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(params=["localhost", "127.0.0.1"], ids=["cross-site", "same-site"])
def foreign(browser: Browser, port: int, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of another origin: of another site, or of another port of the same host."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://{request.param}:{port}/")
        yield page


def test_an_element_of_a_foreign_page_cannot_make_us_speak(
    foreign: Page, engine: NotingEngine, address: str
) -> None:
    assert foreign.evaluate(ELEMENT, f"{address}/api/speech?text={TEXT}") == "fails"
    assert TEXT not in "".join(engine.said)


@pytest.mark.parametrize("how", [OPAQUE_FETCH, FRAME], ids=["fetch", "iframe"])
def test_a_script_or_frame_of_a_foreign_page_cannot_make_us_speak(
    foreign: Page, engine: NotingEngine, address: str, how: str
) -> None:
    with foreign.expect_response(lambda answer: "/api/speech" in answer.url) as answer:
        foreign.evaluate(how, f"{address}/api/speech?text={TEXT}")

    assert answer.value.status == 403
    assert TEXT not in "".join(engine.said)


def test_a_link_to_speech_does_not_make_us_speak(foreign: Page, engine: NotingEngine, address: str) -> None:
    with foreign.expect_navigation() as answer:
        foreign.evaluate("address => { location.href = address }", f"{address}/api/speech?text={TEXT}")

    assert answer.value is not None
    assert answer.value.status == 403
    assert TEXT not in "".join(engine.said)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_link_to_the_page_works(foreign: Page, address: str, path: str) -> None:
    with foreign.expect_navigation() as answer:
        foreign.evaluate("address => { location.href = address }", f"{address}{path}")

    assert answer.value is not None
    assert answer.value.status == 200


def test_a_foreign_page_can_play_a_file_whose_name_it_knows(foreign: Page, address: str) -> None:
    made = foreign.context.request.post(f"{address}/api/tts", data={"text": "你好。"}).json()

    assert foreign.evaluate(ELEMENT, f"{address}{made['audio_url']}") == "plays"


def test_our_own_page_can_make_us_speak(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/docs")

        assert page.evaluate("address => fetch(address).then(a => a.status)", "/api/speech?text=你好") == 200
