"""What is done otherwise than asked is told with the answer, at every door and from the cache as well."""

from __future__ import annotations

import json
from dataclasses import replace
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from websockets.sync.client import connect

from huisheng.testing import SILENT_VOICE, SilentEngine

if TYPE_CHECKING:
    from tests.integration.server.conftest import Serve

AZURE: Final = "zh-CN-XiaoxiaoNeural"
DOCUMENT: Final = f'<speak version="1.0"><voice name="{AZURE}">你好。</voice></speak>'
ASKED: Final = [{"text": DOCUMENT}, {"text": "你好。", "voice": AZURE}]
KEPT: Final = replace(SILENT_VOICE, digest="known")
"""A voice whose sound is kept."""
HEADER: Final = "x-huisheng-warning"


def codes(warnings: list[dict[str, Any]]) -> list[str]:
    assert all(set(warning) == {"code", "message", "message_en"} for warning in warnings)
    return [warning["code"] for warning in warnings]


def is_substitution(header: str) -> bool:
    return header.startswith('voice_substituted;detail="') and AZURE in header and header.isascii()


@pytest.mark.parametrize("route", ["/tts", "/api/tts", "/synthesize"])
@pytest.mark.parametrize("fields", ASKED, ids=["markup", "field"])
def test_json_lists_warnings(silent: httpx.Client, route: str, fields: dict[str, str]) -> None:
    answer = silent.post(route, json=fields).json()

    assert codes(answer["warnings"]) == ["voice_substituted"]
    assert AZURE in answer["warnings"][0]["message"]
    assert answer["voice"] == "silent"


def test_an_answer_without_warnings_has_an_empty_list(silent: httpx.Client) -> None:
    assert silent.post("/api/tts", json={"text": "你好。"}).json()["warnings"] == []


def test_a_stream_tells_warnings_at_its_beginning_and_its_end(silent: httpx.Client) -> None:
    lines = [json.loads(line) for line in silent.post("/api/speech/stream", json=ASKED[0]).text.splitlines()]

    assert [codes(lines[place]["warnings"]) for place in (0, -1)] == [["voice_substituted"]] * 2


@pytest.mark.parametrize("fields", ASKED, ids=["markup", "field"])
def test_audio_that_is_fetched_carries_the_warning_in_a_header(
    silent: httpx.Client, fields: dict[str, str]
) -> None:
    assert is_substitution(silent.get("/api/speech", params=fields).headers[HEADER])


def test_audio_for_a_form_carries_the_warning_in_a_header(silent: httpx.Client) -> None:
    assert is_substitution(silent.post("/tts", data=ASKED[0]).headers[HEADER])


def test_audio_without_warnings_has_no_header(silent: httpx.Client) -> None:
    assert HEADER not in silent.get("/api/speech", params={"text": "你好。"}).headers


def test_an_answer_from_the_cache_keeps_its_warning(serve: Serve) -> None:
    client = serve(SilentEngine(voice=KEPT)).client
    first, again = (client.get("/api/speech", params=ASKED[0]) for _ in range(2))

    assert [answer.headers["x-huisheng-cache"] for answer in (first, again)] == ["miss", "hit"]
    assert first.headers[HEADER] == again.headers[HEADER]


def test_a_file_from_the_cache_keeps_its_warning(serve: Serve) -> None:
    client = serve(SilentEngine(voice=KEPT)).client
    first, again = (client.post("/api/tts", json=ASKED[0]).json() for _ in range(2))

    assert codes(first["warnings"]) == codes(again["warnings"]) == ["voice_substituted"]


def test_an_answer_tells_a_bounded_number_of_warnings(silent: httpx.Client) -> None:
    voices = "".join(
        f'<voice name="zh-CN-Xiaoxiao:DragonHD{letter}Neural">好</voice>' for letter in ascii_lowercase
    )

    answer = silent.post("/api/tts", json={"text": f"<speak>{voices}</speak>"}).json()

    assert len(answer["warnings"]) == 16


def test_pages_of_other_origins_may_read_the_header(serve: Serve) -> None:
    client = serve(cors_origins=("https://example.org",)).client

    answer = client.get("/healthz", headers={"Origin": "https://example.org"})

    assert HEADER in answer.headers["access-control-expose-headers"].lower()


def test_a_socket_tells_warnings_of_its_start_and_of_its_text(silent: httpx.Client) -> None:
    address = str(silent.base_url).replace("http", "ws").rstrip("/")
    with connect(f"{address}/v1/audio/speech/stream") as socket:
        socket.send(json.dumps({"type": "start", "voice": AZURE, "markup": "shorthand"}))
        socket.send(json.dumps({"type": "text", "text": "你好。[音色 zh-CN-YunxiNeural]你好。[/]"}))
        socket.send(json.dumps({"type": "finish"}))
        started = done = json.loads(socket.recv(30))
        while done["type"] != "done":
            done = json.loads(socket.recv(30))

    assert codes(started["warnings"]) == ["voice_substituted"]
    assert codes(done["warnings"]) == ["voice_substituted"] * 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"voice": AZURE}, "voice_substituted"),
        ({"input": DOCUMENT}, "voice_substituted"),
        ({"speed": 4}, "speed_clamped"),
        ({"instructions": "Speak cheerfully."}, "field_ignored"),
        ({"lang_code": "z"}, "field_ignored"),
    ],
)
def test_the_door_of_openai_tells_warnings_in_a_header(
    silent: httpx.Client, fields: dict[str, object], told: str
) -> None:
    answer = silent.post("/v1/audio/speech", json={"input": "你好。", **fields})

    assert answer.status_code == 200
    assert answer.headers[HEADER].startswith(f"{told};detail=")


def test_a_field_of_another_protocol_is_not_repeated_with_its_text(silent: httpx.Client) -> None:
    answer = silent.post("/v1/audio/speech", json={"input": "你好。", "请用欢快的语气": "x"})

    assert answer.headers[HEADER] == 'field_ignored;detail="The field ... has no effect and is ignored."'


@pytest.mark.parametrize("slip", ["emotions", "intensty", "sampleRate", "respons_format", "inputs"])
def test_a_slip_in_the_name_of_a_field_is_refused_at_the_door_of_openai(
    silent: httpx.Client, slip: str
) -> None:
    answer = silent.post("/v1/audio/speech", json={"input": "你好。", slip: "x"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_field")
    assert answer.json()["error"]["param"] == slip


def test_many_fields_of_other_protocols_are_passed_over(silent: httpx.Client) -> None:
    others = {f"{number}th": None if number % 2 else 1 for number in range(20_000)}
    answer = silent.post("/v1/audio/speech", json={"input": "你好。", **others})

    assert answer.status_code == 200
    assert answer.headers[HEADER].count("field_ignored") == 1
