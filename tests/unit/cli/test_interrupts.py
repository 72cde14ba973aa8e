"""Ctrl-C and SIGTERM: one sentence, a status that tells the signal, and no half-written file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent to one process")

ENDS = [
    (signal.SIGINT, 130, "已中断。 Interrupted."),
    (signal.SIGTERM, 143, "已终止。 Terminated."),
]
FORMATS = ("wav", "mp3", "opus", "flac", "pcm")
TEXT = "你好。世界。再见。"

PROGRAM = """
import signal, sys, threading
from huisheng.cli.main import main
from huisheng.engines import FAMILIES, EngineFamily
from huisheng.testing import SilentEngine

class WaitingEngine(SilentEngine):
    def synthesize(self, utterance):
        yield from super().synthesize(utterance)
        if utterance.sentence.span.start:
            print("waiting", file=sys.stderr, flush=True)
            threading.Event().wait()

class SwallowingEngine(SilentEngine):
    "A destructor is interrupted, from which no exception comes out."
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

    def synthesize(self, utterance):
        SwallowingEngine()
        yield from super().synthesize(utterance)

engines = {"silent": SilentEngine, "waiting": WaitingEngine, "swallowing": SwallowingEngine}
for name, make in engines.items():
    FAMILIES[name] = EngineFamily(alone=lambda _, make=make: make())
for number in (signal.SIGINT, signal.SIGTERM):  # ignored where the tests run in the background
    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
"""

IN_A_CALLBACK = """
def watch(frame, event, _):
    if event == "call" and frame.f_code.co_name == "vio_write":
        sys.setprofile(None)
        signal.raise_signal(signal.SIGINT)
sys.setprofile(watch)
"""


def start(program: str, arguments: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    """A process in a folder that runs a program and then the command line."""
    command = [sys.executable, "-c", program + "sys.exit(main())", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def wait_for(stream: IO[bytes] | None, word: str) -> None:
    """Read lines until one ends with a word."""
    assert stream
    while not (line := stream.readline()).strip().endswith(word.encode()):
        assert line


def finish(process: subprocess.Popen[bytes]) -> tuple[int, bytes, str]:
    """Status, stdout and stderr."""
    out, err = process.communicate()
    return process.returncode, out, err.decode()


@pytest.mark.parametrize(
    ("name", "number", "status", "said"),
    [*(("wav", *end) for end in ENDS), *((name, *ENDS[0]) for name in FORMATS[1:])],
)
def test_a_file_that_is_being_written_is_taken_back(
    tmp_path: Path, name: str, number: signal.Signals, status: int, said: str
) -> None:
    marks = ("--timings", "t.json", "--captions", "c.srt")
    process = start(PROGRAM, ["speak", TEXT, "--engine", "waiting", "-o", f"s.{name}", *marks], tmp_path)
    wait_for(process.stderr, "waiting")
    process.send_signal(number)

    assert finish(process) == (status, b"", f"{said}\n")
    assert files(tmp_path) == {}


def test_an_earlier_file_stays(tmp_path: Path) -> None:
    (tmp_path / "s.mp3").write_bytes(b"earlier")
    process = start(PROGRAM, ["speak", TEXT, "--engine", "waiting", "-o", "s.mp3"], tmp_path)
    wait_for(process.stderr, "waiting")
    process.send_signal(signal.SIGTERM)
    process.wait()

    assert files(tmp_path) == {"s.mp3": b"earlier"}
    finish(process)


@pytest.mark.parametrize("name", ["mp3", "opus", "flac"])
def test_an_interrupt_inside_a_callback_of_the_encoder_counts(tmp_path: Path, name: str) -> None:
    process = start(
        PROGRAM + IN_A_CALLBACK, ["speak", TEXT, "--engine", "silent", "-o", f"s.{name}"], tmp_path
    )

    assert finish(process) == (130, b"", "已中断。 Interrupted.\n")
    assert files(tmp_path) == {}


def test_an_interrupt_that_a_destructor_swallows_counts(tmp_path: Path) -> None:
    process = start(PROGRAM, ["speak", TEXT, "--engine", "swallowing", "-o", "s.wav"], tmp_path)

    assert finish(process) == (130, b"", "已中断。 Interrupted.\n")
    assert files(tmp_path) == {}


def test_pressing_twice_is_pressing_once(tmp_path: Path) -> None:
    process = start(PROGRAM, ["speak", TEXT, "--engine", "waiting", "-o", "s.wav"], tmp_path)
    wait_for(process.stderr, "waiting")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)

    assert finish(process) == (130, b"", "已中断。 Interrupted.\n")
    assert files(tmp_path) == {}


def test_a_command_that_waits_for_a_text_can_be_interrupted(tmp_path: Path) -> None:
    pipe = tmp_path / "text"
    os.mkfifo(pipe)
    process = start(PROGRAM, ["speak", "-f", "text"], tmp_path)
    with pipe.open("wb"):  # waits until the command reads
        process.send_signal(signal.SIGINT)
        outcome = finish(process)

    assert outcome == (130, b"", "已中断。 Interrupted.\n")


@pytest.mark.parametrize("command", [["speak", "你好"], ["read", "你好"], ["voices"], ["doctor"]])
def test_a_command_that_is_still_loading_ends_without_a_traceback(tmp_path: Path, command: list[str]) -> None:
    """Python tells on stderr what it imports, so the moment can be seen."""
    program = "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); "
    program += "runpy.run_module('huisheng', run_name='__main__')"
    line = [sys.executable, "-X", "importtime", "-c", program, *command]
    with subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_for(process.stderr, "argparse")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()

    said = [line for line in err.decode().splitlines() if not line.startswith("import time:")]
    assert (process.returncode, said) == (130, ["已中断。 Interrupted."])
    assert files(tmp_path) == {}


def test_a_signal_that_the_parent_ignores_stays_ignored(tmp_path: Path) -> None:
    program = PROGRAM + "signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + IN_A_CALLBACK
    process = start(program, ["speak", TEXT, "--engine", "silent", "-o", "s.mp3"], tmp_path)

    assert finish(process) == (0, b"s.mp3\n", "")
