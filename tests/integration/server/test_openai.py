"""The OpenAI door, with their own client."""

from __future__ import annotations

import base64
import io
import json
import wave
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest

from huisheng.labels.aigc import parse
from huisheng.labels.reading import read_label

if TYPE_CHECKING:
    from tests.integration.server.conftest import EndlessEngine, FailingEngine, Serve

ROUTE = "/v1/audio/speech"
TEXT = "你好。再见。"


def client_of(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key="unused", max_retries=0)


@pytest.fixture(scope="module")
def official(silent: httpx.Client) -> Iterator[openai.OpenAI]:
    with client_of(str(silent.base_url).rstrip("/")) as client:
        yield client


def speak(client: openai.OpenAI, **fields: object) -> bytes:
    request: dict[str, Any] = {"model": "tts-1", "voice": "alloy", "input": TEXT}
    request.update(fields)
    return client.audio.speech.create(**request).content


def test_mp3_is_the_default(official: openai.OpenAI) -> None:
    answer = official.audio.speech.create(model="tts-1", voice="alloy", input=TEXT)

    assert answer.response.headers["content-type"] == "audio/mpeg"


@pytest.mark.parametrize("name", ["mp3", "opus", "flac", "wav"])
def test_every_format_carries_the_label(official: openai.OpenAI, name: str) -> None:
    label = read_label(speak(official, response_format=name))

    assert label is not None
    assert label.label == "1"


def test_pcm_carries_the_label_in_a_header(official: openai.OpenAI) -> None:
    answer = official.audio.speech.create(model="tts-1", voice="alloy", input=TEXT, response_format="pcm")

    assert parse(answer.response.headers["x-aigc"]).label == "1"


def test_a_streamed_wav_says_that_its_length_is_unknown(official: openai.OpenAI) -> None:
    wav = speak(official, response_format="wav")

    assert wav[4:8] == b"\xff\xff\xff\xff"
    assert wav.startswith(b"RIFF")


def test_pcm_is_the_sound_of_the_wav(official: openai.OpenAI) -> None:
    pcm, wav = speak(official, response_format="pcm"), speak(official, response_format="wav")

    assert wav.endswith(pcm)


def test_the_client_streams_to_a_file(official: openai.OpenAI) -> None:
    with official.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="coral", input=TEXT, response_format="pcm", instructions="Cheerful"
    ) as answer:
        received = b"".join(answer.iter_bytes())

    assert len(received) > 24_000


@pytest.mark.parametrize("voice", ["alloy", "verse", "silent", {"id": "silent"}, None])
def test_voices_go_by_their_names_or_ours(silent: httpx.Client, voice: object) -> None:
    assert silent.post(ROUTE, json={"input": TEXT, "voice": voice}).status_code == 200


def test_unknown_fields_are_ignored(silent: httpx.Client) -> None:
    assert silent.post(ROUTE, json={"input": TEXT, "stream": True, "lang_code": "z"}).status_code == 200


@pytest.mark.parametrize(("speed", "clamped"), [(0.25, "0.5"), (4, "2"), (1.5, None)])
def test_a_speed_out_of_range_is_clamped_with_a_header(
    silent: httpx.Client, speed: float, clamped: str | None
) -> None:
    answer = silent.post(ROUTE, json={"input": TEXT, "speed": speed})

    assert answer.status_code == 200
    assert answer.headers.get("x-huisheng-speed-clamped") == clamped


@pytest.mark.parametrize(
    ("fields", "code", "parameter"),
    [
        ({"input": ""}, "empty_text", "input"),
        ({"input": "好" * 20_001}, "text_too_long", "input"),
        ({"voice": "nobody"}, "unknown_voice", "voice"),
        ({"response_format": "aac"}, "unsupported_format", "response_format"),
        ({"speed": 5.0}, "out_of_range", "speed"),
        ({"speed": "fast"}, "malformed_fields", "speed"),
        ({"extra_body": {"emotion": "hungry"}}, "unknown_emotion", "emotion"),
    ],
)
def test_their_client_understands_our_refusals(
    official: openai.OpenAI, fields: dict[str, Any], code: str, parameter: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        speak(official, **fields)

    assert (caught.value.code, caught.value.param) == (code, parameter)
    assert caught.value.type == "invalid_request_error"


def test_a_client_that_asks_for_aac_is_answered_with_what_to_set(official: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Use mp3"):
        speak(official, response_format="aac")


def test_events_carry_the_audio_and_end_with_the_usage(silent: httpx.Client) -> None:
    fields = {"input": TEXT, "response_format": "pcm"}
    answer = silent.post(ROUTE, json=fields | {"stream_format": "sse"})
    events = [json.loads(block.removeprefix("data: ")) for block in answer.text.split("\n\n") if block]

    sound = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert sound == silent.post(ROUTE, json=fields).content
    assert events[-1]["type"] == "speech.audio.done"
    assert events[-1]["usage"]["input_tokens"] == len(TEXT)


@pytest.mark.parametrize("name", ["mp3", "opus", "flac", "wav", "pcm"])
def test_every_event_before_the_last_carries_sound(silent: httpx.Client, name: str) -> None:
    answer = silent.post(ROUTE, json={"input": TEXT, "response_format": name, "stream_format": "sse"})
    *events, last = [json.loads(block.removeprefix("data: ")) for block in answer.text.split("\n\n") if block]

    assert {event["type"] for event in events} == {"speech.audio.delta"}
    assert all(event["audio"] for event in events)
    assert set(last["usage"]) == {"input_tokens", "output_tokens", "total_tokens"}


def test_a_failure_among_events_is_the_last_event(serve: Serve, failing: Callable[[], FailingEngine]) -> None:
    answer = serve(failing()).client.post(ROUTE, json={"input": TEXT, "stream_format": "sse"})

    last = json.loads(answer.text.split("\n\n")[-2].removeprefix("data: "))
    assert (last["type"], last["error"]["code"]) == ("error", "engine")


def test_a_failure_in_bare_audio_breaks_the_connection(
    serve: Serve, failing: Callable[[], FailingEngine]
) -> None:
    client = serve(failing()).client

    with pytest.raises(httpx.RemoteProtocolError):
        client.post(ROUTE, json={"input": TEXT, "response_format": "pcm"})


def test_a_failure_before_the_first_sound_is_a_500(
    serve: Serve, failing: Callable[[], FailingEngine]
) -> None:
    answer = serve(failing()).client.post(ROUTE, json={"input": "。。。" + TEXT})

    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "server_error")


def test_their_client_learns_when_to_return(serve: Serve, endless: EndlessEngine) -> None:
    running = serve(endless, slots=1, queue=0)
    with running.client.stream("POST", ROUTE, json={"input": TEXT, "response_format": "pcm"}) as held_slot:
        sound = held_slot.iter_bytes()
        next(sound)
        with client_of(running.address) as official, pytest.raises(openai.InternalServerError) as caught:
            speak(official)

    assert (caught.value.status_code, caught.value.code) == (503, "busy")
    assert int(caught.value.response.headers["retry-after"]) > 0


def test_a_client_that_leaves_stops_the_synthesis(serve: Serve, endless: EndlessEngine) -> None:
    client = serve(endless).client

    with client.stream("POST", ROUTE, json={"input": TEXT, "response_format": "wav"}) as answer:
        next(answer.iter_bytes())

    assert endless.stopped.wait(30)


def test_models_are_listed_and_found(official: openai.OpenAI) -> None:
    models = [model.id for model in official.models.list()]

    assert "tts-1" in models
    assert official.models.retrieve(models[0]).id == models[0]


def test_an_unknown_model_is_a_404(official: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        official.models.retrieve("whisper-1")

    assert caught.value.code == "model_not_found"


def test_voices_are_listed_by_id_and_name(silent: httpx.Client) -> None:
    assert silent.get("/v1/audio/voices").json() == {"voices": [{"id": "silent", "name": "无声"}]}


def test_an_unknown_address_is_refused_in_their_shape(silent: httpx.Client) -> None:
    assert silent.get("/v1/nothing").json()["error"]["code"] == "not_found"


def test_a_wav_header_declares_24_khz_mono_16_bit(official: openai.OpenAI) -> None:
    with wave.open(io.BytesIO(speak(official, response_format="wav"))) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (24_000, 1, 2)
