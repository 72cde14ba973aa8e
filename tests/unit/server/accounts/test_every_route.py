"""No route is open by mistake: each is asked by nobody, and by a key without the scope for it."""

from __future__ import annotations

import re
from typing import Final

import pytest
from starlette.testclient import WebSocketDenialResponse
from tests.unit.server.accounts.conftest import Site

pytestmark = pytest.mark.slow

PUBLIC: Final = re.compile(
    r"(GET /audio/.*|GET /healthz|GET /readyz|GET /api/roi|GET /api/plans"
    r"|POST /api/auth/(signup|verify|verify/resend|login|password/forgot|password/reset|token.*)"
    r"|GET /api/auth/(options|oidc/.*)|POST /api/invitations/accept|POST /api/payments/.*)"
)
"""What anybody may ask."""
SPEAKING: Final = re.compile(
    r"POST /(tts|synthesize|api/tts|api/speech/stream|api/read|v1/.*)|GET /(api/speech|api/read|api/voices|"
    r"api/emotions|v1/.*)"
)


def routes(site: Site) -> list[tuple[str, str]]:
    """Method and address of every route, with an id that is nobody's."""
    paths = site.app.openapi()["paths"]
    return [
        (method.upper(), re.sub(r"\{\w+\}", "key_00000000000000000000", path))
        for path, methods in paths.items()
        for method in methods
    ]


def test_whoever_is_not_known_gets_nothing_that_is_not_public(site: Site) -> None:
    answers = {
        f"{method} {path}": site.browser().request(method, path, json={}).status_code
        for method, path in routes(site)
        if not PUBLIC.fullmatch(f"{method} {path}")
    }

    assert len(answers) > 40
    assert {route for route, status in answers.items() if status != 401} == set()


def test_a_key_gets_nothing_beyond_its_scope(site: Site) -> None:
    owner = site.person()
    keys = {
        scope: owner.post("/api/account/keys", json={"name": scope, "scopes": [scope]}).json()["key"]
        for scope in ("speech", "usage")
    }
    allowed = {"speech": SPEAKING, "usage": re.compile(r"GET /api/(account|usage)")}
    beyond = {
        f"{scope}: {method} {path}"
        for scope, key in keys.items()
        for method, path in routes(site)
        if not PUBLIC.fullmatch(f"{method} {path}") and not allowed[scope].fullmatch(f"{method} {path}")
        if site.program(key).request(method, path, json={}).status_code not in {403, 404, 422}
    }

    assert beyond == set()


@pytest.mark.parametrize(
    "path", ["/tts", "/api/tts", "/synthesize", "/api/speech/stream", "/v1/audio/speech"]
)
def test_a_key_that_may_not_speak_does_not(site: Site, path: str) -> None:
    body = {"name": "k", "scopes": ["usage", "billing", "account"]}
    key = site.person().post("/api/account/keys", json=body).json()["key"]

    answer = site.program(key).post(path, json={"input" if path.startswith("/v1") else "text": "你好。"})

    assert answer.status_code == 403


def test_nor_over_a_websocket(site: Site) -> None:
    body = {"name": "k", "scopes": ["usage"]}
    key = site.person().post("/api/account/keys", json=body).json()["key"]

    with pytest.raises(WebSocketDenialResponse) as refusal:
        site.program(key).websocket_connect("ws://localhost/v1/audio/speech/stream").__enter__()

    assert refusal.value.status_code == 403
