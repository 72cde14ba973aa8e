"""What is told is counted, and shown as Prometheus reads it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from huisheng.runtime.observer import Observer, RequestSummary
from huisheng.server.observability.metrics import Gauges, Metrics
from huisheng.units import Seconds

IDLE = Gauges(
    ready=lambda: True,
    slots=lambda: 2,
    slots_in_use=lambda: 0,
    waiting=lambda: 0,
    workers=tuple[int],
    sentences=lambda: (0, 0),
)

SERIES = tuple[str, frozenset[tuple[str, str]]]


def metrics(codes: tuple[str, ...] = ()) -> Metrics:
    return Metrics(IDLE, codes)


def samples(counted: Metrics) -> dict[SERIES, float]:
    """Every sample of the page, by its name and labels."""
    families = text_string_to_metric_families(counted.render("").content.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(counted: Metrics, name: str, **labels: str) -> float:
    return samples(counted)[name, frozenset(labels.items())]


def account(**changed: object) -> RequestSummary:
    given: dict[str, object] = {
        "engine": "sambert",
        "outcome": "ok",
        "characters": 6,
        "audio": Seconds(2.0),
        "work": Seconds(0.5),
    }
    return RequestSummary(**(given | changed))  # pyright: ignore[reportArgumentType]


def test_metrics_observe_scheduling() -> None:
    observer: Observer = metrics()

    observer.on_worker_lost()


TOLD: tuple[tuple[Callable[[Metrics], None], str, dict[str, str], float], ...] = (
    (lambda m: m.on_refusal("kokoro", "busy"), "refused_total", {"engine": "kokoro", "code": "busy"}, 1),
    (lambda m: m.on_wait("kokoro", Seconds(0.02)), "queue_wait_seconds_sum", {"engine": "kokoro"}, 0.02),
    (
        lambda m: m.on_first_audio("kokoro", Seconds(0.2)),
        "time_to_first_audio_seconds_sum",
        {"engine": "kokoro"},
        0.2,
    ),
    (lambda m: m.on_underrun("kokoro", Seconds(0.3)), "underruns_total", {"engine": "kokoro"}, 1),
    (lambda m: m.on_underrun("kokoro", Seconds(0.3)), "underrun_seconds_total", {"engine": "kokoro"}, 0.3),
    (lambda m: m.on_end(account()), "ended_total", {"engine": "sambert", "outcome": "ok"}, 1),
    (lambda m: m.on_end(account()), "characters_total", {"engine": "sambert"}, 6),
    (lambda m: m.on_end(account()), "audio_seconds_total", {"engine": "sambert"}, 2),
    (lambda m: m.on_end(account()), "work_seconds_total", {"engine": "sambert"}, 0.5),
    (lambda m: m.on_end(account()), "real_time_factor_sum", {"engine": "sambert"}, 0.25),
    (lambda m: m.on_worker_lost(), "worker_restarts_total", {}, 1),
    (
        lambda m: m.on_cache_lookup(hit=True),
        "cache_lookups_total",
        {"level": "request", "result": "hit"},
        1,
    ),
    (
        lambda m: m.on_cache_lookup(hit=False),
        "cache_lookups_total",
        {"level": "request", "result": "miss"},
        1,
    ),
    (lambda m: m.count_error("engine"), "errors_total", {"code": "engine"}, 1),
    (lambda m: m.add_websocket(), "websockets_open", {}, 1),
)


@pytest.mark.parametrize(("tell", "name", "labels", "expected"), TOLD, ids=[told[1] for told in TOLD])
def test_each_call_is_counted(
    tell: Callable[[Metrics], None], name: str, labels: dict[str, str], expected: float
) -> None:
    counted = metrics()

    tell(counted)

    assert value(counted, f"huisheng_{name}", **labels) == pytest.approx(expected)


def test_a_request_without_audio_has_no_real_time_factor() -> None:
    counted = metrics()

    counted.on_end(account(outcome="failed", audio=Seconds(0.0)))

    assert ("huisheng_real_time_factor_count", frozenset({("engine", "sambert")})) not in samples(counted)


def test_errors_begin_at_zero_so_that_the_first_is_an_increase() -> None:
    assert value(metrics(("engine",)), "huisheng_errors_total", code="engine") == 0


def test_gauges_are_asked_at_each_scrape() -> None:
    waiting = [1, 2, 3]
    counted = Metrics(
        Gauges(lambda: False, lambda: 4, lambda: 1, lambda: len(waiting), tuple[int], lambda: (0, 0))
    )

    before = value(counted, "huisheng_waiting")
    waiting.clear()

    assert (before, value(counted, "huisheng_waiting")) == (3, 0)
    assert value(counted, "huisheng_ready") == 0
    assert value(counted, "huisheng_slots") == 4
    assert value(counted, "huisheng_slots_in_use") == 1


def test_sentences_that_workers_looked_for_are_asked_at_each_scrape() -> None:
    counts = [(3, 1), (4, 6)]
    counted = Metrics(replace(IDLE, sentences=lambda: counts.pop(0)))

    hits = value(counted, "huisheng_cache_lookups_total", level="sentence", result="hit")
    misses = value(counted, "huisheng_cache_lookups_total", level="sentence", result="miss")

    assert (hits, misses) == (3, 6)


def test_each_worker_process_is_labelled_by_its_index() -> None:
    counted = Metrics(
        Gauges(lambda: True, lambda: 1, lambda: 0, lambda: 0, lambda: (os.getpid(),) * 2, lambda: (0, 0))
    )

    for place in ("0", "1"):
        assert value(counted, "huisheng_worker_process_resident_memory_bytes", worker=place) > 1e6


@pytest.mark.slow
def test_a_worker_that_died_is_left_out() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    counted = Metrics(
        Gauges(
            lambda: True, lambda: 1, lambda: 0, lambda: 0, lambda: (process.pid, os.getpid()), lambda: (0, 0)
        )
    )

    told = {labels for name, labels in samples(counted) if name.startswith("huisheng_worker_process_cpu")}

    assert told == {frozenset({("worker", "1")})}


def test_a_page_holds_one_series_a_label_and_no_moments_of_creation() -> None:
    counted = metrics()

    counted.on_refusal("kokoro", "busy")

    assert not [name for name, _ in samples(counted) if name.endswith("_created")]


def test_two_servers_in_one_process_count_apart() -> None:
    busy, idle = metrics(), metrics()

    busy.on_worker_lost()

    assert value(idle, "huisheng_worker_restarts_total") == 0


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "text/plain"),
        ("*/*", "text/plain"),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text"),
        ("application/openmetrics-text;version=\u00b2;escaping=\r\n", "application/openmetrics-text"),
    ],
)
def test_the_format_is_the_one_that_is_accepted(accept: str, media_type: str) -> None:
    page = metrics().render(accept)

    assert page.media_type.partition(";")[0] == media_type
    assert "\n" not in page.media_type


def test_open_metrics_can_be_read() -> None:
    counted = metrics()
    counted.on_end(account())

    text = counted.render(OPENMETRICS).content.decode()
    families = cast("Iterable[Metric]", openmetrics.text_string_to_metric_families(text))  # pyright: ignore[reportUnknownMemberType]

    assert "huisheng_characters" in {family.name for family in families}


OPENMETRICS = "application/openmetrics-text;version=1.0.0"

SECONDS = st.floats(min_value=0, max_value=1e6).map(Seconds)
ACCOUNTS = st.builds(
    RequestSummary,
    engine=st.sampled_from(["sambert", "kokoro"]),
    outcome=st.sampled_from(["ok", "cancelled", "failed"]),
    characters=st.integers(0, 20_000),
    audio=SECONDS,
    work=SECONDS,
)


@pytest.mark.slow
@given(st.lists(ACCOUNTS, max_size=20))
def test_sums_are_those_of_the_accounts_in_any_order(accounts: list[RequestSummary]) -> None:
    counted = metrics()

    for one in accounts:
        counted.on_end(one)

    found = samples(counted)
    total = sum(number for (name, _), number in found.items() if name == "huisheng_characters_total")
    ended = sum(number for (name, _), number in found.items() if name == "huisheng_ended_total")
    assert (total, ended) == (sum(one.characters for one in accounts), len(accounts))


def test_a_request_is_counted_under_its_labels() -> None:
    counted = metrics()

    counted.count_request("/tts", "POST", 200)

    labels = {"door": "own", "route": "/tts", "method": "POST", "status": "200"}
    assert value(counted, "huisheng_requests_total", **labels) == 1
