"""What `/openapi.json` declares of a field is what the server enforces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from huisheng.emotion.names import aliases
from huisheng.runtime.options import BOUNDS

if TYPE_CHECKING:
    from tests.integration.server.conftest import Serve

SPEECH: Final = ("/tts", "/api/tts", "/synthesize", "/api/speech/stream", "/v1/audio/speech")
BODIES: Final = (*SPEECH, "/api/read")
QUERIES: Final = ("/api/speech", "/api/read")
DOORS: Final = [("post", route) for route in BODIES] + [("get", route) for route in QUERIES]
STEP: Final = 0.01
"""Beyond a bound by so much is outside."""


@pytest.fixture(scope="module")
def description(silent: httpx.Client) -> dict[str, Any]:
    return silent.get("/openapi.json").json()


def field_schemas(description: dict[str, Any], method: str, route: str) -> dict[str, dict[str, Any]]:
    """Schema of each field."""
    operation = description["paths"][route][method]
    if method == "get":
        return {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return description["components"]["schemas"][reference.rpartition("/")[2]]["properties"]


def branches(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from schema.get("anyOf", [schema])


def ask(client: httpx.Client, method: str, route: str, **fields: object) -> httpx.Response:
    text = {"input" if route.startswith("/v1/") else "text": "<speak>好</speak>"}
    if method == "get":
        return client.get(route, params=text | {name: str(value) for name, value in fields.items()})
    return client.post(route, json=text | fields)


@pytest.mark.parametrize(("method", "route"), DOORS)
def test_every_declared_word_and_number_of_a_list_is_accepted(
    silent: httpx.Client, description: dict[str, Any], method: str, route: str
) -> None:
    fields = field_schemas(description, method, route)
    values = [(name, value) for name in fields for b in branches(fields[name]) for value in b.get("enum", ())]

    refused = [
        (name, value) for name, value in values if ask(silent, method, route, **{name: value}).is_error
    ]

    assert values
    assert not refused


@pytest.mark.parametrize(("method", "route"), DOORS)
def test_what_is_not_in_a_declared_list_is_refused(
    silent: httpx.Client, description: dict[str, Any], method: str, route: str
) -> None:
    fields = field_schemas(description, method, route)
    listed = [name for name in fields if any("enum" in branch for branch in branches(fields[name]))]

    for name in listed:
        assert 400 <= ask(silent, method, route, **{name: "7"}).status_code < 500


@pytest.mark.parametrize(("method", "route"), [door for door in DOORS if door[1] != "/api/read"])
def test_declared_bounds_are_accepted_and_what_lies_beyond_is_refused(
    silent: httpx.Client, description: dict[str, Any], method: str, route: str
) -> None:
    fields = field_schemas(description, method, route)
    bounded = {name: schema for name, schema in fields.items() if "minimum" in schema}

    assert {"intensity", "speed", "pitch", "volume"} <= bounded.keys()
    for name, schema in bounded.items():
        low, high = schema["minimum"], schema["maximum"]
        assert all(ask(silent, method, route, **{name: bound}).is_success for bound in (low, high))
        beyond = (ask(silent, method, route, **{name: value}) for value in (low - STEP, high + STEP))
        assert all(400 <= answer.status_code < 500 for answer in beyond)


@pytest.mark.parametrize("route", SPEECH)
def test_the_ranges_are_those_of_the_library(description: dict[str, Any], route: str) -> None:
    ranges = dict(BOUNDS)
    if route.startswith("/v1/"):
        del ranges["speed"]  # OpenAI's is wider, and clamped
    fields = field_schemas(description, "post", route)

    assert {name: (fields[name]["minimum"], fields[name]["maximum"]) for name in ranges} == ranges


@pytest.mark.parametrize("route", SPEECH)
def test_every_alias_of_an_emotion_is_declared(description: dict[str, Any], route: str) -> None:
    closed, _ = branches(field_schemas(description, "post", route)["emotion"])

    assert set(aliases()) | {"auto", "happy"} <= set(closed["enum"])


@pytest.mark.parametrize(("method", "route"), DOORS)
def test_the_declared_length_of_a_text_is_the_setting(serve: Serve, method: str, route: str) -> None:
    client = serve(text_limit=9).client
    name = "input" if route.startswith("/v1/") else "text"
    limits = field_schemas(client.get("/openapi.json").json(), method, route)[name]

    assert (limits["minLength"], limits["maxLength"]) == (1, 9)
    assert ask(client, method, route, **{name: "好" * 9}).is_success
    assert [ask(client, method, route, **{name: "好" * n}).status_code for n in (0, 10)] == [400, 400]


def test_every_field_tells_what_it_is(description: dict[str, Any]) -> None:
    nameless = [
        (route, name)
        for route in BODIES
        for name, schema in field_schemas(description, "post", route).items()
        if not schema.get("description")
    ]

    assert not nameless


@pytest.mark.parametrize("model", ["Problem", "StreamError", "ErrorDetail"])
def test_codes_of_errors_are_declared(silent: httpx.Client, description: dict[str, Any], model: str) -> None:
    code = description["components"]["schemas"][model]["properties"]["code"]
    known = {value for branch in branches(code) for value in branch.get("enum", ())}

    assert silent.post("/api/tts", json={"text": ""}).json()["code"] in known


@pytest.mark.parametrize("path", ["/api/tts", "/api/speech", "/v1/audio/speech", "/audio/{name}", "/metrics"])
def test_refusals_of_the_guard_are_declared_where_they_happen(description: dict[str, Any], path: str) -> None:
    (operation,) = description["paths"][path].values()

    assert {"401", "403", "421", "429"} <= set(operation["responses"])
