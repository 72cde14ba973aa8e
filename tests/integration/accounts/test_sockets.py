"""The socket on which text arrives, as every kind of client finds it: who is let in, and until when."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, Final

import pytest
from tests.integration.accounts.callers import ENDED, ClientKind, World
from tests.unit.server.accounts.conftest import PASSWORD
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from huisheng.server.contract import Endpoint
from huisheng.server.guard.middleware import Routes
from huisheng.server.permissions import may_speak

pytestmark = pytest.mark.slow

ROUTE: Final = "/v1/audio/speech/stream"
DOOR: Final = Endpoint(
    method="GET",  # as the handshake; what proves our page is its Origin
    path=ROUTE,
    feature="huisheng.server.doors",
    access=Routes(()).access({"type": "websocket", "path": ROUTE}),
    dependencies=frozenset({may_speak}),
    has_body=False,
    has_fields=False,
)
TEXT: Final = "你好。很高兴认识你。"


def dial(world: World, kind: ClientKind, **more: str) -> ClientConnection:
    headers = {"X-Forwarded-For": "198.51.100.9", **kind.headers, **more}
    return connect(world.running.address.replace("http", "ws") + ROUTE, additional_headers=headers)


def send(socket: ClientConnection, kind: str, **fields: object) -> None:
    socket.send(json.dumps({"type": kind, **fields}))


def listen(socket: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next message of one of these kinds."""
    while (message := json.loads(socket.recv(30)))["type"] not in kinds:
        pass
    return message


def speak(socket: ClientConnection, text: str = TEXT, context: str = "") -> dict[str, Any]:
    """Say a text in a context of its own, to `done` or `error`."""
    send(socket, "text", text=text, context=context)
    send(socket, "finish", context=context)
    return listen(socket, "done", "error")


def closing_code(socket: ClientConnection) -> int:
    """The code with which the server ends the connection."""
    with suppress(ConnectionClosed):
        while True:
            socket.recv(30)
    assert socket.close_code is not None
    return socket.close_code


def knock(world: World, kind: ClientKind) -> tuple[int | str, str]:
    """Status and code of a refusal; nothing where a client is let in."""
    try:
        with dial(world, kind):
            return "", ""
    except InvalidStatus as refusal:
        answer = refusal.response
        return answer.status_code, json.loads(answer.body)["error"]["code"]


def test_whoever_may_speak_is_let_in_and_nobody_else(world: World) -> None:
    told = {name: knock(world, kind) for name, kind in world.callers.items()}
    shut = {name: kind.shut(DOOR) for name, kind in world.callers.items()}

    assert told == {name: (code and (401 if code in ENDED else 403), code) for name, code in shut.items()}


@pytest.mark.parametrize("name", ["owner", "member", "app", "speech key", "stranger"])
def test_a_context_is_charged_to_whoever_speaks(world: World, name: str) -> None:
    with dial(world, world.callers[name]) as socket:
        assert speak(socket)["charged"] == "calls=1"


def test_a_key_of_the_settings_is_not_charged(world: World) -> None:
    with dial(world, world.callers["settings key"]) as socket:
        assert "charged" not in speak(socket)


def test_a_page_of_another_site_gets_no_socket_for_whoever_is_signed_in(world: World) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        dial(world, world.callers["owner"], Origin="https://elsewhere.example")

    assert refusal.value.response.status_code == 403


def new_key(world: World, **limits: object) -> tuple[str, ClientKind]:
    """A key of the organization: its id, and the program that has it."""
    asked = {"name": "程序", "scopes": ["speech"], **limits}
    made = world.send(world.callers["owner"], "POST", "/api/account/keys", json=asked).json()
    return made["id"], ClientKind({"Authorization": f"Bearer {made['key']}"})


def test_a_key_that_is_revoked_speaks_no_more(world: World) -> None:
    key_id, program = new_key(world)
    with dial(world, program) as socket:
        send(socket, "text", text=TEXT)
        send(socket, "flush")
        listen(socket, "flushed")
        world.send(world.callers["owner"], "DELETE", f"/api/account/keys/{key_id}")
        send(socket, "text", text="再见。")

        assert listen(socket, "error", "audio")["code"] == "credential_expired"
        assert closing_code(socket) == 1008


def test_nor_in_a_context_of_its_own(world: World) -> None:
    key_id, program = new_key(world)
    with dial(world, program) as socket:
        speak(socket)
        world.send(world.callers["owner"], "DELETE", f"/api/account/keys/{key_id}")

        assert speak(socket)["code"] == "credential_expired"
        assert closing_code(socket) == 1008


def sign_in(world: World) -> ClientKind:
    """Another browser of the member."""
    answer = world.running.client.post(
        "/api/auth/login", json={"email": "member@example.com", "password": PASSWORD}
    )
    cookies = {name: answer.cookies[name] for name in ("huisheng_session", "huisheng_csrf")}
    world.running.client.cookies.clear()
    return ClientKind(
        {
            "Cookie": f"huisheng_session={cookies['huisheng_session']}",
            "X-CSRF-Token": cookies["huisheng_csrf"],
        }
    )


def test_a_browser_that_is_signed_out_speaks_no_more(world: World) -> None:
    browser = sign_in(world)
    with dial(world, browser) as socket:
        speak(socket)
        assert world.send(browser, "POST", "/api/auth/logout").status_code == 204

        assert speak(socket)["code"] == "session_ended"
        assert closing_code(socket) == 1008


def test_an_account_that_is_suspended_speaks_no_more(world: World) -> None:
    stranger = world.callers["stranger"]
    assert stranger.client is not None
    path, reason = f"/api/admin/accounts/{stranger.client.account_id}", {"reason": "试验"}
    with dial(world, stranger) as socket:
        speak(socket)
        world.send(world.callers["operator"], "POST", f"{path}/suspend", json=reason)
        refused = speak(socket)
        world.send(world.callers["operator"], "POST", f"{path}/resume", json=reason)

        assert refused["code"] in {"account_suspended", "session_ended"}
        assert closing_code(socket) == 1008


def test_a_rate_counts_contexts(world: World) -> None:
    _, program = new_key(world, rate="2/day")
    with dial(world, program) as socket:
        told = [speak(socket, context=str(number)) for number in range(3)]

    assert [message.get("charged", message.get("code")) for message in told] == [
        "calls=1",
        "calls=1",
        "rate_limited",
    ]


def test_a_limit_of_what_runs_at_once_counts_contexts(world: World) -> None:
    _, program = new_key(world, concurrency=1)
    with dial(world, program) as socket:
        send(socket, "text", text=TEXT, context="a")
        send(socket, "flush", context="a")
        listen(socket, "flushed")
        refused = speak(socket, context="b")
        send(socket, "finish", context="a")
        done = listen(socket, "done")
        again = speak(socket, context="c")

    assert (refused["code"], done["context"], again["type"]) == ("too_many_concurrent", "a", "done")
