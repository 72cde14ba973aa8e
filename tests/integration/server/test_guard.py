"""Which clients may use a server, how much and for what: a real one, asked over sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

if TYPE_CHECKING:
    from tests.integration.server.conftest import EndlessEngine, HeldEngine, Serve

KEY = "correct-horse-battery"
BEARER = {"Authorization": f"Bearer {KEY}"}
HELLO = {"text": "你好。"}
OPENAI = {"input": "你好。"}
SPEAKING = ("/tts", "/api/tts", "/synthesize", "/api/speech/stream", "/v1/audio/speech")


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and kind of a refusal, in either shape."""
    body: dict[str, Any] = answer.json()
    return answer.status_code, body["code"] if "code" in body else body["error"]["code"]


def speak_body(path: str, text: str) -> dict[str, str]:
    """A request to speak, in the words of its address."""
    return {"input" if path.startswith("/v1/") else "text": text}


@pytest.mark.parametrize("path", SPEAKING)
def test_without_a_key_no_door_speaks(serve: Serve, path: str) -> None:
    answer = serve(guard={"api_keys": KEY}).client.post(path, json=speak_body(path, "你好。"))

    assert code(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", SPEAKING)
def test_with_the_key_every_door_speaks(serve: Serve, path: str) -> None:
    answer = serve(guard={"api_keys": KEY}).client.post(path, json=speak_body(path, "你好。"), headers=BEARER)

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/docs", "/openapi.json"])
def test_page_documents_and_health_need_no_key(serve: Serve, path: str) -> None:
    assert serve(guard={"api_keys": KEY}).client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/api/voices", "/api/emotions", "/api/read", "/v1/models", "/nothing"])
def test_everything_else_needs_one(serve: Serve, path: str) -> None:
    assert serve(guard={"api_keys": KEY}).client.get(path).status_code == 401


def test_the_files_of_the_page_need_no_key(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "page" / "assets").mkdir(parents=True)
    for name in ("index.html", "icon.svg", "assets/index.js"):
        (tmp_path / "page" / name).write_text("x")
    client = serve(guard={"api_keys": KEY}).client

    assert {client.get(path).status_code for path in ("/", "/icon.svg", "/assets/index.js")} == {200}
    assert client.get("/assets/../api/voices").status_code == 401


def test_a_produced_file_needs_its_name_and_no_key(serve: Serve) -> None:
    client = serve(guard={"api_keys": KEY}).client
    made = client.post("/api/tts", json=HELLO, headers=BEARER).json()

    assert client.get(made["audio_url"]).content.startswith(b"RIFF")


def test_a_refusal_before_the_body_is_read_reaches_the_client(serve: Serve) -> None:
    client = serve(guard={"api_keys": KEY}).client

    assert client.post("/tts", content=b"x" * 20_000_000).status_code == 401
    assert client.post("/tts", json=HELLO, headers=BEARER).status_code == 200


def test_an_address_that_is_not_listed_is_refused_everywhere(serve: Serve) -> None:
    client = serve(guard={"allowed_ips": "192.0.2.0/24"}).client

    assert {code(client.get(path)) for path in ("/", "/healthz")} == {(403, "address_refused")}


def test_an_address_behind_a_trusted_proxy_counts(serve: Serve) -> None:
    client = serve(guard={"allowed_ips": "192.0.2.0/24", "trusted_proxies": "127.0.0.1"}).client

    assert client.get("/healthz", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 200


def test_an_address_behind_any_other_proxy_is_not_believed(serve: Serve) -> None:
    """Nor by the server below us, which would believe its own machine."""
    client = serve(guard={"allowed_ips": "192.0.2.0/24"}).client

    assert client.get("/healthz", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403


def test_a_name_that_leads_here_by_rebinding_is_refused(serve: Serve) -> None:
    answer = serve().client.get("/api/voices", headers={"Host": "evil.example"})

    assert code(answer) == (421, "unknown_host")
    assert "HUISHENG_HOSTS" in answer.json()["error"]


def test_a_name_of_the_operators_is_answered(serve: Serve) -> None:
    client = serve(guard={"hosts": "tts.example.com"}).client

    assert client.get("/api/voices", headers={"Host": "tts.example.com"}).status_code == 200


def test_a_probe_may_use_any_name_or_none(serve: Serve) -> None:
    running = serve()
    port = running.client.base_url.port or 80
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        answer = connection.makefile("rb").readline()

    assert b" 200 " in answer
    assert running.client.get("/readyz", headers={"Host": "evil.example"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_a_page_of_another_site_cannot_speak(serve: Serve, origin: str) -> None:
    answer = serve().client.post("/tts", data=HELLO, headers={"Origin": origin})

    assert code(answer) == (403, "origin_refused")


PAGES_OF_OTHERS = (
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "audio"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    {"Origin": "http://evil.example"},
)


@pytest.mark.parametrize("sent", PAGES_OF_OTHERS)
@pytest.mark.parametrize("path", ["/api/speech", "/api/read", "/api/voices", "/v1/models", "/nothing"])
def test_a_page_of_another_site_cannot_make_us_work_by_reading(
    silent: httpx.Client, path: str, sent: dict[str, str]
) -> None:
    assert code(silent.get(path, params=HELLO, headers=sent)) == (403, "origin_refused")


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_page_and_the_address_bar_can_read(silent: httpx.Client, site: str) -> None:
    answer = silent.get("/api/speech", params=HELLO, headers={"Sec-Fetch-Site": site})

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json"])
def test_a_link_on_another_site_leads_to_the_page(silent: httpx.Client, path: str) -> None:
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    assert silent.get(path, headers=sent).status_code == 200


def test_a_page_of_another_site_can_play_a_produced_file(silent: httpx.Client) -> None:
    made = silent.post("/api/tts", json=HELLO).json()

    answer = silent.get(made["audio_url"], headers=PAGES_OF_OTHERS[0])

    assert answer.content.startswith(b"RIFF")


@pytest.mark.parametrize(
    ("referer", "status"),
    [("https://example.org/", 200), ("https://example.org.evil.example/", 403), ("", 403)],
)
def test_an_element_of_a_listed_page_is_known_by_its_referer(serve: Serve, referer: str, status: int) -> None:
    client = serve(cors_origins=("https://example.org",)).client
    sent = PAGES_OF_OTHERS[0] | ({"Referer": referer} if referer else {})

    assert client.get("/api/speech", params=HELLO, headers=sent).status_code == status


def test_our_own_page_can_speak(serve: Serve) -> None:
    running = serve()

    assert running.client.post("/api/tts", json=HELLO, headers={"Origin": running.address}).status_code == 200


def test_a_listed_page_can_speak_and_reads_its_limits(serve: Serve) -> None:
    client = serve(cors_origins=("https://example.org",), guard={"rate_per_ip": "9/minute"}).client

    answer = client.post("/api/tts", json=HELLO, headers={"Origin": "https://example.org"})

    assert answer.status_code == 200
    assert "RateLimit" in answer.headers["access-control-expose-headers"]


def test_a_listed_page_may_ask_whether_it_may_send_a_key_and_reads_refusals(serve: Serve) -> None:
    client = serve(cors_origins=("https://example.org",), guard={"api_keys": KEY}).client
    origin = {"Origin": "https://example.org"}
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

    preflight = client.options("/api/tts", headers=origin | asks)
    refusal = client.post("/api/tts", json=HELLO, headers=origin)

    assert preflight.headers["access-control-allow-headers"] == "authorization"
    assert (refusal.status_code, refusal.headers["access-control-allow-origin"]) == (401, origin["Origin"])


def test_a_websocket_is_refused_before_it_opens(serve: Serve) -> None:
    address = serve(guard={"api_keys": KEY}).address.replace("http", "ws")

    with pytest.raises(InvalidStatus) as refusal:
        connect(f"{address}/api/anything")

    assert refusal.value.response.status_code == 401
    assert json.loads(refusal.value.response.body)["code"] == "unauthorized"


def test_a_websocket_of_another_sites_page_is_refused(serve: Serve) -> None:
    address = serve().address.replace("http", "ws")

    with pytest.raises(InvalidStatus) as refusal:
        connect(f"{address}/api/anything", origin="http://evil.example")  # pyright: ignore[reportArgumentType]

    assert json.loads(refusal.value.response.body)["code"] == "origin_refused"


def test_a_rate_is_sent_in_headers_and_then_refuses(serve: Serve) -> None:
    client = serve(guard={"rate_per_ip": "1/hour"}).client

    first, second = (client.post("/api/tts", json=HELLO) for _ in range(2))

    assert first.headers["ratelimit-policy"] == '"ip";q=1;w=3600'
    assert first.headers["ratelimit"] == '"ip";r=0;t=3600'
    problem = second.json()
    assert (second.status_code, problem["code"]) == (429, "rate_limited")
    assert problem["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert problem["violated-policies"] == ["ip"]
    assert 3590 <= int(second.headers["retry-after"]) <= 3600
    assert second.headers["ratelimit"].startswith('"ip";r=0;t=')


def test_openais_clients_get_their_own_headers_and_refusals(serve: Serve) -> None:
    client = serve(guard={"rate_per_ip": "1/hour"}).client

    first, second = (client.post("/v1/audio/speech", json=OPENAI) for _ in range(2))

    assert first.headers["x-ratelimit-limit-requests"] == "1"
    assert first.headers["x-ratelimit-remaining-requests"] == "0"
    assert first.headers["x-ratelimit-reset-requests"] == "3600s"
    assert second.json()["error"]["type"] == "requests"
    assert second.headers["retry-after"]


def test_files_lists_and_health_are_not_counted(serve: Serve) -> None:
    client = serve(guard={"rate_per_ip": "1/hour"}).client
    made = client.post("/api/tts", json=HELLO).json()

    for path in ("/", "/api/voices", made["audio_url"], "/healthz"):
        answer = client.get(path)
        assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)


def test_a_key_has_limits_of_its_own(serve: Serve) -> None:
    client = serve(guard={"api_keys": f"{KEY},other-{KEY}", "rate_per_key": "1/hour"}).client
    other = {"Authorization": f"Bearer other-{KEY}"}

    answers = [client.post("/api/tts", json=HELLO, headers=key) for key in (BEARER, BEARER, other)]

    assert [answer.status_code for answer in answers] == [200, 429, 200]


async def test_more_at_once_than_there_are_places_are_refused(serve: Serve, held_engine: HeldEngine) -> None:
    address = serve(held_engine, guard={"concurrent_per_ip": 1}, slots=2).address
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        first, second = (asyncio.create_task(client.post("/api/tts", json=HELLO)) for _ in range(2))
        done, _ = await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
        held_engine.go.set()
        refused, spoken = done.pop().result(), [await first, await second]

    assert code(refused) == (429, "too_many_concurrent")
    assert refused.headers["ratelimit"] == '"ip-concurrent";r=0'
    assert refused.json()["violated-policies"] == ["ip-concurrent"]
    assert sorted(answer.status_code for answer in spoken) == [200, 429]


def test_a_client_that_leaves_gives_its_place_back(serve: Serve, endless: EndlessEngine) -> None:
    running = serve(endless, guard={"concurrent_per_ip": 1})
    running.leave("/api/speech/stream", HELLO, endless.started)
    assert endless.stopped.wait(30)

    answers = (running.client.post("/api/read", json=HELLO) for _ in range(1_000))

    assert any(answer.status_code == 200 for answer in answers)


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("坏词\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("path", SPEAKING)
def test_a_forbidden_word_is_refused_at_every_door(serve: Serve, words: Path, path: str) -> None:
    answer = serve(guard={"words": words}).client.post(path, json=speak_body(path, "这里有坏词。"))

    assert code(answer) == (400, "text_refused")
    assert "坏词" not in answer.text


@pytest.mark.parametrize(
    "request_",
    [
        {"text": "<speak>坏<mark name='a'/>词</speak>"},
        {"text": "<speak><sub alias='坏词'>好词</sub></speak>"},
        {"text": "坏[停顿 1秒]词"},
        {"text": "甲", "lexicon": {"甲": "=坏词"}},
        {"text": "甲乙", "lexicon": "甲 = 坏\n乙 = 词"},
    ],
)
def test_markup_and_lexicon_hide_no_word(serve: Serve, words: Path, request_: dict[str, object]) -> None:
    answer = serve(guard={"words": words}).client.post("/api/tts", json=request_)

    assert code(answer) == (400, "text_refused")


def test_a_refused_text_is_noted_with_the_number_of_its_request(
    serve: Serve, words: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client = serve(guard={"words": words, "audit": tmp_path / "audit.jsonl", "api_keys": KEY}).client

    client.post("/api/tts", json={"text": "坏词"}, headers=BEARER | {"X-Request-Id": "trace-1"})
    (line,) = (tmp_path / "audit.jsonl").read_text().splitlines()

    noted = json.loads(line)
    assert (noted["request_id"], noted["address"], len(noted["key_id"])) == ("trace-1", "127.0.0.1", 8)
    assert "坏词" not in caplog.text + line


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 20))


@pytest.mark.parametrize(
    "text",
    [
        f'<!DOCTYPE speak [<!ENTITY e0 "甲">{BOMB}]><speak>&e19;</speak>',
        f'<!DOCTYPE speak [<!ENTITY a "{"甲" * 9_000}">]><speak>{"&a;" * 3_000}</speak>',
        '<!DOCTYPE speak [<!ENTITY a SYSTEM "file:///etc/passwd">]><speak>&a;</speak>',
        "<speak>" + "<p>" * 6_000,
    ],
    ids=["billion laughs", "quadratic", "external", "deep"],
)
def test_hostile_markup_is_a_400(silent: httpx.Client, text: str) -> None:
    assert code(silent.post("/api/tts", json={"text": text, "markup": "ssml"})) == (400, "invalid_markup")


def test_the_key_is_in_no_log(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "huisheng")
    client = serve(guard={"api_keys": KEY}).client

    client.post("/api/tts", json=HELLO, headers=BEARER)
    client.post("/api/tts", json=HELLO, headers={"Authorization": "Bearer wrong-secret-key"})

    assert KEY not in caplog.text
    assert "wrong-secret-key" not in caplog.text


def test_no_word_list_keeps_a_server_from_getting_ready(serve: Serve, words: Path) -> None:
    """No client has asked for what it says to itself."""
    words.write_text("你\n好\n", encoding="utf-8")
    client = serve(guard={"words": words}).client

    answers = (client.get("/readyz") for _ in range(1_000))

    assert any(answer.status_code == 200 for answer in answers)
