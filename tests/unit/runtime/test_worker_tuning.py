"""Which arrangement is chosen, and that measuring one really speaks."""

from __future__ import annotations

import pytest

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.worker_tuning import LayoutSpeed, WorkerLayout, candidate_layouts, choose_best, measure
from huisheng.runtime.workers.threads import ThreadWorkers
from huisheng.testing import SilentEngine
from huisheng.units import Seconds

ONE, TWO, THREE = WorkerLayout(1, 2, 1), WorkerLayout(1, 2, 2), WorkerLayout(2, 1, 1)


def pace(first_audio: float, throughput: float) -> LayoutSpeed:
    return LayoutSpeed(Seconds(first_audio), throughput)


@pytest.mark.parametrize(
    ("paces", "chosen"),
    [
        ({ONE: pace(0.03, 20.0), TWO: pace(0.03, 25.0)}, TWO),
        ({ONE: pace(0.04, 25.0), TWO: pace(0.025, 24.5)}, TWO),
        ({ONE: pace(0.03, 25.0), TWO: pace(0.028, 24.5)}, ONE),
        ({ONE: pace(0.04, 25.0), TWO: pace(0.01, 20.0)}, ONE),
    ],
    ids=["most", "much sooner", "hardly sooner", "sooner but much less"],
)
def test_the_best_speaks_most_or_nearly_and_much_sooner(
    paces: dict[WorkerLayout, LayoutSpeed], chosen: WorkerLayout
) -> None:
    assert choose_best(paces) == chosen


@pytest.mark.parametrize("cores", [1, 2, 3, 4, 8, 64])
def test_every_arrangement_has_a_slot_for_each_core(cores: int) -> None:
    tried = list(candidate_layouts(cores, processes=True))

    assert len(set(tried)) == len(tried)
    assert all(1 <= one.workers <= cores <= one.workers * one.slots for one in tried)


def test_without_processes_threads_of_the_server_do_it() -> None:
    assert {one.workers for one in candidate_layouts(4, processes=False)} == {0}


async def test_measuring_speaks_alone_and_together() -> None:
    found = await measure(ThreadWorkers(Synthesizer(SilentEngine()), 2), seconds=0.2)

    assert found.first_audio > 0.0
    assert found.throughput > 0.0
