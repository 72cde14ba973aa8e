import pytest
from benchmarks.serving.client import Ending, Outcome
from benchmarks.serving.figures import Row, Stretch, quantiles, row
from benchmarks.serving.knee import keeps_up
from benchmarks.serving.overhead import Pair, summarize
from benchmarks.serving.player import Piece
from benchmarks.serving.saturation import summarize as saturated
from benchmarks.speed.runs import Spoken

STRETCH = Stretch(rate=4.0, seconds=2.0, cores=1.0, client=0.1, memory=200.0)


def outcome(first: float, ending: Ending = "done", *, late: float = 0.0) -> Outcome:
    """An answer in two pieces of a second; the second one comes `late` seconds after the first is over."""
    return Outcome(ending, first + 2.0, (Piece(first, 1.0), Piece(first + 1.0 + late, 1.0)))


def a_row(first: float, *, done: int = 20, refused: int = 0) -> Row:
    refusals = [Outcome("refused", 0.01)] * refused
    return row([*[outcome(first)] * done, *refusals], STRETCH)


def test_every_request_is_counted_once() -> None:
    found = row([outcome(0.1), Outcome("refused", 0.01), Outcome("failed", 9.0)], STRETCH)

    assert (found.offered, found.done, found.refused, found.failed) == (3, 1, 1, 1)


def test_waits_are_those_of_answers_that_came_to_their_end() -> None:
    found = row([outcome(0.1), outcome(7.0, "failed")], STRETCH)

    assert found.first == (pytest.approx(0.1),) * 3


def test_where_nothing_was_done_there_are_no_waits() -> None:
    found = row([Outcome("refused", 0.01)], STRETCH)

    assert (found.first, found.total, found.refusal) == (None, None, 0.01)


def test_answers_that_ran_dry_are_told_as_a_share() -> None:
    found = row([outcome(0.1), outcome(0.1, late=0.4)], STRETCH)

    assert (found.dry, found.silence) == (0.5, pytest.approx(0.2))


def test_sound_is_told_by_the_second_of_the_clock() -> None:
    assert row([outcome(0.1)] * 3, STRETCH).sound == pytest.approx(3 * 2.0 / 2.0)


def test_the_p99_tells_the_rare_long_wait() -> None:
    found = quantiles([0.1] * 98 + [5.0] * 2)

    assert found == (0.1, 0.1, pytest.approx(5.0, abs=0.1))


@pytest.mark.parametrize(
    ("first", "refused", "kept"), [(0.1, 0, True), (0.5, 0, True), (0.6, 0, False), (0.1, 2, False)]
)
def test_a_server_keeps_up_while_nearly_all_is_done_and_waits_stay_short(
    first: float, refused: int, kept: bool
) -> None:
    assert keeps_up(a_row(first, refused=refused), lowest=a_row(0.1)) is kept


def test_overhead_is_the_median_of_neighbouring_pairs() -> None:
    # The machine slows down to a third in the second pair: neighbours share that, medians over all do not.
    pairs = [
        Pair(Outcome("done", served, (Piece(served, 1.0),)), Spoken(bare, bare, 1.0), bare)
        for served, bare in ((1.1, 1.0), (3.3, 3.0), (1.1, 1.0))
    ]

    found = summarize(20, pairs, worked=5.5)

    assert (found.over_first, found.over_total) == (pytest.approx(10.0), pytest.approx(10.0))


def test_work_is_compared_over_all_texts() -> None:
    pairs = [Pair(outcome(0.1), Spoken(1.0, 0.5, 1.0), worked) for worked in (1.0, 3.0)]

    assert summarize(20, pairs, worked=5.0).over_work == pytest.approx(25.0)
    assert summarize(20, pairs, worked=None).over_work is None


def test_full_load_is_told_by_the_number_of_clients_that_suits_best() -> None:
    found = saturated([(10.0, 6.0, 9.0, 8.0), (20.0, 12.0, 18.0, 16.0)], client=0.2)

    assert (found.most, found.share) == (13.5, pytest.approx(90.0))
