from collections.abc import Sequence

from benchmarks.speed.bare import Ids, pack_calls
from hypothesis import given
from hypothesis import strategies as st

BLANK = 99
CALLS = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=20).map(tuple), max_size=12)


@given(CALLS, st.integers(20, 60))
def test_no_joined_call_passes_the_limit(calls: Sequence[Ids], limit: int) -> None:
    assert all(len(ids) <= limit for ids in pack_calls(calls, BLANK, limit))


@given(CALLS, st.integers(20, 60))
def test_joining_keeps_every_symbol_in_order(calls: Sequence[Ids], limit: int) -> None:
    joined = [symbol for ids in pack_calls(calls, BLANK, limit) for symbol in ids if symbol != BLANK]

    assert joined == [symbol for ids in calls for symbol in ids]


def test_a_blank_stands_where_two_calls_were_joined() -> None:
    assert pack_calls([(1, 2), (3,)], BLANK, 4) == ((1, 2, BLANK, 3),)


def test_calls_that_do_not_fit_together_stay_apart() -> None:
    assert pack_calls([(1, 2), (3, 4)], BLANK, 4) == ((1, 2), (3, 4))
