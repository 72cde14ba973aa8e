"""`/openapi.json` of a server with accounts: who may call what, every code of every refusal, and headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
from fastapi import FastAPI
from schemathesis.specs.openapi.definitions import OPENAPI_31

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.contract import list_endpoints
from huisheng.server.documentation import CALLERS, render
from huisheng.server.permissions import BARRED, ROLE_PERMISSIONS
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine

SPEECH: Final = {
    ("POST", "/tts"),
    ("POST", "/api/tts"),
    ("POST", "/synthesize"),
    ("GET", "/api/speech"),
    ("POST", "/api/speech/stream"),
    ("POST", "/v1/audio/speech"),
}
Operations = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    home = tmp_path_factory.mktemp("described")
    settings = Settings.model_validate({"home": home, "page": home / "page", "accounts": True})
    app = create_app(settings, Synthesizer(SilentEngine()))
    yield app
    app.state.components.business.close()


@pytest.fixture
def description(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


@pytest.fixture
def operations(description: dict[str, Any]) -> Operations:
    paths: dict[str, dict[str, Any]] = description["paths"]
    return {
        (method.upper(), path): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def codes(operation: dict[str, Any], status: int) -> list[str]:
    """The codes that a refusal may have."""
    (content,) = operation["responses"][str(status)]["content"].values()
    properties: dict[str, Any] = content["schema"]["allOf"][1]["properties"]
    return properties.get("error", {"properties": properties})["properties"]["code"]["enum"]


def test_it_is_valid(description: dict[str, Any]) -> None:
    faults = [fault.message for fault in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(description)]

    assert faults == []


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/([\w-]+)", str(description)))

    assert names <= description["components"]["schemas"].keys()


def test_no_route_lacks_who_may_call_it(operations: Operations) -> None:
    assert [route for route, operation in operations.items() if not operation[CALLERS]] == []
    assert [route for route, operation in operations.items() if "security" not in operation] == []


def test_every_credential_that_is_named_is_described(
    description: dict[str, Any], operations: Operations
) -> None:
    named = {name for each in operations.values() for way in each["security"] for name in way}

    assert named == description["components"]["securitySchemes"].keys()


def test_a_browser_that_changes_something_proves_where_it_is(operations: Operations) -> None:
    ways = {
        (method == "GET", "csrf" in way)
        for (method, _), operation in operations.items()
        for way in operation["security"]
        if "session" in way
    }

    assert ways == {(True, False), (False, True)}


def test_a_route_tells_roles_and_scopes(operations: Operations) -> None:
    told = operations["POST", "/api/account/keys"]

    assert "the roles owner, admin; API keys with the scope account" in told[CALLERS]
    assert told[CALLERS] in told["description"]
    assert {"apiKey": ["account"]} in told["security"]
    assert {"apiKey": ["speech"]} not in told["security"]


def test_what_is_barred_to_a_suspended_account_is_refused_with_its_code(app: FastAPI) -> None:
    operations = app.openapi()["paths"]
    for endpoint in list_endpoints(app.routes):
        barred = any(each.need in BARRED for each in endpoint.requirements)
        operation = operations[endpoint.path][endpoint.method.lower()]
        refused = codes(operation, 403) if "403" in operation["responses"] else []
        assert ("account_suspended" in refused) is barred


def test_what_everybody_may_call_needs_no_credential(operations: Operations) -> None:
    login = operations["POST", "/api/auth/login"]

    assert login["security"] == []
    assert codes(login, 401) == ["wrong_credentials"]
    assert "401" not in operations["GET", "/audio/{name}"]["responses"]


def test_speech_tells_what_is_not_paid_for(operations: Operations) -> None:
    told = {route: codes(each, 402) for route, each in operations.items() if "402" in each["responses"]}

    assert told.keys() == SPEECH
    assert told["POST", "/api/tts"] == ["insufficient_balance", "not_in_plan"]
    assert told["POST", "/v1/audio/speech"] == ["insufficient_quota", "not_in_plan"]


def test_speech_tells_what_it_charges(operations: Operations) -> None:
    charged = {
        route
        for route, operation in operations.items()
        if "X-Huisheng-Charged" in operation["responses"].get("200", {}).get("headers", {})
    }

    assert charged == SPEECH


def test_a_key_that_makes_a_request_unique_is_described(operations: Operations) -> None:
    with_key = {
        route
        for route, operation in operations.items()
        if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))
    }

    assert with_key >= SPEECH - {("GET", "/api/speech")}
    assert codes(operations["POST", "/tts"], 409) == ["idempotency_in_progress"]
    assert "idempotency_key_reused" in codes(operations["POST", "/tts"], 422)


def test_every_route_asks_for_what_some_role_has(app: FastAPI) -> None:
    known = {permission for permissions in ROLE_PERMISSIONS.values() for permission in permissions}
    needs = {each.need for endpoint in list_endpoints(app.routes) for each in endpoint.requirements}

    assert needs == known | {"person", "operator"}


def test_no_route_is_known_to_nobody(app: FastAPI) -> None:
    guarded = [each for each in list_endpoints(app.routes) if each.is_known]

    assert [each for each in guarded if not each.requirements] == []


def test_the_page_tells_who_may_call(description: dict[str, Any]) -> None:
    assert "API keys with the scope billing" in render(description)


def test_without_accounts_nothing_is_told_of_them(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, page=tmp_path / "page")

    description = create_app(settings, Synthesizer(SilentEngine())).openapi()

    assert "securitySchemes" not in description["components"]
    assert not [word for word in (CALLERS, "x-kinds", "security'", "402") if word in str(description)]


def test_the_calculator_tells_of_products_that_are_not_sold(operations: Operations) -> None:
    assert "unknown_product" in codes(operations["GET", "/api/roi"], 400)
