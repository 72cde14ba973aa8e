"""A stretch is made in one call or in two; the second is short enough for both to end together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engines.sambert.tiny import package

from huisheng.engines.graphs import Graph
from huisheng.engines.two_stage.voices import details
from huisheng.engines.vocoder.hifigan import HifiganGraph
from huisheng.engines.windows import HelperQueue, Margin, Window, around

HOP = 200
FRAMES = 200


class Counted(ThreadPoolExecutor):
    """A queue that counts what it is given."""

    def __init__(self) -> None:
        super().__init__(1)
        self.given = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        self.given += 1
        return super().submit(fn, *args, **kwargs)


def windows() -> HifiganGraph:
    """The windows of a causal vocoder."""
    made = package()
    known = details(made.manifest)
    return HifiganGraph(Graph(made, "vocoder.onnx"), Margin(known.left, known.right), HOP)


def calls(work: HifiganGraph, frames: int, busy: float = 0.0) -> int:
    """How many calls the other thread was given for so many frames."""
    mel = np.zeros((1, work.graph.width("mel", 1), 1, frames), np.float32)
    state = {name: work.graph.zeros(name) for name in work.graph.inputs if name not in ("mel", "cut")}
    with Counted() as queue:
        samples, _ = work({"mel": mel}, (0, frames), state, HelperQueue(queue, busy))
    assert len(samples) == frames * HOP
    return queue.given


def test_before_it_is_known_how_long_a_frame_takes_one_thread_makes_all() -> None:
    assert calls(windows(), FRAMES) == 0


def test_a_thread_that_has_nothing_else_to_do_makes_a_part() -> None:
    work = windows()
    calls(work, FRAMES)

    assert calls(work, FRAMES) == 1


def test_a_thread_that_is_busy_for_longer_makes_nothing() -> None:
    work = windows()
    calls(work, FRAMES)

    assert calls(work, FRAMES, busy=3600.0) == 0


def test_a_few_frames_are_not_worth_dividing() -> None:
    work = windows()
    calls(work, FRAMES)

    assert calls(work, 15) == 0


@pytest.mark.parametrize(
    ("start", "end", "window"),
    [
        (0, 10, Window(0, 10, 0, 5)),
        (3, 10, Window(3, 10, 3, 5)),
        (50, 60, Window(50, 60, 20, 5)),
        (90, 98, Window(90, 98, 20, 2)),
        (90, 100, Window(90, 100, 20, 0)),
    ],
)
def test_a_window_has_as_much_around_it_as_there_is(start: int, end: int, window: Window) -> None:
    assert around(start, end, 100, Margin(20, 5)) == window


@given(start=st.integers(0, 99), before=st.integers(0, 120), after=st.integers(0, 120))
def test_a_window_and_its_margin_lie_within_the_frames(start: int, before: int, after: int) -> None:
    window = around(start, 100, 100, Margin(before, after))

    assert window.start - window.before >= 0
    assert window.end + window.after <= 100
