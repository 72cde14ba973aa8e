"""`/openapi.json` and `/docs`: complete, true, and without anything from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

TOKENS = Path(__file__).resolve().parents[3] / "web/src/tokens.css"
ROUTES = {
    "/tts",
    "/api/tts",
    "/synthesize",
    "/api/speech",
    "/api/speech/stream",
    "/audio/{name}",
    "/v1/audio/speech",
    "/v1/models",
    "/v1/models/{model}",
    "/v1/audio/voices",
    "/api/voices",
    "/api/emotions",
    "/api/read",
    "/api/roi",
    "/healthz",
    "/readyz",
    "/metrics",
}


@pytest.fixture(scope="module")
def description(silent: httpx.Client) -> dict[str, Any]:
    return silent.get("/openapi.json").json()


def icon(page: str) -> str:
    """Address of the page's icon."""
    return re.findall(r'rel="icon" href="([^"]*)"', page)[0]


def test_every_address_is_described(description: dict[str, Any]) -> None:
    assert set(description["paths"]) == ROUTES


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/(\w+)", str(description)))

    assert names <= set(description["components"]["schemas"])
    assert "$defs" not in str(description)


def test_errors_of_the_framework_are_not_promised(description: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(description)


def test_every_example_of_a_request_is_answered(silent: httpx.Client, description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for path, methods in description["paths"].items():
        if "post" not in methods:
            continue
        reference = methods["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for example in schemas[reference.rpartition("/")[2]]["examples"]:
            assert silent.post(path, json=example).status_code == 200


def test_the_example_of_a_result_has_every_field(silent: httpx.Client, description: dict[str, Any]) -> None:
    example = description["components"]["schemas"]["SpeechResult"]["examples"][0]

    assert set(example) == set(silent.post("/api/tts", json={"text": "好"}).json())


def test_the_page_names_every_address(silent: httpx.Client) -> None:
    page = silent.get("/docs").text

    assert all(f" {path}<" in page for path in ROUTES)


def test_the_page_loads_nothing(silent: httpx.Client) -> None:
    page = silent.get("/docs").text

    assert not re.findall(r"<script|<img|src=|url\(|@import", page)
    assert re.findall(r"<link[^>]*", page) == [f'<link rel="icon" href="{icon(page)}"']


def test_the_page_has_an_icon_of_its_own(silent: httpx.Client) -> None:
    assert icon(silent.get("/docs").text).startswith("data:image/svg+xml,%3Csvg")


def test_the_page_has_the_colours_of_the_product(silent: httpx.Client) -> None:
    page = silent.get("/docs").text
    light, dark = (dict(re.findall(r"(--[\w-]+): (#\w+);", part)) for part in page.split("@media", 1))

    tokens = re.findall(r"(--[\w-]+): light-dark\((#\w+), (#\w+)\);", TOKENS.read_text(encoding="utf-8"))
    assert light
    assert light == {name: value for name, value, _ in tokens if name in light}
    assert dark == {name: value for name, _, value in tokens if name in light}


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("/docs", '<html lang="zh-CN">'),
        ("/docs?theme=dark", '<html lang="zh-CN" data-theme="dark">'),
        ("/docs?theme=light", '<html lang="zh-CN" data-theme="light">'),
        ('/docs?theme="><script>', '<html lang="zh-CN">'),
    ],
)
def test_the_page_takes_the_theme_of_its_address(silent: httpx.Client, address: str, root: str) -> None:
    assert root in silent.get(address).text


def test_every_line_of_the_contents_leads_to_a_place_of_its_own(silent: httpx.Client) -> None:
    page = silent.get("/docs").text

    anchors = re.findall(r'<li[^>]*><a href="#([^"]+)"', page)
    assert len(set(anchors)) == len(anchors) > len(ROUTES)
    assert all(page.count(f'id="{anchor}"') == 1 for anchor in anchors)


def test_the_type_of_a_problem_leads_to_its_row(silent: httpx.Client) -> None:
    kind = silent.post("/api/tts", json={"text": ""}).json()["type"]

    page, _, anchor = kind.partition("#")
    assert f'id="{anchor}"' in silent.get(page).text
