import pytest
from benchmarks.sambert.comparison import Candidate, Run, Side, Stage
from benchmarks.sambert.figures import (
    JUDGED,
    LEAST,
    MIDDLE,
    Row,
    Spread,
    limit,
    rounds_done,
    rows,
    target_row,
)
from benchmarks.sambert.machine import Machine
from benchmarks.sambert.work import Work


def test_a_row_tells_median_least_and_most_of_the_rounds() -> None:
    (row,) = rows([_run("vocoder", "ours", 1, wall) for wall in (4.0, 1.0, 2.0)])

    assert row.factors[Candidate("vocoder", "ours", 1)] == Spread(middle=1.0, least=0.5, most=2.0)


def test_each_side_counts_with_the_number_of_threads_that_suits_best() -> None:
    (row,) = rows(
        [
            _run("vocoder", "eager", 1, 4.0),
            _run("vocoder", "eager", 2, 3.0),
            _run("vocoder", "ours", 1, 1.0),
            _run("vocoder", "ours", 2, 9.0),
        ]
    )

    assert row.speedup("vocoder", MIDDLE) == pytest.approx(3.0)


def test_eager_torch_takes_for_both_stages_the_sum_of_their_best() -> None:
    (row,) = rows(
        [
            _run("acoustic", "eager", 1, 1.0),
            _run("acoustic", "eager", 2, 8.0),
            _run("vocoder", "eager", 1, 6.0),
            _run("vocoder", "eager", 2, 3.0),
            _run("both", "ours", 2, 2.0),
        ]
    )

    assert row.speedup("both", MIDDLE) == pytest.approx((1.0 + 3.0) / 2.0)


def test_by_the_least_each_side_counts_with_the_round_that_was_disturbed_least() -> None:
    (row,) = rows(
        [_run("vocoder", "eager", 2, wall) for wall in (1.0, 8.0, 9.0)]
        + [_run("vocoder", "ours", 2, wall) for wall in (2.0, 2.0, 2.0)]
    )

    assert row.speedup("vocoder", LEAST) == pytest.approx(0.5)


def test_rounds_are_counted_by_what_was_run_and_not_by_what_was_asked_for() -> None:
    runs = [_run("vocoder", side, 1, 1.0) for side in ("eager", "ours") for _ in range(2)]

    assert rounds_done(runs) == 2


def test_speedups_are_told_of_the_line_of_usual_length() -> None:
    found = [Row(asked, asked, {}) for asked in (1.5, JUDGED, 21.0)]

    assert target_row(found).asked == JUDGED


@pytest.mark.parametrize(("two", "disturbed"), [(0.5, False), (0.7, False), (0.75, True), (30.0, True)])
def test_a_machine_on_which_a_second_thread_gives_torch_nothing_was_busy(two: float, disturbed: bool) -> None:
    (row,) = rows([_run("vocoder", "eager", 1, 1.0), _run("vocoder", "eager", 2, two)])

    assert row.disturbed is disturbed


def test_a_loop_is_limited_by_reading_its_weights_if_that_takes_longer_than_multiplying() -> None:
    machine = Machine(macs={1: 100.0}, reading={8: 4.0})

    found = limit(Work(macs=50, turns=3, weights=8), 2.0, machine)

    assert (found.arithmetic, found.reading, found.factor) == (0.25, 3.0, 3.0)


def test_what_has_no_loop_is_limited_by_multiplying() -> None:
    assert limit(Work(macs=50), 2.0, Machine(macs={1: 100.0}, reading={})).factor == 0.25


def _run(stage: Stage, side: Side, threads: int, wall: float) -> Run:
    return Run(Candidate(stage, side, threads), asked=2.0, sound=2.0, wall=wall)
