"""`GET /audio/{name}`: produced files, whole or in part, until their time is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.runtime.audio_store.times import Time

from huisheng.labels.aigc import parse
from huisheng.runtime.audio_store.store import AudioStore

if TYPE_CHECKING:
    from tests.integration.server.conftest import Serve


@pytest.fixture(scope="module")
def url(silent: httpx.Client) -> str:
    return silent.post("/api/tts", json={"text": "你好"}).json()["audio_url"]


@pytest.fixture(scope="module")
def whole(silent: httpx.Client, url: str) -> bytes:
    return silent.get(url).content


def test_a_file_is_played_in_place(silent: httpx.Client, url: str) -> None:
    answer = silent.get(url)

    assert answer.headers["content-type"] == "audio/wav"
    assert "content-disposition" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_download_1_makes_it_an_attachment(silent: httpx.Client, url: str) -> None:
    answer = silent.get(url, params={"download": "1"})

    assert answer.headers["content-disposition"] == 'attachment; filename="huisheng.wav"'


def test_head_tells_the_length_without_the_body(silent: httpx.Client, url: str, whole: bytes) -> None:
    answer = silent.head(url)

    assert (answer.headers["content-length"], answer.content) == (str(len(whole)), b"")


def test_bare_samples_carry_their_label_in_a_header(silent: httpx.Client, url: str) -> None:
    fields = {"text": "你好", "format": "pcm"}
    kept = silent.get(silent.post("/api/tts", json=fields).json()["audio_url"])
    again = silent.get(kept.request.url)
    form = silent.post("/tts", data=fields)

    labels = [parse(answer.headers["x-aigc"]) for answer in (kept, again, form)]

    assert labels[0] == labels[1] != labels[2]
    assert labels[0].produce_id == Path(kept.request.url.path).stem
    assert "x-aigc" not in silent.get(url).headers


@given(data=st.data())
def test_a_range_is_the_slice_of_the_whole(
    silent: httpx.Client, url: str, whole: bytes, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(whole) - 1))
    last = data.draw(st.integers(first, len(whole) + 10))

    answer = silent.get(url, headers={"Range": f"bytes={first}-{last}"})

    assert (answer.status_code, answer.content) == (206, whole[first : last + 1])


@pytest.mark.parametrize(("asked", "start"), [("bytes=100-", 100), ("bytes=-100", -100)])
def test_an_open_range_goes_to_the_end(
    silent: httpx.Client, url: str, whole: bytes, asked: str, start: int
) -> None:
    assert silent.get(url, headers={"Range": asked}).content == whole[start:]


def test_a_range_behind_the_end_is_a_416(silent: httpx.Client, url: str, whole: bytes) -> None:
    answer = silent.get(url, headers={"Range": f"bytes={len(whole)}-"})

    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(whole)}")


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=x", "lines=1-2", f"bytes=0-{'9' * 5000}", "bytes=-"])
def test_a_range_without_sense_is_no_server_error(silent: httpx.Client, url: str, asked: str) -> None:
    assert silent.get(url, headers={"Range": asked}).status_code < 500


def test_a_known_file_is_not_sent_again(silent: httpx.Client, url: str) -> None:
    etag = silent.get(url).headers["etag"]

    answer = silent.get(url, headers={"If-None-Match": f'"other", W/{etag}'})

    assert (answer.status_code, answer.content) == (304, b"")


def test_if_range_with_another_tag_gets_the_whole(silent: httpx.Client, url: str, whole: bytes) -> None:
    answer = silent.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'})

    assert (answer.status_code, answer.content) == (200, whole)


def test_if_range_with_the_same_tag_gets_the_part(silent: httpx.Client, url: str, whole: bytes) -> None:
    etag = silent.get(url).headers["etag"]

    answer = silent.get(url, headers={"Range": "bytes=0-1", "If-Range": etag})

    assert (answer.status_code, answer.content) == (206, whole[:2])


@pytest.mark.parametrize(
    "name",
    [
        "AAAAAAAAAAAAAAAAAAAAAA.wav",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e%5cwindows",
        "%00.wav",
        "x" * 5000,
        "你好.wav",
        "",
    ],
)
def test_any_other_name_is_a_404(silent: httpx.Client, name: str) -> None:
    answer = silent.get(f"/audio/{name}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_expired_file_is_a_404(serve: Serve, tmp_path: Path) -> None:
    time = Time()
    store = AudioStore(tmp_path / "audio", timedelta(hours=1), 1 << 20, time.clock())
    client = serve(store=store).client
    url = client.post("/api/tts", json={"text": "你好"}).json()["audio_url"]
    assert client.get(url).status_code == 200

    time.pass_(3600)

    assert client.get(url).json()["code"] == "audio_not_found"


def test_a_file_survives_a_restart(serve: Serve) -> None:
    url = serve().client.post("/api/tts", json={"text": "你好"}).json()["audio_url"]

    assert serve().client.get(url).status_code == 200
