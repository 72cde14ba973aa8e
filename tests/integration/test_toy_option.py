"""A new option of a synthesis is one field: requests, flags and reference rows follow from it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import argparse, json
from dataclasses import dataclass
from typing import Annotated

from huisheng.runtime import options


@dataclass(frozen=True, slots=True, kw_only=True)
class WithBreath(options.SynthesisOptions):
    breath: Annotated[
        float, options.Option(options.NUMBER, "气息，{range}。", "Breath.", bounds=(0.0, 1.0))
    ] = 0.0


options.OPTIONS = options.describe_options(WithBreath)
options.SynthesisOptions = WithBreath

from huisheng.cli import source
from huisheng.server.doors.stream_messages import Start
from huisheng.server.speech.schemas import SpeechQuery, SpeechRequest
from tools.options_tables import PAGES, fill

parser = argparse.ArgumentParser()
source.add_options(parser)
page = PAGES[0]
print(json.dumps({
    "json": SpeechRequest.model_validate({"text": "好", "breath": 0.5}).options().breath,
    "query": SpeechQuery.model_validate({"text": "好", "breath": "0.25"}).options().breath,
    "message": Start.model_validate({"breath": 1}).options().breath,
    "schema": SpeechRequest.model_json_schema()["properties"]["breath"],
    "flag": source.read_options(parser.parse_args(["--breath", "0.75"])).breath,
    "row": next(
        line for line in fill(page, page.path.read_text(encoding="utf-8")).splitlines() if "`breath`" in line
    ),
}))
"""


@pytest.fixture(scope="module")
def interfaces() -> dict[str, Any]:
    """What the interfaces make of a field that is added in a process of its own."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=False, text=True)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_every_interface_takes_the_option(interfaces: dict[str, Any]) -> None:
    assert (interfaces["json"], interfaces["query"], interfaces["message"], interfaces["flag"]) == (
        0.5,
        0.25,
        1.0,
        0.75,
    )


def test_openapi_tells_its_bounds_default_and_words(interfaces: dict[str, Any]) -> None:
    schema = interfaces["schema"]

    assert (schema["minimum"], schema["maximum"], schema["default"]) == (0.0, 1.0, 0.0)
    assert schema["description"] == "气息，0–1。Breath."


def test_the_reference_has_a_row_for_it(interfaces: dict[str, Any]) -> None:
    assert interfaces["row"] == "| `breath` | 0 | 气息，0–1 |"
