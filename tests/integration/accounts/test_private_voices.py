"""A voice that belongs to an account is seen and spoken with by that account and operators, by every door."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from tests.integration.accounts.paying import open_customer, paid_server
from tests.integration.server.conftest import Running
from websockets.sync.client import connect

from huisheng.engines.protocol import Capabilities
from huisheng.server.accounts.audit import SYSTEM
from huisheng.server.accounts.private_voices import grant, hide, publish, revoke
from huisheng.server.database.database import Database
from huisheng.testing import SILENT_VOICE, SilentEngine
from huisheng.text.frontend import Frontend

pytestmark = pytest.mark.slow

OWN = "zhuanshu"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
OPERATOR_KEY = "operator-key-of-twenty-characters"


class TwoVoices(SilentEngine):
    """One for everybody, and one that may belong to somebody; both of one family, which can be mixed."""

    @property
    def capabilities(self) -> Capabilities:
        """Both."""
        voice = replace(SILENT_VOICE, family="lab")
        return Capabilities("silent", (voice, replace(voice, id=OWN, name="专属", name_en="Own")))


@dataclass(frozen=True)
class Place:
    """A server, the account that owns the voice, another one, and whoever operates the server."""

    running: Running
    database: Database
    owner: httpx.Client
    stranger: httpx.Client
    operator: httpx.Client

    def change(self, change: Callable[..., object], *account: str) -> None:
        """Change whose the voice is; identities are forgotten, as they are after five seconds."""
        with self.database.writing() as session:
            change(session, SYSTEM, OWN, *account, "test", NOW)
        self.running.app.state.components.business.accounts.forget_identities()


@pytest.fixture(scope="module")
def place(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, frontend: Frontend
) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("home")
    (home / "huisheng.db").write_bytes(sqlite_template.read_bytes())
    address = f"sqlite:///{home / 'huisheng.db'}"
    database = Database(address)
    guard = {"api_keys": OPERATOR_KEY}
    with paid_server(home, address, frontend, TwoVoices(), guard=guard) as running:
        owner, stranger = (open_customer(database, 1000, name=name) for name in ("acc_a", "acc_b"))
        headers = (owner.headers, stranger.headers, {"Authorization": f"Bearer {OPERATOR_KEY}"})
        with ExitStack() as clients:
            first, second, third = (clients.enter_context(program(running, each)) for each in headers)
            place = Place(running, database, first, second, third)
            place.change(grant, "acc_a")
            yield place
    database.close()


def program(running: Running, headers: dict[str, str]) -> httpx.Client:
    return httpx.Client(base_url=running.address, headers=headers, trust_env=False, timeout=30)


Door = Callable[[httpx.Client, str], httpx.Response]


def post(path: str, **more: str) -> Door:
    return lambda client, voice: client.post(path, json={"text": "你好。", "voice": voice, **more})


def post_marked(path: str) -> Door:
    def ask(client: httpx.Client, voice: str) -> httpx.Response:
        text = f'<speak><voice name="{voice}">你好。</voice></speak>'
        return client.post(path, json={"text": text, "markup": "ssml"})

    return ask


def speak_on_socket(client: httpx.Client, voice: str) -> httpx.Response:
    """What a WebSocket answers, as a status."""
    address = str(client.base_url).replace("http", "ws", 1).rstrip("/") + "/v1/audio/speech/stream"
    headers = {"Authorization": client.headers["Authorization"]}
    with connect(address, additional_headers=headers, proxy=None) as socket:
        socket.send(json.dumps({"type": "start", "context": "a", "voice": voice}))
        first = json.loads(socket.recv())
    return httpx.Response(200 if first["type"] == "started" else 400, json=first)


def mix(client: httpx.Client, voice: str) -> httpx.Response:
    return post("/api/tts")(client, f"silent:0.5+{voice}:0.5")


DOORS: dict[str, Door] = {
    "json": post("/api/tts"),
    "lines": post("/api/speech/stream"),
    "synthesize": post("/synthesize"),
    "form": lambda client, voice: client.post("/tts", data={"text": "你好。", "voice": voice}),
    "address": lambda client, voice: client.get("/api/speech", params={"text": "你好。", "voice": voice}),
    "openai": lambda client, voice: client.post("/v1/audio/speech", json={"input": "你好。", "voice": voice}),
    "openai by id": lambda client, voice: client.post(
        "/v1/audio/speech", json={"input": "你好。", "voice": {"id": voice}}
    ),
    "socket": speak_on_socket,
    "markup": post_marked("/api/tts"),
    "mixture": mix,
    "reading": post_marked("/api/read"),
}
SPEAK = DOORS["json"]
LISTS = ("/api/voices", "/v1/audio/voices")


def comparable(answer: httpx.Response, voice: str) -> str:
    """A refusal without what differs each time."""
    return re.sub(r'"request_id": *"[^"]*"', "", answer.text).replace(voice, "VOICE")


@pytest.mark.parametrize("door", DOORS)
def test_the_owner_and_operators_speak_with_it(place: Place, door: str) -> None:
    assert DOORS[door](place.owner, OWN).status_code == 200
    assert DOORS[door](place.operator, OWN).status_code == 200


@pytest.mark.parametrize("door", DOORS)
def test_others_are_told_what_is_told_of_a_voice_that_is_not_installed(place: Place, door: str) -> None:
    own, unknown = (DOORS[door](place.stranger, voice) for voice in (OWN, "nobody"))

    assert own.status_code == unknown.status_code >= 400
    assert comparable(own, OWN) == comparable(unknown, "nobody")


def test_its_name_for_people_is_no_way_to_it(place: Place) -> None:
    assert SPEAK(place.owner, "专属").status_code == 200
    assert SPEAK(place.stranger, "专属").status_code == SPEAK(place.stranger, "nobody").status_code


@pytest.mark.parametrize("path", LISTS)
def test_lists_show_it_to_the_owner_and_operators_alone(place: Place, path: str) -> None:
    def ids(client: httpx.Client) -> list[str]:
        return [voice["id"] for voice in client.get(path).json()["voices"]]

    assert ids(place.owner) == ids(place.operator) == ["silent", OWN]
    assert ids(place.stranger) == ["silent"]


def test_a_voice_that_is_taken_back_stays_private_until_it_is_published(place: Place) -> None:
    place.change(revoke, "acc_a")
    taken = SPEAK(place.owner, OWN).status_code, SPEAK(place.stranger, OWN).status_code
    place.change(publish)
    published = SPEAK(place.owner, OWN).status_code, SPEAK(place.stranger, OWN).status_code
    place.change(hide)
    hidden = SPEAK(place.owner, OWN).status_code, SPEAK(place.operator, OWN).status_code
    place.change(grant, "acc_a")

    assert published == (200, 200)
    assert taken[0] == taken[1] == hidden[0] != 200
    assert hidden[1] == 200


def test_a_default_voice_that_is_hidden_is_replaced_by_the_next(place: Place) -> None:
    with place.database.writing() as session:
        hide(session, SYSTEM, "silent", "test", NOW)
    place.running.app.state.components.business.accounts.forget_identities()
    default = place.owner.get("/api/voices").json()["default"]
    spoken = SPEAK(place.owner, "").json()["voice"]
    nobody = SPEAK(place.stranger, "")
    with place.database.writing() as session:
        publish(session, SYSTEM, "silent", "test", NOW)
    place.running.app.state.components.business.accounts.forget_identities()

    assert default == spoken == OWN
    assert nobody.is_error
