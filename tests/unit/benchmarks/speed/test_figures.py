import pytest
from benchmarks.speed.figures import beyond, middle, row, targets
from benchmarks.speed.runs import Run, Spoken
from benchmarks.speed.start import Start

STARTS = [Start(2.0, 300.0), Start(2.2, 310.0), Start(9.0, 305.0)]


def test_overhead_is_the_median_of_neighbouring_pairs_and_not_the_ratio_of_medians() -> None:
    # The machine slows down to a third meanwhile: neighbours share that, medians over all do not.
    runs = [_run(1.1, same=1.0), _run(3.3, same=3.0), _run(1.0, same=3.0)]

    overhead = row(runs, STARTS).overhead

    assert overhead == pytest.approx(10.0)


def test_speed_is_told_by_its_medians() -> None:
    figures = row([_run(1.0), _run(2.0), _run(9.0)], STARTS)

    assert (figures.wall, figures.real_time_factor, figures.rate) == (2.0, 0.2, 25.0)


def test_first_audio_tells_the_rare_long_wait_too() -> None:
    runs = [_run(1.0, first=0.1)] * 9 + [_run(1.0, first=1.1)]

    figures = row(runs, STARTS)

    assert (figures.first_p50, figures.first_p95) == (0.1, pytest.approx(0.65))


def test_memory_is_the_median_of_fresh_processes() -> None:
    assert row([_run(1.0)], STARTS).peak == 305.0


def test_what_is_not_known_does_not_enter_a_median() -> None:
    assert middle([None, 1.0, 3.0]) == 2.0


def test_nothing_known_has_no_median() -> None:
    assert middle([None, None]) is None


def test_a_quarter_more_is_25_percent() -> None:
    assert beyond(1.25, 1.0) == pytest.approx(25.0)


def test_overhead_is_judged_from_20_characters_up() -> None:
    rows = [row([_run(1.0, length=length, same=1.0)], STARTS) for length in (5, 20, 50, 100, 200)]

    judged = [target.name.split(" ")[0] for target in targets(rows) if target.unit == "%"]

    assert judged == ["20", "50", "100", "200"]


def _run(wall: float, *, first: float = 0.5, same: float | None = None, length: int = 50) -> Run:
    return Run(length, Spoken(wall, first, sound=10.0), same, same)
