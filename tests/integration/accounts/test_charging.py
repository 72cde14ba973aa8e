"""What is charged, by every door: an answer in full once, a refusal and a failure never."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select, update
from tests.integration.accounts.paying import UNLIMITED, Customer, open_customer, paid_server, speak
from tests.integration.server.conftest import EndlessEngine, FailingEngine, Running
from tests.reliability.serving import until
from tests.unit.server.usage.accounts import NOTHING_FREE, add_server
from websockets.sync.client import ClientConnection, connect

from huisheng.engines.protocol import Engine
from huisheng.errors import EngineError
from huisheng.server.accounts.models import ApiKey
from huisheng.server.database.database import Database
from huisheng.server.database.errors import DatabaseBusy
from huisheng.server.plans.catalogue import Meter, PlanLimits
from huisheng.server.speech.metering import RequestKey
from huisheng.server.usage import idempotency
from huisheng.server.usage.endings import Ending, end
from huisheng.server.usage.idempotency import reserve_once
from huisheng.server.usage.models import IdempotentRequest
from huisheng.server.usage.reservations import Reserved, UsageRequest
from huisheng.testing import SilentEngine
from huisheng.text.frontend import Frontend
from huisheng.types import AudioChunk, Utterance

pytestmark = pytest.mark.slow

TEXT = "你好。很高兴认识你！"


class BreakingEngine(SilentEngine):
    """Fails behind its first sound, until it is mended."""

    is_mended = False

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Silence, and the failure."""
        yield from super().synthesize(utterance)
        if not self.is_mended:
            raise EngineError


class PausingEngine(SilentEngine):
    """Speaks the first sentence, and the others once it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = threading.Event()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Silence."""
        if utterance.sentence.span.start > 0:
            self.may_go_on.wait()
        yield from super().synthesize(utterance)


class PartlyEndlessEngine(SilentEngine):
    """Speaks on where a sentence is long."""

    def __init__(self) -> None:
        super().__init__()
        self.endless = EndlessEngine()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Silence, with an end or without."""
        is_long = utterance.sentence.span.end > len(TEXT)
        yield from self.endless.synthesize(utterance) if is_long else super().synthesize(utterance)


@pytest.fixture
def endless() -> EndlessEngine:
    return EndlessEngine()


Open = Callable[..., tuple[Running, Customer]]


@pytest.fixture
def database_address(common_address: str) -> str:
    """What is charged is tried on both kinds of database in `tests/unit/server/usage`."""
    return common_address


@pytest.fixture
def open_server(
    database: Database, database_address: str, tmp_path: Path, frontend: Frontend
) -> Iterator[Open]:
    """Starts a server with a customer: `open_server(engine, amount, …)`."""
    with ExitStack() as servers:

        def start(
            engine: Engine | None = None,
            amount: int = 100,
            meter: Meter = "calls",
            limits: PlanLimits = UNLIMITED,
            **chosen: object,
        ) -> tuple[Running, Customer]:
            customer = open_customer(database, amount, limits=limits, meter=meter)
            server = paid_server(tmp_path, database_address, frontend, engine, **chosen)
            running = servers.enter_context(server)
            if isinstance(engine, EndlessEngine):
                engine.forget_rehearsal(running.client)
            return running, customer

        yield start


def by_json(client: httpx.Client, customer: Customer) -> httpx.Response:
    return speak(client, customer, TEXT)


def by_form(client: httpx.Client, customer: Customer) -> httpx.Response:
    return client.post("/tts", data={"text": TEXT}, headers=customer.headers)


def by_address(client: httpx.Client, customer: Customer) -> httpx.Response:
    return client.get("/api/speech", params={"text": TEXT}, headers=customer.headers)


def by_lines(client: httpx.Client, customer: Customer) -> httpx.Response:
    return client.post("/api/speech/stream", json={"text": TEXT}, headers=customer.headers)


def by_openai(client: httpx.Client, customer: Customer) -> httpx.Response:
    return client.post("/v1/audio/speech", json={"input": TEXT}, headers=customer.headers)


def by_events(client: httpx.Client, customer: Customer) -> httpx.Response:
    fields = {"input": TEXT, "stream_format": "sse"}
    return client.post("/v1/audio/speech", json=fields, headers=customer.headers)


DOORS = (by_json, by_form, by_address, by_lines, by_openai, by_events)
Door = Callable[[httpx.Client, Customer], httpx.Response]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("cache", [0, 1 << 20])
def test_an_answer_is_charged_once_also_from_the_cache(open_server: Open, door: Door, cache: int) -> None:
    running, customer = open_server(cache_limit=cache)

    answers = [door(running.client, customer) for _ in range(2)]

    shown = [(each.status_code, each.headers["x-huisheng-charged"]) for each in answers]
    assert shown == [(200, "calls=1")] * 2
    assert [each.headers["x-huisheng-remaining"] for each in answers] == ["calls=99", "calls=98"]
    customer.settle()
    assert (customer.units_used(), customer.units_reserved()) == (2, 0)


def test_a_record_tells_what_was_spoken(open_server: Open) -> None:
    running, customer = open_server()
    duration = by_json(running.client, customer).json()["duration"]
    customer.settle()

    (record,) = customer.records()
    assert (record.route, record.voice, record.characters) == ("/api/tts", "silent", len(TEXT))
    assert record.key_id == "key_acc_a"
    assert record.milliseconds == pytest.approx(duration * 1000, abs=2)


def test_usage_can_be_read_over_http(open_server: Open) -> None:
    running, customer = open_server()
    by_json(running.client, customer)
    customer.settle()

    refused = running.client.get("/api/usage?group=voice", headers=customer.headers)
    with customer.database.writing() as session:
        session.execute(update(ApiKey).values(scopes=["usage"]))
    running.app.state.components.business.accounts.forget_identities()
    told = running.client.get("/api/usage?group=voice", headers=customer.headers).json()

    assert refused.status_code == 403
    assert (told["group"], told["from"] < told["to"]) == ("voice", True)
    assert [(row["voice"], row["calls"]) for row in told["rows"]] == [("silent", 1)]


def test_sound_of_every_door_has_the_same_length(open_server: Open) -> None:
    running, customer = open_server(cache_limit=1 << 20)
    for door in DOORS * 2:
        door(running.client, customer)
    customer.settle()

    assert len({record.milliseconds for record in customer.records()}) == 1


def test_what_has_not_changed_is_not_charged(open_server: Open) -> None:
    running, customer = open_server(cache_limit=1 << 20)
    first = by_address(running.client, customer)
    customer.settle()
    same = {**customer.headers, "If-None-Match": first.headers["etag"]}

    again = running.client.get("/api/speech", params={"text": TEXT}, headers=same)

    assert again.status_code == 304
    assert (customer.units_used(), customer.count_open()) == (1, 0)


def test_the_file_of_an_answer_is_free(open_server: Open) -> None:
    running, customer = open_server()
    address = by_json(running.client, customer).json()["audio_url"]
    customer.settle()

    assert running.client.get(address).is_success
    assert running.client.head(address).is_success
    assert customer.units_used() == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"text": "。"}, 400), ({"text": "好", "voice": "nobody"}, 400), ({"txt": "好"}, 400)],
)
def test_a_request_that_is_wrong_is_not_charged(
    open_server: Open, fields: dict[str, str], status: int
) -> None:
    running, customer = open_server()

    answer = running.client.post("/api/tts", json=fields, headers=customer.headers)

    assert answer.status_code == 400
    customer.settle()
    assert customer.units_used() == 0


@pytest.mark.parametrize("door", DOORS)
def test_an_engine_that_fails_charges_nothing(open_server: Open, door: Door) -> None:
    running, customer = open_server(FailingEngine())

    with suppress(httpx.RemoteProtocolError):
        door(running.client, customer)

    customer.settle()
    assert customer.units_used() == 0


def test_where_nothing_is_left_the_answer_says_what_to_do(open_server: Open) -> None:
    running, customer = open_server(amount=1)
    by_json(running.client, customer)

    problem = by_json(running.client, customer)

    assert (problem.status_code, problem.json()["code"]) == (402, "insufficient_balance")
    assert "联系运营者" in problem.json()["error"]
    assert "x-huisheng-charged" not in problem.headers


@pytest.mark.parametrize("door", [by_json, by_lines, by_openai])
def test_a_refusal_tells_what_is_left_of_limits_and_of_every_meter(open_server: Open, door: Door) -> None:
    running, customer = open_server(amount=1)
    door(running.client, customer)
    customer.settle()

    refused = door(running.client, customer)

    assert (refused.status_code, refused.headers["x-huisheng-remaining"]) == (402, "seconds=1, calls=0")
    assert refused.headers["ratelimit-policy"].startswith('"account";q=')  # of the free plan
    assert '"account-concurrent";r=2' in refused.headers["ratelimit"]


@pytest.mark.parametrize("door", [by_json, by_lines, by_openai])
def test_a_client_that_is_too_fast_is_told_what_is_left(open_server: Open, door: Door) -> None:
    running, customer = open_server()
    with customer.database.writing() as session:
        session.execute(update(ApiKey).values(rate="1/hour"))
    door(running.client, customer)

    refused = door(running.client, customer)

    assert (refused.status_code, refused.headers["x-huisheng-remaining"]) == (429, "seconds=1, calls=99")
    assert '"api-key";q=1;w=3600' in refused.headers["ratelimit-policy"]
    assert '"api-key";r=0;t=' in refused.headers["ratelimit"]
    assert "x-huisheng-charged" not in refused.headers


def test_clients_of_openai_know_that_nothing_is_left(open_server: Open) -> None:
    running, customer = open_server(amount=0)

    answer = by_openai(running.client, customer)

    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (
        402,
        "insufficient_quota",
        "insufficient_quota",
    )


def test_limits_of_the_plan_are_in_the_headers_and_refuse(open_server: Open) -> None:
    running, customer = open_server(limits=PlanLimits(rate="60/minute", concurrency=2, text_limit=5))

    answer = by_json(running.client, customer)

    assert (
        answer.headers["ratelimit-policy"]
        == '"account";q=60;w=60, "account-concurrent";q=2;qu="concurrent-requests"'
    )
    assert '"account";r=59' in answer.headers["ratelimit"]


def test_a_text_that_the_plan_does_not_include_is_402(open_server: Open) -> None:
    running, customer = open_server(limits=PlanLimits(text_limit=5))

    problem = speak(running.client, customer, "好" * 1001)

    assert (problem.status_code, problem.json()["code"], problem.json()["parameter"]) == (
        402,
        "not_in_plan",
        "text",
    )


def test_a_client_that_leaves_after_the_first_sound_is_charged(
    open_server: Open, endless: EndlessEngine
) -> None:
    running, customer = open_server(endless)

    with running.client.stream(
        "POST", "/v1/audio/speech", json={"input": TEXT}, headers=customer.headers
    ) as answer:
        parts = answer.iter_raw()
        for _ in range(3):
            next(parts)

    customer.settle()
    assert customer.units_used() == 1


def test_a_client_that_leaves_before_the_first_sound_is_not_charged(
    open_server: Open, endless: EndlessEngine
) -> None:
    running, customer = open_server(endless)
    connection = httpx.Client(base_url=running.address, timeout=0.5)

    with pytest.raises(httpx.ReadTimeout):
        speak(connection, customer, TEXT)  # a whole file, of sound without end

    connection.close()
    assert endless.stopped.wait(30)
    customer.settle()
    assert customer.units_used() == 0


@pytest.mark.parametrize(
    ("path", "field"), [("/api/tts", "text"), ("/api/speech/stream", "text"), ("/v1/audio/speech", "input")]
)
def test_work_that_began_beside_a_refused_reservation_is_stopped_and_not_heard(
    open_server: Open, path: str, field: str
) -> None:
    engine = PartlyEndlessEngine()
    running, customer = open_server(engine, 300, meter="characters")
    assert speak(running.client, customer, TEXT).status_code == 200
    customer.settle()
    charged = customer.units_used("characters")
    long = {field: "好" * 1000}

    with ThreadPoolExecutor() as pool:
        with customer.database.writing():  # nothing can be reserved
            answer = pool.submit(running.client.post, path, json=long, headers=customer.headers)
            assert engine.endless.started.wait(30)
            assert not answer.done()
        refused = answer.result(30)

    assert (refused.status_code, "json" in refused.headers["content-type"]) == (402, True)
    assert engine.endless.stopped.wait(30)
    assert speak(running.client, customer, TEXT).status_code == 200
    customer.settle()
    assert customer.units_used("characters") == 2 * charged


def test_equal_requests_that_share_their_sound_are_each_charged(open_server: Open) -> None:
    running, customer = open_server(cache_limit=1 << 20)

    threads = [threading.Thread(target=by_openai, args=(running.client, customer)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    customer.settle()
    assert customer.units_used() == 8


@pytest.mark.parametrize("path", ["/api/tts", "/api/speech/stream"])
def test_a_request_that_is_sent_again_under_its_key_is_replayed(open_server: Open, path: str) -> None:
    running, customer = open_server()
    headers = {**customer.headers, "Idempotency-Key": "a-key"}

    def ask() -> httpx.Response:
        return running.client.post(path, json={"text": TEXT}, headers=headers)

    first = ask()
    until(lambda: is_kept(customer))
    again = ask()

    assert (again.status_code, again.content) == (200, first.content)
    assert [each.headers.get("idempotent-replayed") for each in (first, again)] == [None, "true"]
    customer.settle()
    assert customer.units_used() == 1


def is_kept(customer: Customer) -> bool:
    """Whether the answer of the one request under a key is kept."""
    with customer.database.reading() as session:
        return session.scalars(select(IdempotentRequest.status)).one() is not None


def test_a_key_belongs_to_one_request(open_server: Open) -> None:
    running, customer = open_server()
    speak(running.client, customer, TEXT, **{"Idempotency-Key": "k"})

    problem = speak(running.client, customer, "另一个。", **{"Idempotency-Key": "k"})

    assert (problem.status_code, problem.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "a b", "k" * 256])
def test_a_key_that_is_none_is_refused(open_server: Open, key: str) -> None:
    running, customer = open_server()

    problem = speak(running.client, customer, TEXT, **{"Idempotency-Key": key})

    assert (problem.status_code, problem.json()["code"]) == (400, "invalid_idempotency_key")


def test_the_same_request_at_the_same_time_is_told_to_wait(open_server: Open, endless: EndlessEngine) -> None:
    running, customer = open_server(endless)
    headers = {**customer.headers, "Idempotency-Key": "k"}
    fields, client = {"input": TEXT}, running.client

    with client.stream("POST", "/v1/audio/speech", json=fields, headers=headers) as answer:
        parts = answer.iter_raw()  # kept: without it the client would hang up
        next(parts)
        second = client.post("/v1/audio/speech", json=fields, headers=headers)

    assert (second.status_code, second.headers["retry-after"]) == (409, "1")


def test_a_request_that_is_refused_leaves_its_key_free(open_server: Open) -> None:
    running, customer = open_server(amount=0)
    refused = speak(running.client, customer, TEXT, **{"Idempotency-Key": "k"})

    again = speak(running.client, customer, "另一个。", **{"Idempotency-Key": "k"})

    assert (refused.status_code, again.status_code) == (402, 402)


def test_an_answer_too_large_to_be_kept_is_made_again_without_a_charge(
    open_server: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LARGEST", 10)
    running, customer = open_server()

    answers: list[httpx.Response] = []
    for _ in range(2):
        answers.append(speak(running.client, customer, TEXT, **{"Idempotency-Key": "k"}))
        until(lambda: is_kept(customer))

    assert [each.status_code for each in answers] == [200, 200]
    assert "x-huisheng-charged" not in answers[1].headers
    customer.settle()
    assert customer.units_used() == 1


def test_a_key_is_taken_in_the_transaction_that_reserves(open_server: Open, endless: EndlessEngine) -> None:
    running, customer = open_server(endless)
    steps: list[str] = []
    engine = running.app.state.components.business.database.engine

    def note_commit(_connection: object) -> None:
        steps.append("commit")

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        steps.extend(re.findall("INSERT INTO (reservation|idempotent_request) ", statement))

    event.listen(engine, "commit", note_commit)
    event.listen(engine, "before_cursor_execute", note)
    headers = {**customer.headers, "Idempotency-Key": "k"}
    with running.client.stream("POST", "/v1/audio/speech", json={"input": TEXT}, headers=headers) as answer:
        parts = answer.iter_raw()
        next(parts)
        made = [step for step in " ".join(steps).split("commit") if step.strip()]

    assert [set(step.split()) for step in made] == [{"reservation", "idempotent_request"}]


def test_lines_that_end_in_a_failure_are_made_again(open_server: Open) -> None:
    engine = BreakingEngine()
    running, customer = open_server(engine)
    headers = {**customer.headers, "Idempotency-Key": "k"}

    def ask() -> httpx.Response:
        return running.client.post("/api/speech/stream", json={"text": TEXT}, headers=headers)

    failed = ask()
    engine.is_mended = True
    again = ask()

    assert ("error" in failed.text, "error" in again.text) == (True, False)
    customer.settle()
    assert customer.units_used() == 1


def ask_dead_server(customer: Customer, path: str, outcome: str) -> tuple[bytes, dict[str, str]]:
    """Send a request under a key to a server that dies, and in whose log it ended so or not at all; the body
    and headers with which it is sent again.
    """
    now = datetime.now(UTC)
    body = b'{"text":"' + TEXT.encode() + b'"}'
    scope = {"method": "POST", "path": path, "query_string": b""}
    with customer.database.writing() as session:
        add_server(session, "srv_dead", lease=timedelta(days=-300))
        request_key = RequestKey("k", idempotency._fingerprint(scope, body))
        asked = UsageRequest("acc_a", "", "silent", "wav", 10, 10, 5, None, "k")
        reserved = reserve_once(session, asked, "srv_dead", NOTHING_FREE, now, request_key)
        assert isinstance(reserved, Reserved)
        if outcome:
            end(session, [Ending(reserved.id, "acc_a", outcome, now, now.date())], now)  # pyright: ignore[reportArgumentType]
    return body, {**customer.headers, "Idempotency-Key": "k", "Content-Type": "application/json"}


@pytest.mark.parametrize("outcome", ["settled", "released", ""])
def test_after_a_death_a_key_can_be_used_again_and_is_charged_once_in_all(
    open_server: Open, outcome: str
) -> None:
    running, customer = open_server()
    body, headers = ask_dead_server(customer, "/api/tts", outcome)

    answer = running.client.post("/api/tts", content=body, headers=headers)

    assert answer.status_code == 200
    customer.settle()
    assert customer.units_used() == 1


def test_an_answer_that_is_paid_and_fails_as_it_is_made_again_is_not_kept(open_server: Open) -> None:
    engine = BreakingEngine()
    running, customer = open_server(engine)
    body, headers = ask_dead_server(customer, "/api/speech/stream", "settled")

    def ask() -> httpx.Response:
        return running.client.post("/api/speech/stream", content=body, headers=headers)

    failed = ask()
    engine.is_mended = True
    answers = [ask(), ask()]

    assert "error" in failed.text
    assert ["error" in each.text for each in answers] == [False, False]
    assert ["idempotent-replayed" in each.headers for each in answers] == [False, True]
    customer.settle()
    assert customer.units_used() == 1


def test_an_answer_is_kept_as_soon_as_the_database_lets_it(
    open_server: Open, caplog: pytest.LogCaptureFixture
) -> None:
    engine = PausingEngine()
    running, customer = open_server(engine)
    server_database = running.app.state.components.business.database
    with server_database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=10")
    headers = {**customer.headers, "Idempotency-Key": "k"}

    def ask() -> httpx.Response:
        return running.client.post("/v1/audio/speech", json={"input": TEXT}, headers=headers)

    with ThreadPoolExecutor() as pool:
        answer = pool.submit(ask)
        until(lambda: customer.count_open() == 1)
        with customer.database.writing():
            engine.may_go_on.set()
            assert answer.result(30).status_code == 200
            until(lambda: DatabaseBusy().message in caplog.text)
    until(lambda: ask().headers.get("idempotent-replayed") == "true")
    customer.settle()
    assert customer.units_used() == 1


def open_socket(running: Running, customer: Customer) -> ClientConnection:
    address = running.address.replace("http", "ws") + "/v1/audio/speech/stream"
    return connect(address, additional_headers=customer.headers)


def send(socket: ClientConnection, **message: object) -> None:
    socket.send(json.dumps(message))


def listen(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    while (message := json.loads(socket.recv(30)))["type"] != kind:
        assert message["type"] != "error", message
    return message


def test_a_context_is_one_request(open_server: Open) -> None:
    running, customer = open_server()
    done: dict[str, Any] = {}
    with open_socket(running, customer) as socket:
        for _ in range(2):
            send(socket, type="text", text="你好。很高兴认识你。")
            send(socket, type="flush")
            listen(socket, "flushed")
            send(socket, type="text", text="再见。")
            send(socket, type="finish")
            done = listen(socket, "done")

    customer.settle()
    assert (done["charged"], done["remaining"], customer.units_used()) == ("calls=1", "calls=98", 2)


def test_a_context_is_charged_the_characters_that_were_spoken(open_server: Open) -> None:
    running, customer = open_server(meter="characters")
    with open_socket(running, customer) as socket:
        send(socket, type="text", text="你好。")
        send(socket, type="flush")
        listen(socket, "flushed")
        send(socket, type="text", text="再见吧。")
        send(socket, type="finish")
        listen(socket, "done")

    customer.settle()
    assert customer.units_used("characters") == 7
    assert sum(record.requests for record in customer.records()) == 1


def test_a_context_that_is_cancelled_after_its_first_sound_is_charged(
    open_server: Open, endless: EndlessEngine
) -> None:
    running, customer = open_server(endless)
    with open_socket(running, customer) as socket:
        send(socket, type="text", text="你好。")
        send(socket, type="finish")
        listen(socket, "audio")
        listen(socket, "audio")
        send(socket, type="cancel")
        listen(socket, "cancelled")

    customer.settle()
    assert customer.units_used() == 1


def test_a_context_that_fails_is_not_charged(open_server: Open) -> None:
    running, customer = open_server(BreakingEngine())
    with open_socket(running, customer) as socket:
        send(socket, type="text", text="你好。再见。很高兴。")
        send(socket, type="finish")
        while json.loads(socket.recv(30))["type"] != "error":
            pass

    customer.settle()
    assert customer.units_used() == 0


def test_contexts_of_a_server_that_stops_are_not_charged(open_server: Open, endless: EndlessEngine) -> None:
    running, customer = open_server(endless)
    with open_socket(running, customer) as socket:
        send(socket, type="text", text="你好。")
        listen(socket, "audio")
        listen(socket, "audio")
        running.stop()
        until(lambda: customer.count_open() == 0)

    assert customer.units_used() == 0


async def test_where_a_hundred_are_left_a_hundred_are_served(open_server: Open) -> None:
    running, customer = open_server(amount=100, queue=1000, longest_wait="PT10M")
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=running.address, timeout=120, limits=limits) as client:
        asked = [client.post("/api/tts", json={"text": "好。"}, headers=customer.headers) for _ in range(300)]
        statuses = [answer.status_code for answer in await asyncio.gather(*asked)]

    await asyncio.to_thread(customer.settle)
    assert Counter(statuses) == {200: 100, 402: 200}
    assert customer.units_used() == 100
