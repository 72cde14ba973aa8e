"""A second thread works for an utterance that is spoken alone, and is done when its block ends."""

from __future__ import annotations

import threading
from concurrent.futures import Executor

import pytest

from huisheng.engines.windows import FrameTime, HelperThread, make_halves


@pytest.fixture
def helper() -> HelperThread:
    return HelperThread(wanted=True)


def test_a_lone_utterance_is_helped_by_another_thread(helper: HelperThread) -> None:
    with helper.claim() as queue:
        assert queue is not None
        assert queue.submit(threading.get_ident).result() != threading.get_ident()


def test_no_utterance_is_helped_beside_another(helper: HelperThread) -> None:
    with helper.claim(), helper.claim() as queue:
        assert queue is None


def test_an_utterance_after_the_last_is_helped_again(helper: HelperThread) -> None:
    for _ in range(2):
        with helper.claim() as queue:
            assert queue is not None


def test_without_a_core_for_it_no_utterance_is_helped() -> None:
    with HelperThread(wanted=False).claim() as queue:
        assert queue is None


def leave(queue: Executor | None, work: list[int]) -> None:
    """Leave it work that is done when the caller has gone on."""
    assert queue is not None
    going_on = threading.Event()
    queue.submit(going_on.wait)
    queue.submit(work.append, 1)
    going_on.set()


def test_the_work_is_done_when_the_block_ends(helper: HelperThread) -> None:
    work: list[int] = []

    with helper.claim() as queue:
        leave(queue, work)

    assert work == [1]


def test_the_work_is_done_also_when_the_block_fails(helper: HelperThread) -> None:
    work: list[int] = []

    def block() -> None:
        with helper.claim() as queue:
            leave(queue, work)
            raise LookupError

    with pytest.raises(LookupError):
        block()
    assert work == [1]


def test_work_that_fails_tells_only_its_caller(helper: HelperThread) -> None:
    with helper.claim() as queue:
        assert queue is not None
        failed = queue.submit(int, "x")

    assert isinstance(failed.exception(), ValueError)


def test_a_pace_is_processor_time_a_frame() -> None:
    frame_time = FrameTime()

    with frame_time.measure(10):
        sum(range(200_000))

    assert 0 < frame_time.seconds < 1


def test_no_frames_leave_the_pace_as_it_was() -> None:
    frame_time = FrameTime()

    with frame_time.measure(0):
        pass

    assert frame_time.seconds == 0.0


@pytest.mark.parametrize(("least", "parts"), [(5, [(3, 8), (8, 13)]), (6, [(3, 13)])])
def test_a_stretch_is_divided_where_its_halves_are_worth_it(
    helper: HelperThread, least: int, parts: list[tuple[int, int]]
) -> None:
    with helper.claim() as queue:
        assert make_halves(lambda start, end: (start, end), (3, 13), least, queue) == parts


def test_without_another_thread_a_stretch_is_whole() -> None:
    assert make_halves(lambda start, end: (start, end), (0, 100), 1, None) == [(0, 100)]


def test_the_halves_are_made_by_two_threads(helper: HelperThread) -> None:
    with helper.claim() as queue:
        one, other = make_halves(lambda _, __: threading.get_ident(), (0, 100), 1, queue)

    assert one == threading.get_ident() != other
