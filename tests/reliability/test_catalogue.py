"""Every error that any door answers comes from the one catalogue, in the shape of its door."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from tests.docs.test_docs import NEVER_ANSWERED
from tests.integration.server.conftest import (
    EndlessEngine,
    FailingEngine,
    HeldEngine,
    Running,
    running_server,
)
from tests.unit.engines.toy_packages import damage, packages_in, publish_toy

from huisheng.engines.protocol import Engine
from huisheng.engines.registry import EngineRegistry
from huisheng.errors import HuishengError, UnpronounceableSymbol
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.documentation import error_kinds
from huisheng.server.errors import status_of
from huisheng.server.guard.errors import LimitError
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine
from huisheng.text.frontend import Frontend

MARK: Final = "暗号是芝麻开门"
"""Part of every text that is sent."""
FEATURES: Final = ("accounts", "admin", "billing", "database", "payments", "plans", "usage")
"""Packages of a server with accounts, whose own tests provoke their errors."""
OF_ACCOUNTS: Final = frozenset(
    {
        *("account_suspended", "conflict", "credential_expired", "csrf_refused", "idempotency_in_progress"),
        "license_suspended",
        *("idempotency_key_reused", "invalid_cursor", "invalid_idempotency_key", "not_permitted"),
        *("payment_required", "session_ended"),
    }
)
"""Errors of packages that all servers have, which only one with accounts answers."""


def is_of_accounts(kind: type[HuishengError]) -> bool:
    """Whether only a server with accounts answers an error."""
    package = kind.__module__.removeprefix("huisheng.server.").partition(".")[0]
    return package in FEATURES or kind.code in OF_ACCOUNTS


KINDS: Final = {
    kind.code: kind for kind in error_kinds() if kind.code not in NEVER_ANSWERED and not is_of_accounts(kind)
}
"""What a server without accounts can answer, by its code."""
TEXT_LIMIT: Final = 2_000
QUOTA: Final = "https://iana.org/assignments/http-problem-types#quota-exceeded"
"""The type that the draft on rate limits registers."""
JSON: Final = {"content-type": "application/json"}


@dataclass(frozen=True)
class Provocation:
    """A request that meets one error: fields over those of a good one, or anything else of httpx."""

    code: str
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    method: str = "POST"
    path: str = ""
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=lambda: JSON)

    def __str__(self) -> str:
        return f"{self.code} {self.path}".strip()


OURS: Final = (
    Provocation("empty_text", {"text": "。"}),
    Provocation("unreadable_text", {"text": "مرحبا"}),
    Provocation("text_too_long", {"text": MARK * TEXT_LIMIT}),
    Provocation("spoken_text_too_long", {"text": "⩥" * 1_000}),
    Provocation("speech_too_long", {"text": MARK + "好[停顿 10s]" * 20}),
    Provocation("invalid_text", content=b'{"text": "' + MARK.encode() + b'\\ud800"}'),
    Provocation("invalid_markup", {"text": f"<speak>{MARK}", "markup": "ssml"}),
    Provocation("unknown_markup", {"markup": "latex"}),
    Provocation("invalid_lexicon", {"lexicon": {"行": "xyz9"}}),
    Provocation("unknown_voice", {"voice": "nobody"}),
    Provocation("unknown_emotion", {"emotion": "hungry"}),
    Provocation("out_of_range", {"speed": 9}),
    Provocation("out_of_range", headers=JSON | {"X-Huisheng-Deadline": "soon"}),
    Provocation("unsupported_format", {"format": "midi"}),
    Provocation("unsupported_sample_rate", {"sample_rate": 12_345}),
    Provocation("malformed_body", content=b"{"),
    Provocation("malformed_fields", {"speed": [MARK]}),
    Provocation("unknown_field", {"voise": "nobody"}),
    Provocation("repeated_field", method="GET", path="/api/read?text=a&text=b"),
    Provocation("field_in_address", path="/api/tts?format=mp3"),
    Provocation("body_too_large", {"text": MARK * 20_000}),
    Provocation("unsupported_media_type", headers={"content-type": "text/plain"}),
    Provocation("not_found", path="/nothing"),
    Provocation("method_not_allowed", method="DELETE"),
    Provocation("audio_not_found", method="GET", path=f"/audio/{'A' * 22}.wav"),
)
"""At our own addresses."""
FOREIGN: Final = (
    *(
        Provocation(each.code, {("input" if name == "text" else name): v for name, v in each.fields.items()})
        for each in OURS
        if each.fields and not each.fields.keys() & {"markup", "lexicon", "format"}
    ),
    Provocation("unsupported_format", {"response_format": "midi"}),
    Provocation("malformed_body", content=b"{"),
    Provocation("unsupported_media_type", headers={"content-type": "text/plain"}),
    Provocation("not_found", path="/v1/nothing"),
    Provocation("method_not_allowed", method="DELETE"),
    Provocation("model_not_found", method="GET", path="/v1/models/nothing"),
)
"""At those of OpenAI's protocol."""
KEY: Final = "a-key-of-sixteen-characters"
GUARDED: Final[dict[str, tuple[dict[str, Any], dict[str, str]]]] = {
    "unauthorized": ({"api_keys": KEY}, {}),
    "address_refused": ({"allowed_ips": "192.0.2.1"}, {}),
    "origin_refused": ({}, {"Origin": "https://elsewhere.example"}),
    "unknown_host": ({}, {"Host": "elsewhere.example"}),
    "rate_limited": ({"rate_per_ip": "1/hour"}, {}),
    "text_refused": ({"words": "words.txt"}, {}),
}
"""What the guard refuses: its settings, and headers of the request."""
ON_SOCKETS: Final = frozenset({"unknown_context", "context_in_use", "too_many_contexts"})
"""Told over a WebSocket only; `tests/integration/server/test_stream_socket.py` provokes them."""
ON_CONNECTIONS: Final = frozenset(
    {"request_timeout", "too_many_connections", "too_many_connections_per_address"}
)
"""Told before a request is read; `tests/integration/server/test_connections.py` provokes them."""
STATES: Final = frozenset(
    {
        *("malformed_request", "unpronounceable_symbol", "engine", "internal", "busy", "too_late"),
        *("draining", "warming", "voice_missing", "voice_package", "storage", "too_many_concurrent"),
        *("audio_too_large", "audio_store_full", "home_not_writable"),
    }
)
"""Errors that come of the server's state, or of no HTTP at all; each has a test of its own below."""


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory, frontend: Frontend) -> Iterator[Running]:
    """A server that says silence and takes little text."""
    home = tmp_path_factory.mktemp("silent")
    settings = Settings(
        home=home,
        page=home / "page",
        text_limit=TEXT_LIMIT,
        body_limit=100_000,
        speech_limit=timedelta(minutes=1),
    )
    with running_server(Synthesizer(SilentEngine(), frontend), settings) as running:
        yield running


def provoke(client: httpx.Client, path: str, text: str, what: Provocation) -> httpx.Response:
    body = what.content or json.dumps({text: MARK} | what.fields).encode()
    content = None if what.method == "GET" else body
    return client.request(what.method, what.path or path, content=content, headers=what.headers)


def assert_is_problem(answer: httpx.Response, code: str) -> None:
    """Our own shape, with the status of the table and a sentence in each language."""
    kind: type[HuishengError] = KINDS[code]
    told = answer.json()
    assert (told["code"], answer.status_code, told["status"]) == (code, status_of(kind), status_of(kind))
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["type"] == (QUOTA if issubclass(kind, LimitError) else f"/docs#{code}")
    assert re.search(r"[一-鿿].*。$", told["error"], re.DOTALL)
    assert re.search(r"[A-Za-z].*\.$", told["detail"], re.DOTALL)
    assert told["request_id"] == answer.headers["x-request-id"]


def assert_is_foreign(answer: httpx.Response, code: str) -> None:
    """OpenAI's shape; its clients know no 422."""
    status = status_of(KINDS[code])
    told = answer.json()["error"]
    assert (told["code"], answer.status_code) == (code, 400 if status == 422 else status)
    assert answer.headers["content-type"] == "application/json"
    limited = {HTTPStatus.TOO_MANY_REQUESTS: "requests"}
    ours = "invalid_request_error" if status < 500 else "server_error"
    assert told["type"] == limited.get(status, ours)
    assert re.search(r"[一-鿿].*。 .*[A-Za-z].*\.$", told["message"], re.DOTALL)


def test_every_error_of_the_catalogue_is_provoked() -> None:
    provoked_here = {each.code for each in (*OURS, *FOREIGN)} | STATES | GUARDED.keys()

    assert provoked_here | ON_SOCKETS | ON_CONNECTIONS == set(KINDS)


@pytest.mark.parametrize("path", ["/api/tts", "/synthesize", "/tts", "/api/speech/stream"])
@pytest.mark.parametrize("what", OURS, ids=str)
def test_at_our_addresses_an_error_is_a_problem_of_the_catalogue(
    silent: Running, path: str, what: Provocation
) -> None:
    assert_is_problem(provoke(silent.client, path, "text", what), what.code)


@pytest.mark.parametrize("what", FOREIGN, ids=str)
def test_at_foreign_addresses_an_error_is_one_of_the_catalogue_in_their_shape(
    silent: Running, what: Provocation
) -> None:
    assert_is_foreign(provoke(silent.client, "/v1/audio/speech", "input", what), what.code)


@pytest.mark.parametrize("what", [each for each in OURS if each.code != "malformed_fields"], ids=str)
def test_an_error_repeats_nothing_of_the_text_and_logs_none_of_it(
    silent: Running, what: Provocation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    answer = provoke(silent.client, "/api/tts", "text", what)

    assert MARK not in answer.text
    assert MARK not in caplog.text


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/api/read", "GET, POST"), ("/audio/x", "GET, HEAD"), ("/api/tts", "POST"), ("/", "GET, HEAD")],
)
def test_a_405_names_every_method_that_the_address_takes(silent: Running, path: str, allowed: str) -> None:
    assert silent.client.delete(path).headers["allow"] == allowed


def test_what_is_no_http_is_a_problem(silent: Running) -> None:
    with socket.create_connection(("127.0.0.1", silent.client.base_url.port or 80)) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        head, _, body = b"".join(iter(lambda: connection.recv(4_096), b"")).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 400")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "malformed_request"


@pytest.fixture
def start_server(tmp_path: Path, frontend: Frontend) -> Iterator[Callable[..., Running]]:
    """Starts one server: `start_server(engine, **settings)`."""
    with ExitStack() as stack:

        def start(engine: Engine, **chosen: object) -> Running:
            settings = Settings.model_validate({"home": tmp_path, "page": tmp_path / "page"} | chosen)
            return stack.enter_context(running_server(Synthesizer(engine, frontend), settings))

        yield start


Start = Callable[..., Running]


@pytest.mark.parametrize("code", GUARDED)
def test_what_the_guard_refuses_is_of_the_catalogue_at_every_door(
    start_server: Start, code: str, tmp_path: Path
) -> None:
    guard, headers = GUARDED[code]
    if "words" in guard:
        guard = {"words": tmp_path / "words.txt"}
        guard["words"].write_text("芝麻开门", encoding="utf-8")
    client = start_server(SilentEngine(), guard=guard).client
    if code == "rate_limited":
        client.post("/api/tts", json={"text": MARK})
    for path in ("/api/tts", "/tts", "/api/speech/stream"):
        answer = client.post(path, json={"text": MARK}, headers=headers)
        assert_is_problem(answer, code)
        assert "芝麻" not in answer.text
    assert_is_foreign(client.post("/v1/audio/speech", json={"input": MARK}, headers=headers), code)


def test_one_more_than_a_client_may_have_at_once_is_refused(
    start_server: Start, endless: EndlessEngine
) -> None:
    running = start_server(endless, guard={"concurrent_per_ip": 1})
    endless.forget_rehearsal(running.client)

    with running.client.stream("POST", "/api/speech/stream", json={"text": "一。"}) as held:
        lines = held.iter_lines()
        next(lines)
        assert_is_problem(running.client.post("/api/tts", json={"text": "一。"}), "too_many_concurrent")


def test_a_failing_engine_is_an_engine_error(start_server: Start) -> None:
    answer = start_server(FailingEngine()).client.post("/api/tts", json={"text": "一。二。"})

    assert_is_problem(answer, "engine")


def test_a_failing_engine_is_an_engine_error_at_foreign_addresses(start_server: Start) -> None:
    fields = {"input": "一。二。", "stream_format": "sse"}
    answer = start_server(FailingEngine()).client.post("/v1/audio/speech", json=fields)

    last = json.loads(answer.text.strip().splitlines()[-1].removeprefix("data: "))
    assert (last["type"], last["error"]["code"]) == ("error", "engine")


def test_audio_of_too_many_bytes_is_refused(start_server: Start) -> None:
    client = start_server(SilentEngine(), answer_limit=100_000).client

    assert_is_problem(client.post("/api/tts", json={"text": MARK * 10}), "audio_too_large")


def test_an_unexpected_failure_is_internal(start_server: Start) -> None:
    running = start_server(FailingEngine(ArithmeticError(MARK)))
    answer = running.client.post("/api/tts", json={"text": "一。二。"})

    assert_is_problem(answer, "internal")
    assert MARK not in answer.text


def test_a_symbol_that_cannot_be_said_is_named(start_server: Start) -> None:
    error = UnpronounceableSymbol("hng5", "哼", (2, 3), "这个音色没有这个音", "the voice lacks it")
    answer = start_server(FailingEngine(error)).client.post("/api/tts", json={"text": "一。二。"})

    assert_is_problem(answer, "unpronounceable_symbol")


def test_a_request_beyond_the_queue_is_busy(start_server: Start, endless: EndlessEngine) -> None:
    running = start_server(endless, slots=1, queue=0)
    endless.forget_rehearsal(running.client)

    with running.client.stream("POST", "/api/speech/stream", json={"text": "一。"}) as held:
        lines = held.iter_lines()
        next(lines)
        for path in ("/api/tts", "/synthesize", "/tts", "/api/speech/stream"):
            assert_is_problem(running.client.post(path, json={"text": "一。"}), "busy")
        assert_is_foreign(running.client.post("/v1/audio/speech", json={"input": "一。"}), "busy")


def test_a_deadline_that_cannot_be_kept_is_too_late(start_server: Start, endless: EndlessEngine) -> None:
    running = start_server(endless, slots=1)
    endless.forget_rehearsal(running.client)
    soon = {"X-Huisheng-Deadline": "0.001"}

    with running.client.stream("POST", "/api/speech/stream", json={"text": "一。"}) as held:
        lines = held.iter_lines()
        next(lines)
        assert_is_problem(running.client.post("/api/tts", json={"text": "一。"}, headers=soon), "too_late")


def test_a_server_that_stops_is_draining(start_server: Start) -> None:
    running = start_server(SilentEngine())
    running.app.state.components.dispatch.admission.drain()

    assert_is_problem(running.client.get("/readyz"), "draining")
    assert_is_problem(running.client.post("/api/tts", json={"text": "一。"}), "draining")


def test_a_server_that_loads_is_warming(start_server: Start, held_engine: HeldEngine) -> None:
    running = start_server(held_engine)

    assert_is_problem(running.client.get("/readyz"), "warming")
    held_engine.go.set()


def test_with_nothing_installed_the_voice_is_missing(start_server: Start, tmp_path: Path) -> None:
    running = start_server(EngineRegistry("sambert", packages_in(tmp_path / "voices")))

    assert_is_problem(running.client.post("/api/tts", json={"text": "一。"}), "voice_missing")
    assert_is_foreign(running.client.post("/v1/audio/speech", json={"input": "一。"}), "voice_missing")


def test_a_damaged_package_is_reported(start_server: Start, tmp_path: Path) -> None:
    damage(publish_toy(tmp_path / "voices", "a"))
    running = start_server(EngineRegistry("sambert", packages_in(tmp_path / "voices")), lazy=True)

    assert_is_problem(running.client.post("/api/tts", json={"text": "一。"}), "voice_package")


def test_a_folder_that_cannot_be_written_is_reported(start_server: Start, tmp_path: Path) -> None:
    (tmp_path / "audio").touch()
    client = start_server(SilentEngine()).client

    assert_is_problem(client.post("/api/tts", json={"text": "一。"}), "storage")
    assert_is_problem(client.get("/readyz"), "home_not_writable")


def test_an_answer_over_the_limit_of_files_is_refused(start_server: Start) -> None:
    client = start_server(SilentEngine(), audio_limit=100_000).client

    assert_is_problem(client.post("/api/tts", json={"text": MARK * 10}), "audio_too_large")


def test_a_file_for_which_others_hold_the_room_is_refused(start_server: Start) -> None:
    client = start_server(SilentEngine(), audio_limit=100_000).client
    answers = [client.post("/api/tts", json={"text": f"{number}。"}) for number in "一二三四五六七八九"]

    assert_is_problem(next(answer for answer in answers if not answer.is_success), "audio_store_full")
