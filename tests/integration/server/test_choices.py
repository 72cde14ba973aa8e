"""`/api/voices` and `/api/emotions`: everything offered is accepted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from huisheng.engines.protocol import Capabilities
from huisheng.testing import SILENT_VOICE, SilentEngine

if TYPE_CHECKING:
    from tests.integration.server.conftest import Serve


class ReservedEngine(SilentEngine):
    """Shows two emotions only."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("reserved", (replace(SILENT_VOICE, emotions=("neutral", "calm")),))


@pytest.fixture(scope="module")
def choices(silent: httpx.Client) -> dict[str, Any]:
    return silent.get("/api/emotions").json()


def test_voices_are_described_and_one_is_the_default(silent: httpx.Client) -> None:
    answer = silent.get("/api/voices").json()

    assert answer["default"] == "silent"
    assert answer["voices"][0]["name"] == "无声"


def test_every_emotion_offered_is_accepted(silent: httpx.Client, choices: dict[str, Any]) -> None:
    for emotion in choices["emotions"]:
        answer = silent.post("/api/tts", json={"text": "好", "emotion": emotion["id"]})
        assert answer.json()["emotion"] == emotion["id"]


def test_only_what_the_engine_shows_is_offered(serve: Serve) -> None:
    offered = serve(ReservedEngine(), lazy=True).client.get("/api/emotions").json()

    assert {emotion["id"] for emotion in offered["emotions"]} == {"neutral", "calm"}
    assert {alias["emotion"] for alias in offered["aliases"].values()} <= {"neutral", "calm"}


def test_every_alias_stands_for_the_emotion_it_names(silent: httpx.Client) -> None:
    aliases = silent.get("/api/emotions").json()["aliases"]

    name, meaning = next(iter(aliases.items()))

    assert (
        silent.post("/api/tts", json={"text": "好", "emotion": name}).json()["emotion"] == meaning["emotion"]
    )


def test_all_emotions_at_the_same_time_are_returned(silent: httpx.Client) -> None:
    answer = silent.post("/api/tts", json={"text": "好", "emotion": "sad:0.7+calm:0.3"})

    assert answer.json()["emotion"] == "sad+calm"


@pytest.mark.parametrize("name", ["intensity", "speed", "pitch", "volume"])
@pytest.mark.parametrize("end", ["min", "max", "default"])
def test_the_ends_of_every_range_are_accepted(silent: httpx.Client, name: str, end: str) -> None:
    value = silent.get("/api/emotions").json()[name][end]

    assert silent.post("/api/tts", json={"text": "好", name: value}).status_code == 200


def test_every_format_and_rate_offered_is_accepted(silent: httpx.Client) -> None:
    offered = silent.get("/api/emotions").json()

    requests = [{"format": name} for name in offered["formats"]]
    requests += [{"sample_rate": rate} for rate in offered["sample_rates"]]

    assert {silent.post("/api/tts", json={"text": "好"} | fields).status_code for fields in requests} == {200}


def test_the_limit_is_the_one_that_holds(silent: httpx.Client) -> None:
    limit = silent.get("/api/emotions").json()["limit"]

    assert silent.post("/api/tts", json={"text": "。" * (limit + 1)}).json()["code"] == "text_too_long"
    assert silent.post("/api/tts", json={"text": "。" * limit}).json()["code"] == "empty_text"
