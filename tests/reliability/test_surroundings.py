"""A disk that is full, a folder that is none, a clock that jumps: what can go on goes on."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import httpx
import pytest
from tests.integration.server.conftest import post_text, running_server
from tests.reliability.answers import Truth, by_file, by_openai
from tests.reliability.conftest import Serve
from tests.reliability.serving import Served
from tests.unit.runtime.audio_store.times import Time

from huisheng.runtime.audio_store.store import AudioStore
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine
from huisheng.text.frontend import Frontend

FILES = (("/api/tts", "json"), ("/synthesize", "json"), ("/tts", "json"), ("/tts", "form"))
"""Where a file is asked for, and as what."""


@contextmanager
def full_disk(running: Served) -> Generator[None]:
    """No file of the workers grows any more; what they have written stays."""
    families = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in running.family}
    for pid, (_, most) in families.items():
        if pid != running.process.pid:  # which writes the log
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (2_000, most))
    try:
        yield
    finally:
        for pid, limits in families.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def no_folder(folder: Path) -> Generator[None]:
    """A file lies where the folder should be: even root cannot write into that."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.touch()
    try:
        yield
    finally:
        folder.unlink()


def is_refused_for_storage(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (507, "storage")


@pytest.mark.parametrize(("path", "kind"), FILES)
def test_with_a_full_disk_a_file_is_refused_and_nothing_of_it_stays(
    shared_server: Served, path: str, kind: str
) -> None:
    with httpx.Client(base_url=shared_server.address, timeout=60) as client, full_disk(shared_server):
        answer = post_text(client, path, kind, "今天的雨下个不停。" * 20)

    assert is_refused_for_storage(answer)
    assert not list((shared_server.log.parent / "audio").glob("*.part"))


def test_with_a_full_disk_a_stream_whose_file_is_kept_is_refused_before_it_begins(
    shared_server: Served,
) -> None:
    with httpx.Client(base_url=shared_server.address, timeout=60) as client, full_disk(shared_server):
        answer = client.post("/api/speech/stream", json={"text": "今天的雨下个不停。" * 20})

    assert is_refused_for_storage(answer)


async def test_with_a_full_disk_streams_that_keep_nothing_go_on(shared_server: Served, tiny: Truth) -> None:
    asked = tiny.question(0)
    with full_disk(shared_server):
        async with httpx.AsyncClient(base_url=shared_server.address, timeout=60) as client:
            heard = await by_openai(client, asked, tiny.rate, 1e9)

    assert tiny.is_answer(asked, heard)


async def test_when_the_disk_has_room_again_files_are_made_again(shared_server: Served, tiny: Truth) -> None:
    asked = tiny.question(0)
    async with httpx.AsyncClient(base_url=shared_server.address, timeout=60) as client:
        with full_disk(shared_server):
            assert is_refused_for_storage(await client.post("/api/tts", json={"text": "今天。" * 50}))

        assert tiny.is_answer(asked, await by_file(client, asked, tiny.rate, 1e9))


@pytest.mark.parametrize(("path", "kind"), [*FILES, ("/api/speech/stream", "json")])
def test_without_a_folder_a_file_is_refused(shared_server: Served, path: str, kind: str) -> None:
    folder = shared_server.log.parent / "audio"
    with httpx.Client(base_url=shared_server.address, timeout=60) as client, no_folder(folder):
        answer = post_text(client, path, kind, "你好。")

    assert is_refused_for_storage(answer)


def test_without_a_folder_nothing_can_be_fetched(shared_server: Served) -> None:
    with no_folder(shared_server.log.parent / "audio"):
        answer = httpx.get(f"{shared_server.address}/audio/{'A' * 22}.wav")

    assert (answer.status_code, answer.json()["code"]) == (404, "audio_not_found")


def test_a_folder_that_is_removed_is_made_again(serve: Serve) -> None:
    with serve() as running:
        for _ in range(2):
            shutil.rmtree(running.log.parent / "audio", ignore_errors=True)
            made = httpx.post(f"{running.address}/api/tts", json={"text": "你好。"}, timeout=60).json()

            assert httpx.get(running.address + made["audio_url"]).is_success


DAY = timedelta(days=1).total_seconds()


def test_a_wall_clock_that_leaps_at_every_look_delays_and_refuses_no_request(
    tmp_path: Path, frontend: Frontend, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, leaps = time.time, cycle([0.0, DAY, -DAY, 400 * DAY])
    monkeypatch.setattr(time, "time", lambda: true() + next(leaps))
    settings = Settings(home=tmp_path, page=tmp_path, step_limit=timedelta(seconds=30))
    patient = {"X-Huisheng-Deadline": "30"}
    with running_server(Synthesizer(SilentEngine(), frontend), settings) as running:
        answers = [
            running.client.post("/v1/audio/speech", json={"input": "你好。" * 20}, headers=patient)
            for _ in range(20)
        ]

    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("leap", [-400 * DAY, -3 * DAY, -DAY, 60.0, 2 * DAY])
def test_a_clock_that_is_set_takes_no_file_away(tmp_path: Path, frontend: Frontend, leap: float) -> None:
    clock = Time()
    store = AudioStore(tmp_path / "audio", timedelta(hours=1), 1 << 30, clock.clock())
    with running_server(Synthesizer(SilentEngine(), frontend), Settings(home=tmp_path), store) as running:
        before = running.client.post("/api/tts", json={"text": "旧的。"}).json()
        clock.wall += leap
        after = running.client.post("/api/tts", json={"text": "新的。"}).json()
        store.sweep()

        answers = [running.client.get(made["audio_url"]) for made in (before, after)]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_clock_that_is_put_back_keeps_no_file_longer(tmp_path: Path, frontend: Frontend) -> None:
    clock = Time()
    store = AudioStore(tmp_path / "audio", timedelta(hours=1), 1 << 30, clock.clock())
    with running_server(Synthesizer(SilentEngine(), frontend), Settings(home=tmp_path), store) as running:
        running.client.post("/api/tts", json={"text": "旧的。"})
        clock.wall -= 400 * DAY
        clock.pass_(3600)
        store.sweep()

    assert not list((tmp_path / "audio").glob("[!.]*"))
