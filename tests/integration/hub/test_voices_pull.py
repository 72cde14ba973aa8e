"""`huisheng voices pull modelscope:…`: from the hub to a voice that can be spoken with."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.hub.stand_in import MODEL, Hub
from tests.unit.export.modelscope.miniatures import make_modelscope

from huisheng.cli.main import main
from huisheng.voice.load import load_package
from huisheng.voice.store import list_packages, voices_folder

LARGEST = "voices/zhibei/voc/ckpt/checkpoint_2400000.pth"


@pytest.fixture
def model(hub: Hub, tmp_path: Path) -> Hub:
    """The hub with a model of two voices that can be imported."""
    folder = make_modelscope(tmp_path / "model", voices=("zhibei", "zhitian"))
    hub.files.clear()
    hub.files |= {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    return hub


def test_all_voices_of_a_model_are_installed_and_named(
    model: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["voices", "pull", f"modelscope:{MODEL}"]) == 0

    said = capsys.readouterr()
    assert said.out == "zhibei\nzhitian\n"
    assert "Apache License 2.0" in said.err
    assert "Downloading voices/zhibei/am/ckpt/checkpoint_1100.pth" in said.err
    assert 'huisheng speak --voice zhibei "你好"' in said.err
    assert load_package("zhitian").manifest.engine == "sambert"


def test_the_choices_of_an_import_hold_for_a_pull(model: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ("--voice", "zhitian", "--name", "mine")

    assert main(["voices", "pull", f"modelscope:{MODEL}@v1.0.0", *chosen]) == 0
    assert list_packages(voices_folder()) == ("mine",)
    assert main(["voices", "pull", f"modelscope:{MODEL}@v1.0.0", *chosen]) == 1
    assert main(["voices", "pull", f"modelscope:{MODEL}@v1.0.0", *chosen, "--replace"]) == 0


def test_a_model_that_does_not_exist_is_one_line_in_each_language(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["voices", "pull", "modelscope:damo/nobody"]) == 1

    said = capsys.readouterr()
    chinese, english = said.err.splitlines()
    assert (said.out, chinese[:3], english[:7]) == ("", "错误：", "error: ")


PROGRAM = """
import signal, sys
from huisheng.cli.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
sys.exit(main(sys.argv[1:]))
"""
COMMAND = [sys.executable, "-c", PROGRAM, "voices", "pull", f"modelscope:{MODEL}"]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process")
def test_an_interrupted_pull_ends_with_130_and_the_next_takes_it_up(hub: Hub) -> None:
    hub.stalled[LARGEST] = 100_000
    with subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stderr
        assert any(LARGEST in line for line in process.stderr)  # told when its first bytes have been written
        process.send_signal(signal.SIGINT)
        out, words = process.communicate(timeout=60)

    assert (process.returncode, out, words) == (130, "", "已中断。 Interrupted.\n")
    assert not voices_folder().exists()

    hub.stalled.clear()
    main(["voices", "pull", f"modelscope:{MODEL}"])
    first, second = hub.fetched_ranges(LARGEST)
    assert (first, second[:6]) == ("", "bytes=")


def test_a_hub_that_cannot_be_reached_is_reported_in_one_line(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("MODELSCOPE_REPO_TREE_PAGE_MAX_ATTEMPTS", "1")  # the client asks four times, in 7 s

    ended = subprocess.run(COMMAND, check=False, capture_output=True, text=True, encoding="utf-8", timeout=60)

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 2
    assert "网络连接失败" in ended.stderr


def test_without_torch_a_pull_says_so_before_anything_is_fetched(hub: Hub) -> None:
    command = [sys.executable, "-c", f"import sys; sys.modules['torch'] = None\n{PROGRAM}", *COMMAND[3:]]

    ended = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8", timeout=60)

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 2
    assert "pip install 'huisheng[train]'" in ended.stderr
    assert hub.requests == []
