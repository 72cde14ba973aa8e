"""A process that is forked from one that has spoken speaks too. Each test forks a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here"),
]

FORKED = """
import os, sys, threading

def in_child(work):
    "Its exit status, in a process that ends as Python programs do."
    pid = os.fork()
    if not pid:
        work()
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


def run(program: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-c", FORKED + program, *arguments], check=True, timeout=120)


def test_a_forked_process_says_the_same() -> None:
    run("""
from huisheng import Synthesizer
synthesizer = Synthesizer()
said = synthesizer.speak("你好。").encode("pcm")
def work():
    assert synthesizer.speak("你好。").encode("pcm") == said
in_child(work)
""")


def test_a_process_of_multiprocessing_speaks() -> None:
    run("""
import multiprocessing
from huisheng import Synthesizer
synthesizer = Synthesizer()
synthesizer.speak("你好。")
def work(queue):
    queue.put(synthesizer.speak("世界。").duration)
fork = multiprocessing.get_context("fork")
queue = fork.Queue()
child = fork.Process(target=work, args=(queue,))
child.start()
assert queue.get(timeout=100) > 0.0
child.join()
""")


def test_a_stream_that_has_begun_goes_on_in_both_processes() -> None:
    run("""
from huisheng import Synthesizer
stream = Synthesizer().stream("今天天气很好，我们去公园。你来吗？")
next(stream)
in_child(lambda: [chunk for chunk in stream])
assert list(stream)
""")


def test_a_session_that_keeps_threads_is_opened_anew(tmp_path: Path) -> None:
    program = """
from pathlib import Path
import numpy as np
from tests.unit.engines import toy_kokoro as toy
from huisheng.engines.graphs import Graph
graph = Graph(toy.publish_toy(Path(sys.argv[1])), "curves.onnx", threads=2)
inputs = {
    "durations": np.full((1, 3), 4.0, dtype=np.float32),
    "hidden": graph.zeros("hidden", {"L": 3}),
    "prosody": graph.zeros("prosody"),
}
made = graph(inputs)
def work():
    assert all(np.array_equal(values, made[name]) for name, values in graph(inputs).items())
in_child(work)
in_child(lambda: None)  # ends, though it never used the session
"""
    run(program, str(tmp_path))


def test_a_lock_that_another_thread_held_is_free_in_the_child() -> None:
    run("""
from huisheng.forking import make_lock
lock, held, done = make_lock(), threading.Event(), threading.Event()
def hold():
    with lock:
        held.set()
        done.wait()
threading.Thread(target=hold).start()
held.wait()
def work():
    with lock:
        pass
in_child(work)
done.set()
""")


def test_calls_that_other_threads_waited_for_are_not_waited_for_in_the_child() -> None:
    run("""
from huisheng.engines.batching import Batcher
running, done = threading.Event(), threading.Event()
def make(rows):
    if rows == ["slow"]:
        running.set()
        done.wait()
    return rows
batcher = Batcher(make, 4)
threading.Thread(target=batcher, args=("", "slow")).start()
running.wait()
def work():
    assert batcher("", "quick") == "quick"
in_child(work)
done.set()
""")
