"""What the framework, the limits and the headers do around every address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.integration.server.conftest import Serve

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/", 405, "method_not_allowed"),
        ("GET", "/api/tts", 405, "method_not_allowed"),
        ("DELETE", "/tts", 405, "method_not_allowed"),
        ("POST", "/api/tts", 415, "unsupported_media_type"),
        ("POST", "/tts", 415, "unsupported_media_type"),
        ("POST", "/api/speech/stream", 415, "unsupported_media_type"),
    ],
)
def test_a_refusal_is_a_problem_in_chinese_and_english(
    silent: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = silent.request(method, path)
    problem = answer.json()

    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["error"].endswith("。")
    assert problem["detail"].isascii()
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_a_405_tells_what_is_allowed(silent: httpx.Client) -> None:
    assert silent.get("/api/tts").headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/tts", "/api/tts", "/api/speech/stream"])
@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe{", b"[" * 100_000, b'{"text":' + b"9" * 5_000 + b"}"])
def test_what_is_no_json_is_a_400(silent: httpx.Client, path: str, body: bytes) -> None:
    answer = silent.post(path, content=body, headers=JSON)

    assert answer.status_code in {400, 422}
    assert answer.json()["code"] in {"malformed_body", "malformed_fields"}


@pytest.mark.parametrize("path", ["/tts", "/api/tts"])
def test_a_declared_body_over_the_limit_is_a_413(serve: Serve, path: str) -> None:
    client = serve(body_limit=1000).client

    answer = client.post(path, json={"text": "好" * 1000})

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


PART = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [
        ("application/json", b'{"text":"'),
        ("application/x-www-form-urlencoded", b"text="),
        ("multipart/form-data; boundary=x", PART),
    ],
)
def test_an_undeclared_body_over_the_limit_is_a_413(serve: Serve, kind: str, beginning: bytes) -> None:
    def pieces() -> Iterator[bytes]:
        yield beginning
        for _ in range(10):
            yield b"x" * 500

    answer = serve(body_limit=1000).client.post("/tts", content=pieces(), headers={"content-type": kind})

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x"])
def test_a_damaged_form_is_a_400(silent: httpx.Client, kind: str) -> None:
    answer = silent.post("/tts", content=b"--x\r\nbroken", headers={"content-type": kind})

    assert answer.status_code == 400


def test_an_upload_in_place_of_a_field_is_a_400(silent: httpx.Client) -> None:
    answer = silent.post("/tts", files={"text": ("novel.txt", b"text")})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


def test_a_harmless_request_id_is_kept(silent: httpx.Client) -> None:
    assert silent.get("/healthz", headers={"X-Request-Id": "trace-1"}).headers["x-request-id"] == "trace-1"


@pytest.mark.parametrize("given", ["a b", "x" * 65, '"><script>'])
def test_any_other_request_id_is_replaced(silent: httpx.Client, given: str) -> None:
    assert silent.get("/healthz", headers={"X-Request-Id": given}).headers["x-request-id"] != given


@pytest.mark.parametrize("path", ["/", "/docs", "/healthz", "/nothing"])
def test_security_headers_are_on_every_answer(silent: httpx.Client, path: str) -> None:
    headers = silent.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_an_expected_refusal_is_not_logged_as_an_error(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve(body_limit=10).client

    client.post("/api/tts", json={"text": "好" * 20})
    client.get("/nothing")

    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_the_access_log_holds_routes_and_no_addresses(
    silent: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "huisheng.access")

    silent.get("/audio/AAAAAAAAAAAAAAAAAAAAAA.wav", params={"secret": "query"})
    silent.get("/some/secret")
    silent.get("/healthz")  # on the same connection, so the lines before it are written

    assert "GET /audio/{name} 404" in caplog.text
    assert "secret" not in caplog.text
    assert "AAAA" not in caplog.text


def test_other_origins_are_not_let_in_unless_named(serve: Serve) -> None:
    headers = {"Origin": "https://example.org"}

    closed, open_ = serve(), serve(cors_origins=("https://example.org",))

    assert "access-control-allow-origin" not in closed.client.get("/healthz", headers=headers).headers
    assert open_.client.get("/healthz", headers=headers).headers["access-control-allow-origin"] == (
        "https://example.org"
    )
