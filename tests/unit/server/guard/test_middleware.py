"""The guard between a server and an application."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import MutableMapping
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from huisheng.server.errors import Answers
from huisheng.server.guard.client import Client
from huisheng.server.guard.middleware import Guard, Routes
from huisheng.server.settings import Settings

KEY = "correct-horse-battery"
KEY_ID = hashlib.sha256(KEY.encode()).hexdigest()[:8]
BEARER = {"authorization": f"Bearer {KEY}"}


async def application(scope: Scope, _: Receive, send: Send) -> None:
    """Lets everything in."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def request_scope(kind: str = "http", method: str = "POST", path: str = "/tts", **headers: str) -> Scope:
    """A request as a server hands it on; every WebSocket may be refused with a status."""
    told = {"host": "localhost", **headers}
    return {
        "type": kind,
        "method": method,
        "path": path,
        "client": ("127.0.0.1", 1),
        "extensions": {"websocket.http.response": {}},
        "headers": [(name.encode(), value.encode()) for name, value in told.items()],
    }


async def nothing() -> Message:
    pytest.fail("read")


async def send_through(scope: Scope, app: Any = application, **chosen: object) -> list[Message]:  # noqa: ANN401 (ASGI)
    """What a server is told to send; `chosen` are settings of the guard."""
    messages = list[Message]()

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    guard = Guard(app, Settings.model_validate({"guard": chosen}), Answers({}), {"/", "/assets/"})
    await guard(scope, nothing, send)
    return messages


async def test_the_client_is_known_to_what_runs_inside_the_guard() -> None:
    found = list[Client]()

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope["state"]["client"])
        await application(scope, receive, send)

    await send_through(request_scope(**BEARER), noting, api_keys=KEY)

    assert found == [Client("127.0.0.1", KEY_ID)]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer anything"}])
async def test_a_server_without_keys_needs_none(headers: dict[str, str]) -> None:
    start, _ = await send_through(request_scope(**headers))

    assert start["status"] == 200


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (request_scope("websocket"), 401),
        (request_scope("websocket", host="evil.example"), 421),
        (request_scope("websocket", origin="http://evil.example", **BEARER), 403),
        (request_scope("websocket", origin="null", **BEARER), 403),
    ],
)
async def test_a_websocket_is_refused_before_it_opens_with_a_status(scope: Scope, status: int) -> None:
    start, _ = await send_through(scope, api_keys=KEY)

    assert (start["type"], start["status"]) == ("websocket.http.response.start", status)


async def test_where_a_server_can_give_no_status_a_websocket_is_closed() -> None:
    scope = request_scope("websocket")
    del scope["extensions"]

    assert await send_through(scope, api_keys=KEY) == [
        {"type": "websocket.close", "code": 1008, "reason": "unauthorized"}
    ]


async def test_a_websocket_of_our_own_page_opens_with_headers_of_its_limits() -> None:
    (accept,) = await send_through(
        request_scope("websocket", origin="http://localhost"), rate_per_ip="2/minute"
    )

    assert accept["type"] == "websocket.accept"
    assert (b"ratelimit", b'"ip";r=1;t=60') in accept["headers"]


async def test_a_websocket_over_its_rate_is_closed_with_try_again_later() -> None:
    app = Guard(application, Settings.model_validate({"guard": {"rate_per_ip": "1/day"}}), Answers({}), ())
    messages = list[Message]()

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    for _ in range(2):
        scope = request_scope("websocket")
        del scope["extensions"]
        await app(scope, nothing, send)

    assert messages[-1] == {"type": "websocket.close", "code": 1013, "reason": "rate_limited"}


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_socket_without_an_address_is_on_no_list(kind: str) -> None:
    scope = request_scope(kind)
    scope["client"] = None

    start, _ = await send_through(scope, allowed_ips="127.0.0.1")

    assert start["status"] == 403


async def test_an_open_server_on_a_network_warns(caplog: pytest.LogCaptureFixture) -> None:
    Guard(application, Settings(host="192.168.1.5"), Answers({}), ())

    assert "HUISHENG_API_KEYS" in caplog.text


@pytest.mark.parametrize(
    "chosen",
    [
        {"host": "127.0.0.1"},
        {"host": "192.168.1.5", "guard": {"api_keys": KEY}},
        {"host": "192.168.1.5", "guard": {"allowed_ips": "192.168.1.0/24"}},
    ],
)
async def test_a_server_that_is_guarded_or_alone_does_not_warn(
    chosen: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    Guard(application, Settings.model_validate(chosen), Answers({}), ())

    assert caplog.text == ""


@pytest.mark.parametrize(
    ("method", "path", "is_public", "is_limited"),
    [
        ("GET", "/", True, False),
        ("GET", "/assets/index.js", True, False),
        ("HEAD", "/audio/AAAAAAAAAAAAAAAAAAAAAA.wav", True, False),
        ("GET", "/healthz", True, False),
        ("GET", "/docs", True, False),
        ("POST", "/audio/x", False, True),
        ("POST", "/", False, True),
        ("GET", "/assets", False, False),
        ("GET", "/api/voices", False, False),
        ("GET", "/api/roi", True, False),
        ("GET", "/api/read", False, True),
        ("POST", "/tts", False, True),
        ("GET", "//healthz", False, False),
        ("GET", "/metrics", False, False),
    ],
)
def test_a_route_needs_a_key_and_is_limited_as_the_table_says(
    method: str, path: str, is_public: bool, is_limited: bool
) -> None:
    access = Routes({"/", "/assets/"}).access(request_scope(method=method, path=path))

    assert (access.is_public, access.is_limited) == (is_public, is_limited)


@pytest.mark.slow
async def test_a_server_that_ends_gives_back_its_connections_to_the_store(redis: str) -> None:
    """One that is left open is a warning, and so a failure."""
    limits = {"rate_per_ip": "9/minute", "limits_storage": redis}
    guard = Guard(application, Settings.model_validate({"guard": limits}), Answers({}), ())

    async def send(_: MutableMapping[str, Any]) -> None:
        pass

    await guard(request_scope(), nothing, send)
    await guard({"type": "lifespan"}, nothing, send)
    del guard
    gc.collect()


def test_endpoints_of_either_kind_get_the_client() -> None:
    app = FastAPI()

    @app.get("/client")
    async def key_over_http(request: Request) -> str:  # pyright: ignore[reportUnusedFunction]
        return request.state.client.key_id

    @app.websocket("/client")
    async def key_over_websocket(socket: WebSocket) -> None:  # pyright: ignore[reportUnusedFunction]
        await socket.accept()
        await socket.send_text(socket.state.client.key_id)
        await socket.close()

    app.add_middleware(
        Guard, settings=Settings.model_validate({"guard": {"api_keys": KEY}}), answers=Answers({}), page=()
    )
    http = TestClient(app, base_url="http://localhost", headers=BEARER)

    with http.websocket_connect("ws://localhost/client") as socket:
        assert socket.receive_text() == http.get("/client").json() == KEY_ID
