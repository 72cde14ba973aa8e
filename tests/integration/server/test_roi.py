"""`GET /api/roi`: open to everybody, exact, and bounded whatever is asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from huisheng.economics.scenario import INPUTS
from huisheng.economics.speed import SPEED, format_speed

if TYPE_CHECKING:
    from tests.integration.server.conftest import Serve

pytestmark = pytest.mark.slow


def ask(client: httpx.Client, **inputs: object) -> httpx.Response:
    return client.get("/api/roi", params={name: str(value) for name, value in inputs.items()})


def test_a_thousand_calls_at_a_fen_lose_500_yuan_a_month(silent: httpx.Client) -> None:
    found = ask(silent, price_fen=1, price_calls=1, fee_share=0, calls_per_day=1_000).json()

    assert (found["month"]["revenue_fen"], found["month"]["profit_fen"]) == (30_000, -50_000)
    assert found["findings"][0]["code"] == "loss"
    assert found["payback"] == {"months": None, "within_life": False}


def test_a_unit_price_is_exact(silent: httpx.Client) -> None:
    assert ask(silent, price_fen=990, price_calls=1_000).json()["price_per_call"] == "0.99"


def test_the_measured_speed_of_the_server_is_used(serve: Serve) -> None:
    running = serve(lazy=True)
    assert ask(running.client).json()["speed"]["source"] == "assumed"

    home = running.app.state.components.settings.home
    (home / SPEED).write_text(format_speed(20.0), encoding="utf-8")

    assert ask(running.client).json()["speed"]["characters_per_second"] == 20.0


def test_a_product_has_the_price_of_the_plan_file(silent: httpx.Client) -> None:
    assert ask(silent, product="enterprise").json()["price_per_call"] == "1.99"
    assert ask(silent, product="enterprise", price_fen=10_000).json()["price_per_call"] == "1"


def test_a_product_that_is_not_sold_is_told(silent: httpx.Client) -> None:
    answer = ask(silent, product="gold")

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_product")


def test_a_plan_file_with_a_mistake_is_told_without_its_folder(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "plans.toml").write_text("schema = 0\n")
    client = serve(lazy=True, plans=tmp_path / "plans.toml").client

    answer = ask(client, product="basic")

    assert (answer.status_code, answer.json()["code"]) == (503, "plan_file")
    assert str(tmp_path) not in answer.text
    assert ask(client).status_code == 200


def test_neither_key_nor_origin_is_asked_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_API_KEYS", "0123456789abcdef")
    client = serve(lazy=True).client

    assert client.get("/api/roi", headers={"Origin": "https://elsewhere.example"}).status_code == 200
    assert client.get("/api/voices").status_code == 401


def test_a_chart_has_the_points_that_are_asked_for(silent: httpx.Client) -> None:
    points: list[dict[str, Any]] = ask(silent, points=200, calls_per_day=100_000).json()["series"]

    assert 200 <= len(points) <= 202
    assert all(point["revenue_fen"] - point["cost_fen"] == point["profit_fen"] for point in points)


@pytest.mark.parametrize("name", INPUTS)
def test_declared_bounds_are_accepted_and_what_lies_beyond_is_refused(
    silent: httpx.Client, name: str
) -> None:
    parameters = silent.get("/openapi.json").json()["paths"]["/api/roi"]["get"]["parameters"]
    (schema,) = [each["schema"] for each in parameters if each["name"] == name]
    schema = schema["anyOf"][0] if "anyOf" in schema else schema
    low, high = schema["minimum"], schema["maximum"]
    low, high = (int(low), int(high)) if schema["type"] == "integer" else (low, high)

    assert [ask(silent, **{name: value}).status_code for value in (low, high)] == [200, 200]
    assert [ask(silent, **{name: value}).json()["code"] for value in (low - 1, high + 1)] == [
        "out_of_range",
        "out_of_range",
    ]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("calls_per_day=many", 422, "malformed_fields"),
        ("calls_per_day=1.5", 422, "malformed_fields"),
        ("free_share=nan", 422, "malformed_fields"),
        ("free_share=0.0000001", 422, "malformed_fields"),
        ("free_share=1e-999999999", 422, "malformed_fields"),
        ("rtf=1e999999999", 422, "malformed_fields"),
        ("calls_per_day=" + "9" * 400, 400, "out_of_range"),
        ("calls_per_day=" + "9" * 5_000, 422, "malformed_fields"),
        ("call_per_day=1", 400, "unknown_field"),
        ("points=3&points=4", 400, "repeated_field"),
    ],
)
def test_what_is_no_input_is_refused(silent: httpx.Client, query: str, status: int, code: str) -> None:
    answer = silent.get(f"/api/roi?{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
