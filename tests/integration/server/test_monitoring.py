"""What lies in deploy/monitoring, with a real Prometheus that watches over a real server."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from huisheng.server.observability.metrics import Gauges, Metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

FOLDER: Final = Path(__file__).resolve().parents[3] / "deploy/monitoring"
DASHBOARD: Final = json.loads((FOLDER / "grafana/huisheng.json").read_text(encoding="utf-8"))
EXAMPLE_TARGET: Final = "127.0.0.1:8000"
TIMEOUT: Final = 60.0
"""Seconds."""

T = TypeVar("T")

NAME: Final = re.compile(r"\b(?:(?:job:)?huisheng|process)_[a-z0-9_:]+")

SUFFIXES: Final = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
"""Kind of metric → suffixes of its series."""

VARIABLES: Final = {"$__rate_interval": "1m", "$instance": ".*", "$engine": ".*"}
"""What Grafana puts in their place."""


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)


def eventually(ask: Callable[[], T]) -> T:
    """The first answer that is not empty."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        try:
            if found := ask():
                return found
        except httpx.TransportError:
            pass  # it does not listen yet
        time.sleep(0.1)
    pytest.fail("Prometheus has not told it in time.")


class Prometheus:
    """A running one."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def ready(self) -> bool:
        return self._client.get("/-/ready").status_code == 200

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of now; fails where the expression is not valid."""
        answer = self._client.get("/api/v1/query", params={"query": expression})
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        return answer.json()["data"]["result"]

    def rules(self) -> list[dict[str, Any]]:
        """All, once each has been evaluated."""
        groups = self._client.get("/api/v1/rules").json()["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return [] if any(rule["health"] == "unknown" for rule in rules) else rules


@pytest.fixture(scope="module")
def prometheus(silent: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Runs on our example of a configuration, a little faster, with our rules."""
    folder = tmp_path_factory.mktemp("prometheus")
    configuration = (FOLDER / "prometheus.yml").read_text(encoding="utf-8").replace(": 15s", ": 1s")
    target = f"127.0.0.1:{silent.base_url.port}"
    assert EXAMPLE_TARGET in configuration
    (folder / "prometheus.yml").write_text(configuration.replace(EXAMPLE_TARGET, target), encoding="utf-8")
    (folder / "alerts.yml").write_bytes((FOLDER / "alerts.yml").read_bytes())
    with _running(folder) as client:
        running = Prometheus(client)
        eventually(running.ready)
        yield running


@contextmanager
def _running(folder: Path) -> Generator[httpx.Client]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = (
        "prometheus",
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        f"--web.listen-address={address}",
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://{address}", trust_env=False) as client:
            yield client
    finally:
        process.terminate()
        process.wait()


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def dashboard_expressions() -> list[str]:
    expressions = [target["expr"] for panel in panels() for target in panel["targets"]]
    for variable, value in VARIABLES.items():
        expressions = [expression.replace(variable, value) for expression in expressions]
    return expressions


def metric_names(*, accounts: bool = False) -> set[str]:
    """The names of everything that `/metrics` may hold, without accounts or with them."""
    gauges = Gauges(lambda: True, lambda: 1, lambda: 0, lambda: 0, lambda: (os.getpid(),), lambda: (0, 0))
    metrics, names = Metrics(gauges), set[str]()
    if accounts:
        metrics.add_usage()
    for family in text_string_to_metric_families(metrics.render("").content.decode()):
        names |= {family.name + suffix for suffix in SUFFIXES.get(family.type, ("",))}
    return names


def test_the_example_of_a_configuration_is_valid() -> None:
    checked = promtool("check", "config", "prometheus.yml")

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_rules_are_valid_and_without_faults() -> None:
    checked = promtool("check", "rules", "--lint=all", "--lint-fatal", "alerts.yml")

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_rules_fire_when_they_should_and_only_then() -> None:
    tested = promtool("test", "rules", "alerts_test.yml")

    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_is_seen_to_fire_in_a_test(prometheus: Prometheus) -> None:
    tests = (FOLDER / "alerts_test.yml").read_text(encoding="utf-8")

    alerts = [rule["name"] for rule in eventually(prometheus.rules) if rule["type"] == "alerting"]

    assert [name for name in alerts if f'alertname="{name}"' not in tests] == []


def test_every_alert_says_how_bad_it_is_what_happened_and_what_to_do(prometheus: Prometheus) -> None:
    alerts = [rule for rule in eventually(prometheus.rules) if rule["type"] == "alerting"]

    assert {alert["labels"]["severity"] for alert in alerts} == {"critical", "warning"}
    for text in (alert["annotations"][kind] for alert in alerts for kind in ("summary", "action")):
        chinese, _, english = text.partition("。 ")
        assert re.search("[一-鿿]", chinese)
        assert not re.search("[一-鿿]", english)
        assert english


def test_prometheus_reads_what_a_real_server_tells(prometheus: Prometheus, silent: httpx.Client) -> None:
    silent.get("/api/voices")
    asked = 'huisheng_requests_total{job="huisheng", route="/api/voices", status="200"} >= 1'

    (sample,) = eventually(lambda: prometheus.query(asked))

    assert sample["metric"]["door"] == "own"
    assert prometheus.query('up{job="huisheng"}')[0]["value"][1] == "1"


def test_every_rule_is_evaluated_without_fault(prometheus: Prometheus) -> None:
    rules = eventually(prometheus.rules)

    assert len(rules) > 10
    assert [rule["lastError"] for rule in rules if rule["health"] != "ok"] == []


@pytest.mark.parametrize("expression", dashboard_expressions())
def test_every_expression_of_the_dashboard_is_valid(prometheus: Prometheus, expression: str) -> None:
    assert prometheus.query(expression) is not None


def test_rules_and_dashboard_name_only_what_the_server_tells(prometheus: Prometheus) -> None:
    rules = eventually(prometheus.rules)
    variables = [variable["query"]["query"] for variable in DASHBOARD["templating"]["list"][1:]]
    expressions = [*(rule["query"] for rule in rules), *dashboard_expressions(), *variables]
    recorded = {rule["name"] for rule in rules if rule["type"] == "recording"}

    named = {name for expression in expressions for name in NAME.findall(expression)}

    assert named - recorded - metric_names(accounts=True) == set()


def test_everything_that_the_server_tells_of_speech_is_on_the_dashboard() -> None:
    shown = " ".join(dashboard_expressions())
    ours = {name for name in metric_names() if name.startswith("huisheng_") and "_process_" not in name}

    assert {name for name in ours if not name.endswith(("_sum", "_count")) and name not in shown} == set()


def test_panels_lie_beside_each_other_and_have_numbers_of_their_own() -> None:
    taken = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]

    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24
    assert len(set(numbers)) == len(numbers)


def test_the_dashboard_names_no_data_source_of_ours() -> None:
    """An identifier of one installation would leave every panel empty in another."""
    sources = {panel["datasource"]["uid"] for panel in panels()}
    sources |= {target["datasource"]["uid"] for panel in panels() for target in panel["targets"]}

    assert sources == {"${datasource}"}
    assert DASHBOARD["id"] is None
