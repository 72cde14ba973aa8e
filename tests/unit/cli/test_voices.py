"""`huisheng voices`, on a package of a few bytes."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from huisheng.cli.main import main
from huisheng.engines import make_engine
from huisheng.voice.load import load_package
from huisheng.voice.manifest import Description, Proof
from huisheng.voice.publish import publish, staging
from huisheng.voice.store import voices_folder


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))
    return tmp_path


def publish_tiny(name: str = "kokoro") -> Path:
    description = Description(
        name=name,
        version="7",
        engine="silent",
        sample_rate=24_000,
        frame_samples=600,
        symbols={},
        speakers=(),
        languages=(),
        licence="MIT",
        origins=(),
        remarks="",
        proof=Proof(symbols=1, samples=1, max_abs_difference=0.0),
    )
    with staging() as staged:
        (staged / "graph.onnx").write_bytes(b"graph")
        return publish(staged, description).directory


def test_without_an_action_every_voice_is_a_line_that_begins_with_its_id(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["voices"]) == 0

    ids = [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]
    assert ids == [voice.id for voice in make_engine().capabilities.voices]


def test_list_prints_a_line_for_each_package(capsys: pytest.CaptureFixture[str]) -> None:
    directory = publish_tiny()

    assert main(["voices", "list"]) == 0
    assert capsys.readouterr().out == f"kokoro\t7\t0 MB\tMIT\t{directory}\n"


def test_list_of_nothing_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", "list"]) == 0
    assert capsys.readouterr().out == ""


def test_verify_finds_a_sound_package_sound(capsys: pytest.CaptureFixture[str]) -> None:
    publish_tiny()

    assert main(["voices", "verify"]) == 0
    assert capsys.readouterr().out.startswith("kokoro\t")


def test_verify_fails_for_a_damaged_package(capsys: pytest.CaptureFixture[str]) -> None:
    (publish_tiny() / "graph.onnx").write_bytes(b"grape")

    assert main(["voices", "verify", "kokoro"]) == 1
    assert "graph.onnx" in capsys.readouterr().err


def test_pull_leaves_a_sound_package_alone(capsys: pytest.CaptureFixture[str]) -> None:
    directory = publish_tiny()

    assert main(["voices", "pull", "kokoro"]) == 0
    assert load_package("kokoro").manifest.version == "7"
    assert str(directory) in capsys.readouterr().err


def test_pull_knows_only_what_can_be_installed() -> None:
    with pytest.raises(SystemExit) as left:
        main(["voices", "pull", "nobody"])

    assert left.value.code == 2


PULL = """
import signal, sys
from huisheng.cli.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
sys.exit(main(["voices", "pull", "kokoro"]))
"""


@pytest.fixture
def silent_index() -> Iterator[socket.socket]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process")
def test_an_interrupted_pull_ends_with_130_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, silent_index: socket.socket, home: Path
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{silent_index.getsockname()[1]}/simple")
    with subprocess.Popen([sys.executable, "-c", PULL], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        connection, _ = silent_index.accept()  # pip waits for an answer
        process.send_signal(signal.SIGINT)
        words = process.stderr.read()

    assert process.returncode == 130
    assert words.endswith("MB）\n已中断。 Interrupted.\n")
    assert ends(connection)  # pip is gone too
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert not voices_folder().exists()


def ends(connection: socket.socket) -> bool:
    """Whether the other side closes it, after what it has sent."""
    connection.settimeout(30)
    with connection:
        while connection.recv(4096):
            pass
    return True
