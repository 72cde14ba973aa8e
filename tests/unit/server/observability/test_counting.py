"""Every request is counted once, under labels that no client can multiply."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from huisheng.errors import EngineError
from huisheng.server.errors import count_failure
from huisheng.server.middleware import RequestMiddleware
from huisheng.server.observability.metrics import Gauges, Metrics

GAUGES = Gauges(lambda: False, lambda: 0, lambda: 0, lambda: 0, tuple[int], lambda: (0, 0))

DOORS = {"/v1/": "openai"}

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER")


class Route:
    """The route as the router leaves it in the scope."""

    def __init__(self, path: str) -> None:
        self.path = path


def http(method: str = "POST", route: str = "/tts") -> Scope:
    return {"type": "http", "method": method, "headers": [], "route": Route(route)}


def socket(route: str = "/v1/realtime") -> Scope:
    return {"type": "websocket", "headers": [], "route": Route(route)}


async def nothing() -> Message:
    return await asyncio.get_running_loop().create_future()


async def nowhere(_: Message) -> None:
    pass


class Server:
    """Answers with the messages, then fails if it shall."""

    def __init__(self, *messages: Message, code: str = "", failure: BaseException | None = None) -> None:
        self._messages = messages
        self._code = code
        self._failure = failure

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        for message in self._messages:
            await send(message)
        if self._code:
            count_failure(scope, self._code)
        if self._failure:
            raise self._failure


def start_message(status: int) -> Message:
    return {"type": "http.response.start", "status": status, "headers": []}


async def count(scope: Scope, server: Server) -> dict[str, float]:
    """The samples that are not 0 after one request, by name and the values of their labels."""
    metrics = Metrics(GAUGES, ("engine", "internal"), DOORS)
    with suppress(Exception, asyncio.CancelledError):
        await RequestMiddleware(server, metrics)(scope, nothing, nowhere)
    families = text_string_to_metric_families(metrics.render("").content.decode())
    return {
        " ".join([sample.name.removeprefix("huisheng_"), *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("huisheng_") and sample.value
        if not sample.name.endswith(("_sum", "_bucket", "_info"))
    }


async def test_an_answer_is_counted_with_its_time() -> None:
    assert await count(http(), Server(start_message(200))) == {
        "requests_total own POST /tts 200": 1,
        "request_seconds_count own /tts": 1,
    }


async def test_a_client_that_leaves_before_the_answer_is_counted_as_in_the_access_log() -> None:
    told = await count(http(), Server(failure=asyncio.CancelledError()))

    assert told["requests_total own POST /tts 499"] == 1


async def test_an_error_that_is_not_caught_is_counted_as_internal_and_a_500() -> None:
    told = await count(http(), Server(failure=KeyError()))

    assert told["requests_total own POST /tts 500"] == 1
    assert told["errors_total internal"] == 1


async def test_an_error_of_ours_is_counted_under_its_code() -> None:
    told = await count(http(), Server(start_message(200), failure=EngineError()))

    assert told["errors_total engine"] == 1


async def test_an_answer_that_breaks_off_is_counted_although_it_began_well() -> None:
    told = await count(http(), Server(start_message(200), code="engine"))

    assert told["errors_total engine"] == 1
    assert told["requests_total own POST /tts 200"] == 1


async def test_a_failure_that_is_reported_after_the_end_is_not_counted_again() -> None:
    scope = http()
    told = await count(scope, Server(failure=EngineError()))

    count_failure(scope, "engine")

    assert told["errors_total engine"] == 1
    assert "failure_sink" not in scope["state"]


async def test_a_probe_that_is_told_not_yet_is_no_error() -> None:
    told = await count(http("GET", "/readyz"), Server(start_message(503), code="warming"))

    assert not [name for name in told if name.startswith("errors")]


async def test_without_metrics_a_failure_is_not_counted() -> None:
    count_failure(http(), "engine")


async def test_a_web_socket_is_counted_when_it_opens_and_no_longer_open_when_it_closes() -> None:
    told = await count(socket(), Server({"type": "websocket.accept"}, {"type": "websocket.close"}))

    assert told == {"requests_total openai WEBSOCKET /v1/realtime 101": 1}


async def test_a_web_socket_is_open_while_it_is() -> None:
    metrics = Metrics(GAUGES, doors=DOORS)
    seen = list[bytes]()

    async def server(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        seen.append(metrics.render("").content)

    await RequestMiddleware(server, metrics)(socket(), nothing, nowhere)

    assert b"huisheng_websockets_open 1.0" in seen[0]
    assert b"huisheng_websockets_open 0.0" in metrics.render("").content


async def test_a_refused_web_socket_is_counted_as_its_client_sees_it() -> None:
    told = await count(socket(), Server({"type": "websocket.close"}))

    assert told == {"requests_total openai WEBSOCKET /v1/realtime 403": 1}


async def test_a_web_socket_that_breaks_is_an_error() -> None:
    told = await count(socket(), Server({"type": "websocket.accept"}, failure=KeyError()))

    assert told == {"requests_total openai WEBSOCKET /v1/realtime 101": 1, "errors_total internal": 1}


async def test_a_web_socket_whose_client_leaves_is_no_error() -> None:
    told = await count(socket(), Server({"type": "websocket.accept"}, failure=WebSocketDisconnect()))

    assert told == {"requests_total openai WEBSOCKET /v1/realtime 101": 1}


async def test_other_events_of_the_server_are_not_counted() -> None:
    assert await count({"type": "lifespan"}, Server()) == {}


@pytest.mark.parametrize(
    ("route", "door"),
    [("/tts", "own"), ("/v1/models", "openai"), ("/metrics", "system"), ("/docs", "other"), ("-", "other")],
)
def test_the_prefix_of_a_route_decides_its_door(route: str, door: str) -> None:
    assert Metrics(GAUGES, doors=DOORS).door_of(route) == door


@pytest.mark.slow
@given(method=st.text(max_size=8), path=st.text(max_size=20))
async def test_no_client_makes_a_label(method: str, path: str) -> None:
    """A request that finds no route, whatever its address and method."""
    scope: Scope = {
        "type": "http",
        "method": method,
        "headers": [],
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
    }

    told = await count(scope, Server(start_message(404)))

    names = {f"requests_total other {known} - 404" for known in METHODS}
    assert {name for name in told if name.startswith("requests")} <= names
