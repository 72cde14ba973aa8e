"""Whole files: `/tts`, `/api/tts`, `/synthesize`."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import soundfile

from huisheng.audio.encoding import FORMATS, AudioFormat
from huisheng.labels.reading import read_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.server.conftest import EndlessEngine, FailingEngine, Serve

JSON_ROUTES = ("/tts", "/api/tts", "/synthesize")
SYLLABLE = 0.2
"""Seconds that the silent engine takes for one syllable."""


def frames(wav: bytes) -> int:
    return soundfile.info(io.BytesIO(wav)).frames


@pytest.mark.parametrize("route", JSON_ROUTES)
def test_json_is_answered_with_the_address_of_the_file(silent: httpx.Client, route: str) -> None:
    answer = silent.post(route, json={"text": "你好世界", "format": "mp3"}).json()

    assert answer["status"] == "success"
    assert answer["audio_url"].endswith(".mp3")
    assert silent.get(answer["audio_url"]).headers["content-type"] == "audio/mpeg"


@pytest.mark.parametrize("route", JSON_ROUTES)
def test_the_answer_describes_what_was_spoken(silent: httpx.Client, route: str) -> None:
    answer = silent.post(route, json={"text": "你好世界", "emotion": "开心", "sample_rate": 16_000}).json()

    assert answer["duration"] == pytest.approx(4 * SYLLABLE)
    assert answer["characters"] == 4
    assert answer["emotion"] == "happy"
    assert answer["voice"] == "silent"
    assert answer["sample_rate"] == 16_000


def test_the_wav_beside_another_format_holds_the_same_sound(silent: httpx.Client) -> None:
    answer = silent.post("/api/tts", json={"text": "你好世界", "format": "flac"}).json()

    flac, wav = (silent.get(answer[name]).content for name in ("audio_url", "wav_url"))

    assert answer["audio_url"] != answer["wav_url"]
    assert frames(flac) == frames(wav) == round(4 * SYLLABLE * 24_000)


def test_wav_is_one_file_under_both_names(silent: httpx.Client) -> None:
    answer = silent.post("/api/tts", json={"text": "你好"}).json()

    assert answer["audio_url"] == answer["wav_url"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_served_with_its_media_type(silent: httpx.Client, name: AudioFormat) -> None:
    answer = silent.post("/api/tts", json={"text": "你好", "format": name}).json()

    assert silent.get(answer["audio_url"]).headers["content-type"] == FORMATS[name].media_type


@pytest.mark.parametrize("name", [name for name, info in FORMATS.items() if info.labelled])
def test_every_file_carries_a_label_of_its_own(silent: httpx.Client, name: str) -> None:
    labels = set[str]()
    for _ in range(2):
        answer = silent.post("/api/tts", json={"text": "你好", "format": name}).json()
        label = read_label(silent.get(answer["audio_url"]).content)
        assert label is not None
        labels.add(label.produce_id)

    assert len(labels) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"text": "你好", "speed": "1", "voice": ""}},
        {"files": {"text": (None, "你好")}},
        {
            "content": "text=你好".encode(),
            "headers": {"content-type": "application/x-www-form-urlencoded"},
        },
    ],
    ids=["urlencoded", "multipart", "bare utf-8"],
)
def test_a_form_is_answered_with_the_audio_as_a_download(silent: httpx.Client, body: dict[str, Any]) -> None:
    answer = silent.post("/tts", **body)

    assert answer.headers["content-disposition"] == 'attachment; filename="huisheng.wav"'
    assert answer.headers["content-type"] == "audio/wav"
    assert frames(answer.content) == round(2 * SYLLABLE * 24_000)


@pytest.mark.parametrize(
    "body",
    [
        {
            "content": "text=你好".encode("gbk"),
            "headers": {"content-type": "application/x-www-form-urlencoded"},
        },
        {"content": b"text=%FF", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"files": {"text": (None, "你好".encode("gbk"))}},
    ],
    ids=["gbk", "percent-encoded", "multipart"],
)
def test_a_form_that_is_not_utf_8_is_refused(silent: httpx.Client, body: dict[str, Any]) -> None:
    answer = silent.post("/tts", **body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_text")


def test_answers_of_synthesis_are_not_stored_by_browsers(silent: httpx.Client) -> None:
    assert silent.post("/api/tts", json={"text": "你好"}).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("fields", "code", "parameter"),
    [
        ({"text": ""}, "empty_text", "text"),
        ({}, "empty_text", "text"),
        ({"text": None}, "empty_text", "text"),
        ({"text": "。，！？……"}, "empty_text", "text"),
        ({"text": "\u202e\u200f"}, "empty_text", "text"),
        ({"text": "مرحبا"}, "unreadable_text", "text"),
        ({"text": "<speak>Привет</speak>"}, "unreadable_text", "text"),
        ({"text": "好\ud800"}, "invalid_text", "text"),
        ({"text": "好" * 20_001}, "text_too_long", "text"),
        ({"text": "好", "voice": "nobody"}, "unknown_voice", "voice"),
        ({"text": "好", "voice": "\udfff"}, "unknown_voice", "voice"),
        ({"text": "好", "emotion": "hungry"}, "unknown_emotion", "emotion"),
        ({"text": "好", "intensity": 2.1}, "out_of_range", "intensity"),
        ({"text": "好", "speed": 0.4}, "out_of_range", "speed"),
        ({"text": "好", "speed": float("nan")}, "out_of_range", "speed"),
        ({"text": "好", "pitch": 13}, "out_of_range", "pitch"),
        ({"text": "好", "volume": float("-inf")}, "out_of_range", "volume"),
        ({"text": "好", "format": "aac"}, "unsupported_format", "format"),
        ({"text": "好", "sample_rate": 10**40}, "unsupported_sample_rate", "sample_rate"),
        ({"text": "<speak>好"}, "invalid_markup", "text"),
        ({"text": "[开心]好", "markup": "shorthand"}, "invalid_markup", "text"),
        ({"text": "[停顿 1s]"}, "empty_text", "text"),
        ({"text": "好", "markup": "html"}, "unknown_markup", "markup"),
        ({"text": "好", "lexicon": "好 hao3 hao3"}, "invalid_lexicon", "lexicon"),
        ({"text": "好", "lexicon": {"好": "hello"}}, "invalid_lexicon", "lexicon"),
    ],
)
@pytest.mark.parametrize("route", [*JSON_ROUTES, "/api/speech/stream"])
def test_what_cannot_be_served_is_a_400_that_names_the_field(
    silent: httpx.Client, route: str, fields: dict[str, Any], code: str, parameter: str
) -> None:
    answer = silent.post(route, content=json.dumps(fields), headers={"content-type": "application/json"})

    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["parameter"]) == (code, parameter)


@pytest.mark.parametrize(
    "text", ["a\x00b", "\u202e你好\u202c", "好" * 300, "👍好", "\ufeff好", "好\r\n\r\n好"]
)
def test_strange_text_is_spoken(silent: httpx.Client, text: str) -> None:
    assert silent.post("/api/tts", json={"text": text}).status_code == 200


def test_a_hundred_thousand_characters_are_refused_with_the_limit(silent: httpx.Client) -> None:
    answer = silent.post("/api/tts", json={"text": "啊" * 100_000})

    assert answer.status_code == 400
    assert "20000" in answer.json()["error"]


@pytest.mark.parametrize(
    ("fields", "parameter"),
    [
        ({"text": 5}, "text"),
        ({"text": "好", "speed": "fast"}, "speed"),
        ({"text": ["好"]}, "text"),
        ({"text": "好", "markup": 1}, "markup"),
        ({"text": "好", "lexicon": ["好"]}, "lexicon"),
        ({"text": "好", "lexicon": {"好": 1}}, "lexicon"),
    ],
)
def test_a_field_of_the_wrong_type_is_a_422(
    silent: httpx.Client, fields: dict[str, Any], parameter: str
) -> None:
    answer = silent.post("/api/tts", json=fields)

    assert (answer.status_code, answer.json()["parameter"]) == (422, parameter)


WHO = "世界卫生组织"


@pytest.mark.parametrize("route", JSON_ROUTES)
@pytest.mark.parametrize("lexicon", [{"WHO": f"={WHO}"}, f"# 词典\nwho = {WHO}\n"], ids=["mapping", "text"])
def test_words_are_said_as_the_lexicon_asks(
    silent: httpx.Client, route: str, lexicon: dict[str, str] | str
) -> None:
    answer = silent.post(route, json={"text": "问WHO吧", "lexicon": lexicon}).json()

    assert answer["duration"] == pytest.approx((len(WHO) + 2) * SYLLABLE)
    assert answer["characters"] == 5


@pytest.mark.parametrize("lexicon", [{}, "", None])
def test_an_empty_lexicon_asks_for_nothing(silent: httpx.Client, lexicon: object) -> None:
    answer = silent.post("/api/tts", json={"text": "你好", "lexicon": lexicon}).json()

    assert answer["duration"] == pytest.approx(2 * SYLLABLE)


@pytest.mark.parametrize("kind", ["data", "files"])
def test_a_form_may_bring_a_lexicon_and_say_how_it_is_marked_up(silent: httpx.Client, kind: str) -> None:
    fields = {"text": "<speak>问WHO<break time='1s'/>吧</speak>", "lexicon": f"WHO = {WHO}", "markup": "ssml"}
    parts = {name: (None, value) for name, value in fields.items()}

    answer = silent.post("/tts", data=fields) if kind == "data" else silent.post("/tts", files=parts)

    assert frames(answer.content) == pytest.approx((8 * SYLLABLE + 1.0) * 24_000, abs=2)


@pytest.mark.parametrize(("markup", "syllables"), [("auto", 1), ("shorthand", 1), ("none", 5)])
def test_brackets_are_directions_or_text_as_the_request_says(
    silent: httpx.Client, markup: str, syllables: int
) -> None:
    answer = silent.post("/api/tts", json={"text": "[重读]好[/]", "markup": markup}).json()

    assert answer["duration"] == pytest.approx(syllables * SYLLABLE)


def test_an_emotion_found_in_the_words_is_named_in_the_answer(silent: httpx.Client) -> None:
    answer = silent.post("/api/tts", json={"text": "太好了，我考上了！", "emotion": "自动"}).json()

    assert answer["emotion"] == "auto"


def test_a_field_of_several_types_is_named_once(silent: httpx.Client) -> None:
    problem = silent.post("/api/tts", json={"text": 1, "lexicon": 2}).json()

    assert problem["detail"] == "Missing or of the wrong type: text, lexicon."


def test_parallel_requests_get_their_own_audio(silent: httpx.Client) -> None:
    def wav_of(length: int) -> bytes:
        answer = silent.post("/api/tts", json={"text": "好" * length}).json()
        return silent.get(answer["wav_url"]).content

    lengths = range(1, 25)
    with ThreadPoolExecutor(len(lengths)) as callers:
        results = list(callers.map(wav_of, lengths))

    assert [frames(wav) for wav in results] == [round(n * SYLLABLE * 24_000) for n in lengths]


def test_a_failing_engine_is_a_500_in_our_shape(serve: Serve, failing: Callable[[], FailingEngine]) -> None:
    answer = serve(failing()).client.post("/api/tts", json={"text": "你好。世界。"})

    assert (answer.status_code, answer.json()["code"]) == (500, "engine")


def test_a_failed_synthesis_leaves_no_file(
    serve: Serve, failing: Callable[[], FailingEngine], tmp_path: Path
) -> None:
    serve(failing()).client.post("/api/tts", json={"text": "你好。世界。"})

    assert not list((tmp_path / "audio").glob("[!.]*"))


def test_a_client_that_leaves_stops_the_synthesis_of_a_whole_file(
    serve: Serve, endless: EndlessEngine
) -> None:
    running = serve(endless)

    running.leave("/api/tts", {"text": "你好"}, once=endless.started)

    assert endless.stopped.wait(30)
