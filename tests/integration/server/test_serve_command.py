"""`huisheng serve` as a process: it says where it is, and stops without a trace."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from huisheng.cli import serve
from huisheng.errors import PortInUse, SetupError

COMMAND = """
import argparse, sys
from huisheng.cli import serve
parser = argparse.ArgumentParser()
serve.add_arguments(parser)
sys.exit(serve.run(parser.parse_args(sys.argv[1:])))
"""


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    return parser.parse_args(arguments)


@contextmanager
def process(home: Path, *arguments: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """A running server and its address; killed at the latest when the block ends."""
    environment = os.environ | {"HUISHENG_HOME": str(home), "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", COMMAND, "--port", "0", *arguments]
    running = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    with running:
        try:
            assert running.stdout is not None
            match = re.search(r"绘声已启动：(http://[\d.:]+)", running.stdout.readline())
            assert match is not None
            yield running, match[1]
        finally:
            running.kill()


def test_the_address_it_prints_answers(tmp_path: Path) -> None:
    with process(tmp_path) as (_, address):
        assert httpx.get(f"{address}/healthz").status_code == 200


def wait_until_loaded(address: str) -> httpx.Response:
    """What there is to say of a server that is no longer loading."""
    while (answer := httpx.get(f"{address}/readyz")).json().get("code") == "warming":
        pass
    return answer


def test_with_nothing_installed_it_is_ready(tmp_path: Path) -> None:
    with process(tmp_path) as (_, address):
        assert wait_until_loaded(address).json() == {"status": "ready"}


def test_a_missing_voice_is_a_sentence_that_says_how_to_get_it_and_no_trace(tmp_path: Path) -> None:
    with process(tmp_path, "--engine", "kokoro") as (running, address):
        answer = wait_until_loaded(address)
        running.kill()
        assert running.stderr is not None
        told = running.stderr.read()

    assert (answer.status_code, "huisheng voices pull kokoro" in answer.json()["error"]) == (503, True)
    assert "语音引擎加载失败" in told
    assert "Traceback" not in told


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_stops_it_without_a_trace(tmp_path: Path) -> None:
    with process(tmp_path, "--lazy") as (running, _):
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=30)

    assert running.returncode == 0
    assert "Traceback" not in told


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_server_that_is_told_to_end_finishes_what_runs_refuses_the_rest_and_exits_with_0(
    tmp_path: Path,
) -> None:
    text = {"text": "这是一句很长很长的话，要说很久很久。" * 60}
    with process(tmp_path) as (running, address), httpx.Client(base_url=address, timeout=60) as client:
        wait_until_loaded(address)
        with client.stream("POST", "/api/speech/stream", json=text) as answer:
            lines = answer.iter_lines()
            next(lines)
            running.send_signal(signal.SIGTERM)
            while httpx.get(f"{address}/readyz").json().get("code") != "draining":
                pass
            refused = httpx.post(f"{address}/api/tts", json={"text": "你好"})
            *_, last = lines
        running.communicate(timeout=60)

    assert (refused.status_code, refused.json()["code"]) == (503, "draining")
    assert int(refused.headers["retry-after"]) > 0
    assert json.loads(last)["type"] == "done"
    assert running.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_server_with_nothing_to_do_ends_at_once(tmp_path: Path) -> None:
    with process(tmp_path, "--lazy") as (running, _):
        running.send_signal(signal.SIGTERM)
        _, told = running.communicate(timeout=30)

    assert (running.returncode, "Traceback" in told) == (0, False)


def test_a_port_in_use_is_refused_with_another_proposed() -> None:
    with serve.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortInUse, match=str(port + 1)):
            serve.run(parse("--port", str(port)))


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(SetupError, match=r"192\.0\.2\.1"):
        serve.listen("192.0.2.1", 0)


def test_a_port_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(SetupError, match="HUISHENG_PORT"):
        serve.run(parse("--port", "70000"))


def test_what_is_not_given_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_PORT", "70001")

    with pytest.raises(SetupError, match="HUISHENG_PORT"):
        serve.run(parse())
