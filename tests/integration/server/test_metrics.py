"""`GET /metrics` of a real server."""

from __future__ import annotations

import logging
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from huisheng.errors import EngineError
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.observability.metrics import ELSEWHERE
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx
    from tests.integration.server.conftest import EndlessEngine, FailingEngine, Serve


def value(client: httpx.Client, name: str, **labels: str) -> float:
    """The sum of all series of a name that have these labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def series(client: httpx.Client, name: str) -> set[str]:
    """The label sets of a name."""
    return {
        line.rpartition(" ")[0] for line in client.get("/metrics").text.splitlines() if line.startswith(name)
    }


def test_a_request_is_counted_by_its_template(serve: Serve) -> None:
    client = serve().client

    client.get("/v1/models/some-name-of-a-user")

    labels = {"door": "openai", "route": "/v1/models/{model}", "method": "GET", "status": "404"}
    assert value(client, "huisheng_requests_total", **labels) == 1
    assert "some-name-of-a-user" not in client.get("/metrics").text


def test_its_time_is_counted(serve: Serve) -> None:
    client = serve().client

    client.get("/api/voices")

    assert value(client, "huisheng_request_seconds_count", route="/api/voices") == 1


def test_the_text_of_a_user_is_nowhere(serve: Serve) -> None:
    client = serve().client

    client.post("/api/tts", json={"text": "秘密的话。"})
    client.get("/api/read", params={"text": "秘密的话。"})

    assert not set("秘密的话") & set(client.get("/metrics").text)


@given(path=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
def test_addresses_that_do_not_exist_share_one_series(silent: httpx.Client, path: str) -> None:
    before = series(silent, "huisheng_requests_total")

    silent.get("/nothing/" + path.replace("/", ""))

    fresh = series(silent, "huisheng_requests_total") - before
    assert {line for line in fresh if '"404"' not in line and '"/metrics"' not in line} == set()
    assert len([line for line in series(silent, "huisheng_requests_total") if '"404"' in line]) <= 1


@pytest.mark.parametrize("method", ["BREW", "PROPFIND", "GETGETGET"])
def test_methods_that_do_not_exist_make_no_series(silent: httpx.Client, method: str) -> None:
    silent.request(method, "/healthz")

    assert f'"{method}"' not in silent.get("/metrics").text


def test_a_failure_in_the_middle_of_a_stream_is_an_error(
    serve: Serve, failing: Callable[[], FailingEngine]
) -> None:
    client = serve(failing()).client

    client.post("/api/speech/stream", json={"text": "你好世界。再见世界。"})

    assert value(client, "huisheng_errors_total", code="engine") == 1
    assert value(client, "huisheng_requests_total", route="/api/speech/stream", status="200") == 1


def test_a_failure_before_the_answer_is_an_error_and_a_500(
    serve: Serve, failing: Callable[[Exception], FailingEngine]
) -> None:
    client = serve(failing(EngineError())).client

    client.post("/api/tts", json={"text": "你好世界。再见世界。"})

    assert value(client, "huisheng_errors_total", code="engine") == 1
    assert value(client, "huisheng_requests_total", route="/api/tts", status="500") == 1


def test_an_unforeseen_failure_is_counted_once(
    serve: Serve, failing: Callable[[Exception], FailingEngine], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    client = serve(failing(KeyError())).client

    # The server below us closes the connection over what it did not foresee.
    client.post("/api/tts", json={"text": "你好世界。再见世界。"}, headers={"Connection": "close"})

    assert value(client, "huisheng_errors_total") == 1
    assert value(client, "huisheng_errors_total", code="internal") == 1


def test_mistakes_of_a_client_are_not_counted_as_errors(silent: httpx.Client) -> None:
    silent.post("/api/tts", json={"text": ""})

    assert value(silent, "huisheng_errors_total") == 0


def test_slots_in_use_are_shown(serve: Serve, endless: EndlessEngine) -> None:
    client = serve(endless, slots=3).client

    with client.stream("POST", "/api/speech/stream", json={"text": "你好。"}):
        endless.started.wait()
        running = value(client, "huisheng_slots_in_use")

    assert (running, value(client, "huisheng_slots")) == (1, 3)


def test_open_metrics_is_sent_where_accept_names_it(silent: httpx.Client) -> None:
    answer = silent.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")


@pytest.mark.parametrize("accept", ["application/openmetrics-text;version=x", "text/plain;version=", "\xff"])
def test_a_strange_accept_is_answered(silent: httpx.Client, accept: str) -> None:
    assert silent.get("/metrics", headers={b"Accept": accept.encode("latin-1")}).status_code == 200


def test_the_page_is_as_prometheus_wants_it(silent: httpx.Client) -> None:
    page = silent.get("/metrics").text

    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=page, capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def test_switched_off_it_is_not_there(serve: Serve) -> None:
    client = serve(metrics=False).client

    assert client.get("/metrics").status_code == 404
    assert client.get("/healthz").status_code == 200


def test_every_route_of_the_api_belongs_to_a_door(tmp_path: Path) -> None:
    """A route at no door would burn no budget when it fails."""
    app = create_app(Settings(home=tmp_path, page=tmp_path / "page"), Synthesizer(SilentEngine()))

    metrics = app.state.components.metrics
    assert [path for path in app.openapi()["paths"] if metrics.door_of(path) == ELSEWHERE] == []


SPEECH: tuple[tuple[str, dict[str, str], float], ...] = (
    ("ended_total", {"outcome": "ok"}, 1),
    ("characters_total", {}, 3),
    ("audio_seconds_total", {}, 0.4),
    ("time_to_first_audio_seconds_count", {}, 1),
    ("queue_wait_seconds_count", {}, 1),
    ("real_time_factor_count", {}, 1),
)


@pytest.mark.parametrize(("name", "labels", "expected"), SPEECH)
def test_speech_is_counted_for_its_engine(
    serve: Serve, name: str, labels: dict[str, str], expected: float
) -> None:
    client = serve(lazy=True).client  # else the rehearsal is counted too

    client.post("/v1/audio/speech", json={"input": "你好。", "response_format": "pcm"})

    assert value(client, f"huisheng_{name}", engine="silent", **labels) == pytest.approx(expected)


def test_a_client_that_leaves_is_counted_as_such(serve: Serve, endless: EndlessEngine) -> None:
    running = serve(endless)

    running.leave("/api/speech/stream", {"text": "你好。"}, endless.started)
    endless.stopped.wait()

    while not value(running.client, "huisheng_ended_total", outcome="cancelled"):
        pass
    assert value(running.client, "huisheng_errors_total") == 0


def test_a_refusal_is_counted(serve: Serve, endless: EndlessEngine) -> None:
    client = serve(endless, slots=1, queue=0).client

    with client.stream("POST", "/api/speech/stream", json={"text": "你好。"}):
        endless.started.wait()
        refused = client.post("/api/tts", json={"text": "你好。"})

    assert refused.status_code == 503
    assert value(client, "huisheng_refused_total", code="busy") == 1
    assert value(client, "huisheng_errors_total", code="busy") == 1
