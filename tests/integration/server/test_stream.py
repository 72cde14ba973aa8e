"""`POST /api/speech/stream`: lines of JSON while the speech is made."""

from __future__ import annotations

import base64
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import soundfile

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.server.conftest import EndlessEngine, FailingEngine, HeldEngine, Serve

ROUTE = "/api/speech/stream"
TEXT = "你好，世界。再见！"


def lines_of(client: httpx.Client, **fields: object) -> list[dict[str, Any]]:
    answer = client.post(ROUTE, json={"text": TEXT} | fields)
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def pcm_of(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(line["audio"]) for line in lines if line["type"] == "audio")


def test_a_stream_starts_speaks_and_is_done(silent: httpx.Client) -> None:
    kinds = [line["type"] for line in lines_of(silent)]

    assert (kinds[0], set(kinds[1:-1]), kinds[-1]) == ("start", {"audio"}, "done")


def test_the_first_line_tells_rate_length_and_label(silent: httpx.Client) -> None:
    start = lines_of(silent)[0]

    assert (start["sample_rate"], start["characters"]) == (24_000, len(TEXT))
    assert json.loads(start["aigc"])["Label"] == "1"


def test_the_stored_file_holds_the_streamed_samples(silent: httpx.Client) -> None:
    lines = lines_of(silent)

    samples, _ = soundfile.read(io.BytesIO(silent.get(lines[-1]["audio_url"]).content), dtype="int16")

    assert samples.tobytes() == pcm_of(lines)


def test_the_duration_is_that_of_the_samples(silent: httpx.Client) -> None:
    lines = lines_of(silent)

    assert lines[-1]["duration"] == pytest.approx(len(pcm_of(lines)) / 2 / 24_000, abs=1e-3)


def test_the_stored_file_has_format_and_rate_of_the_request(silent: httpx.Client) -> None:
    done = lines_of(silent, format="flac", sample_rate=16_000)[-1]

    info = soundfile.info(io.BytesIO(silent.get(done["audio_url"]).content))

    assert (info.format, info.samplerate) == ("FLAC", 16_000)


def test_timings_name_each_syllable_in_order(silent: httpx.Client) -> None:
    timings = [timing for line in lines_of(silent)[1:-1] for timing in line["timings"]]

    assert "".join(TEXT[timing["start"] : timing["end"]] for timing in timings) == "你好世界再见"
    assert all(before["time_end"] <= after["time"] + 1e-3 for before, after in pairwise(timings))


def test_progress_reaches_the_end_of_the_text(silent: httpx.Client) -> None:
    progress = [line["spoken_until"] for line in lines_of(silent)[1:-1]]

    assert progress == sorted(progress)
    assert progress[-1] == len(TEXT)


def test_the_first_line_comes_before_the_engine_has_spoken(serve: Serve, held_engine: HeldEngine) -> None:
    client = serve(held_engine, lazy=True).client

    with client.stream("POST", ROUTE, json={"text": TEXT}) as answer:
        lines = answer.iter_lines()
        first = json.loads(next(lines))
        held_engine.go.set()

    assert first["type"] == "start"


def test_a_failure_on_the_way_is_the_last_line(serve: Serve, failing: Callable[[], FailingEngine]) -> None:
    lines = lines_of(serve(failing()).client)

    assert [line["type"] for line in lines][-2:] == ["audio", "error"]
    assert lines[-1]["code"] == "engine"


def test_an_unexpected_failure_is_reported_and_breaks_the_connection(
    serve: Serve, failing: Callable[[Exception], FailingEngine]
) -> None:
    lines = list[str]()
    client = serve(failing(ValueError("unforeseen"))).client

    with (
        pytest.raises(httpx.RemoteProtocolError),
        client.stream("POST", ROUTE, json={"text": TEXT}) as answer,
    ):
        lines.extend(answer.iter_lines())

    assert json.loads(lines[-1])["code"] == "internal"


def test_a_broken_stream_leaves_no_file(
    serve: Serve, failing: Callable[[], FailingEngine], tmp_path: Path
) -> None:
    lines_of(serve(failing()).client)

    assert not list((tmp_path / "audio").glob("[!.]*"))


def test_text_stays_out_of_the_log(
    serve: Serve, failing: Callable[[], FailingEngine], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    lines_of(serve(failing()).client)

    assert "engine" in caplog.text.lower()
    assert not set("你好世界再见") & set(caplog.text)


def test_a_client_that_leaves_stops_the_synthesis(serve: Serve, endless: EndlessEngine) -> None:
    client = serve(endless).client

    with client.stream("POST", ROUTE, json={"text": TEXT}) as answer:
        lines = answer.iter_lines()
        assert [json.loads(next(lines))["type"] for _ in range(2)] == ["start", "audio"]

    assert endless.stopped.wait(30)


def test_a_client_that_leaves_frees_its_slot(serve: Serve, endless: EndlessEngine) -> None:
    client = serve(endless, slots=1, queue=1).client
    request = client.build_request("POST", ROUTE, json={"text": TEXT})

    for _ in range(3):
        answer = client.send(request, stream=True)
        lines = answer.iter_lines()
        assert [json.loads(next(lines))["type"] for _ in range(2)] == ["start", "audio"]
        answer.close()
        assert endless.stopped.wait(30)  # the server has seen that the client left
        endless.stopped.clear()


def test_a_client_that_leaves_leaves_no_file(serve: Serve, endless: EndlessEngine, tmp_path: Path) -> None:
    running = serve(endless)

    running.leave(ROUTE, {"text": TEXT}, once=endless.started)
    assert endless.stopped.wait(30)
    assert running.client.post("/api/tts", json={"text": ""}).status_code == 400

    assert not list((tmp_path / "audio").glob("[!.]*"))


def test_a_reader_that_stops_reading_loses_its_slot(serve: Serve, endless: EndlessEngine) -> None:
    client = serve(endless, stall=0.2).client

    with client.stream("POST", ROUTE, json={"text": TEXT}):
        assert endless.stopped.wait(30)


@pytest.mark.parametrize("route", [ROUTE, "/api/tts", "/tts"])
def test_a_request_beyond_slots_and_queue_is_refused_with_when_to_return(
    serve: Serve, endless: EndlessEngine, route: str
) -> None:
    client = serve(endless, slots=1, queue=0).client

    with client.stream("POST", ROUTE, json={"text": TEXT}) as held_slot:
        lines = held_slot.iter_lines()  # kept: a dropped iterator closes the connection
        next(lines)
        answer = client.post(route, json={"text": TEXT})

    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert int(answer.headers["retry-after"]) > 0


def test_a_wrong_request_is_refused_even_when_all_slots_are_taken(
    serve: Serve, endless: EndlessEngine
) -> None:
    client = serve(endless, slots=1, queue=1).client

    with client.stream("POST", ROUTE, json={"text": TEXT}) as held_slot:
        lines = held_slot.iter_lines()  # kept: a dropped iterator closes the connection
        next(lines)
        answer = client.post(ROUTE, json={"text": "。"})

    assert (answer.status_code, answer.json()["code"]) == (400, "empty_text")
