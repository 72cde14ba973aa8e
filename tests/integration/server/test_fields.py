"""Fields of requests: one that is unknown, repeated or in the wrong place is refused by its name."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

FILES = ("/tts", "/api/tts", "/synthesize")
BODIES = (*FILES, "/api/speech/stream", "/api/read")
QUERIES = ("/api/speech", "/api/read")
FORM = {"content-type": "application/x-www-form-urlencoded"}


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem["parameter"]


def multipart(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"files": [(name, (None, value)) for name, value in pairs]}


@pytest.mark.parametrize("route", BODIES)
@pytest.mark.parametrize("value", ["ssml", None, ""])
def test_an_unknown_field_of_json_is_refused_by_its_name(
    silent: httpx.Client, route: str, value: str | None
) -> None:
    answer = silent.post(route, json={"text": "好", "markups": value})

    assert refusal(answer) == (400, "unknown_field", "markups")
    assert "是否应为 markup？" in answer.json()["error"]
    assert "did you mean markup?" in answer.json()["detail"]


@pytest.mark.parametrize("route", FILES)
@pytest.mark.parametrize(
    "body",
    [{"data": {"text": "好", "voise": ""}}, multipart(("text", "好"), ("voise", "x"))],
    ids=["urlencoded", "multipart"],
)
def test_an_unknown_field_of_a_form_is_refused_by_its_name(
    silent: httpx.Client, route: str, body: dict[str, Any]
) -> None:
    answer = silent.post(route, **body)

    assert refusal(answer) == (400, "unknown_field", "voise")
    assert "voice" in answer.json()["error"]


@pytest.mark.parametrize("route", QUERIES)
def test_an_unknown_field_of_an_address_is_refused_by_its_name(silent: httpx.Client, route: str) -> None:
    assert refusal(silent.get(route, params={"text": "好", "lexikon": ""})) == (
        400,
        "unknown_field",
        "lexikon",
    )


@pytest.mark.parametrize("route", QUERIES)
def test_what_passes_caches_by_is_no_field(silent: httpx.Client, route: str) -> None:
    assert silent.get(route, params={"text": "好", "_": "1700000000"}).status_code == 200


def test_a_file_may_be_asked_for_with_any_parameter(silent: httpx.Client) -> None:
    address = silent.post("/api/tts", json={"text": "好"}).json()["audio_url"]

    assert silent.get(address, params={"t": "1700000000"}).status_code == 200


@pytest.mark.parametrize("route", QUERIES)
def test_a_repeated_field_of_an_address_is_refused_by_its_name(silent: httpx.Client, route: str) -> None:
    assert refusal(silent.get(f"{route}?text=a&text=b")) == (400, "repeated_field", "text")


@pytest.mark.parametrize("route", FILES)
@pytest.mark.parametrize(
    "body",
    [{"content": b"text=a&text=b", "headers": FORM}, multipart(("text", "a"), ("text", "b"))],
    ids=["urlencoded", "multipart"],
)
def test_a_repeated_field_of_a_form_is_refused_by_its_name(
    silent: httpx.Client, route: str, body: dict[str, Any]
) -> None:
    assert refusal(silent.post(route, **body)) == (400, "repeated_field", "text")


@pytest.mark.parametrize("route", BODIES)
def test_a_field_in_the_address_of_a_body_is_refused_by_its_name(silent: httpx.Client, route: str) -> None:
    answer = silent.post(route, params={"format": "mp3"}, json={"text": "好"})

    assert refusal(answer) == (400, "field_in_address", "format")


@pytest.mark.parametrize("body", ["你好，世界。", "x" * 50])
def test_a_text_without_a_name_is_not_repeated_by_the_refusal(silent: httpx.Client, body: str) -> None:
    answer = silent.post("/tts", content=body.encode(), headers=FORM)

    assert answer.json()["code"] == "unknown_field"
    assert body not in answer.text


@pytest.mark.parametrize("route", ["/api/tts", "/synthesize"])
@pytest.mark.parametrize(
    "body",
    [{"data": {"text": "你好", "speed": "1.5"}}, multipart(("text", "你好"), ("speed", "1.5"))],
    ids=["urlencoded", "multipart"],
)
def test_a_form_is_taken_where_the_answer_is_an_address(
    silent: httpx.Client, route: str, body: dict[str, Any]
) -> None:
    answer = silent.post(route, **body).json()

    assert silent.get(answer["audio_url"]).headers["content-type"] == "audio/wav"


@pytest.mark.parametrize("route", FILES)
def test_a_415_lists_the_kinds_that_are_taken(silent: httpx.Client, route: str) -> None:
    answer = silent.post(route, content=b'{"text": "x"}', headers={"content-type": "text/plain"})

    assert answer.status_code == 415
    assert {"application/json", *FORM.values(), "multipart/form-data"} <= set(
        answer.json()["detail"].replace(".", "").split()
    )


@pytest.mark.parametrize("route", ["/api/speech/stream", "/api/read"])
@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}, FORM])
def test_a_415_says_where_only_json_is_taken(
    silent: httpx.Client, route: str, headers: dict[str, str]
) -> None:
    answer = silent.post(route, content=b'{"text": "x"}', headers=headers)

    assert answer.status_code == 415
    assert "application/json" in answer.json()["error"]


@pytest.mark.parametrize("route", BODIES)
def test_json_may_name_its_charset(silent: httpx.Client, route: str) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}

    assert silent.post(route, content='{"text": "好"}'.encode(), headers=headers).status_code == 200
