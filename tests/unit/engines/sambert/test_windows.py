"""A stretch divided between threads is all of it, in order, and mostly new."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from huisheng.engines.sambert.windows import divided

FRAMES = st.integers(1, 1_000)
LEFT = st.integers(0, 60)
MOST = st.integers(1, 8)


@given(frames=FRAMES, left=LEFT, most=MOST)
def test_new_frames_follow_each_other_and_are_all(frames: int, left: int, most: int) -> None:
    windows = divided(frames, left, most)

    new = [frame for window in windows for frame in range(window.start + window.before, window.end)]
    assert new == list(range(frames))


@given(frames=FRAMES, left=LEFT, most=MOST)
def test_every_window_but_the_first_begins_with_what_it_needs(frames: int, left: int, most: int) -> None:
    first, *others = divided(frames, left, most)

    assert (first.start, first.before) == (0, 0)
    assert all(window.before == left and window.start >= 0 for window in others)


@given(frames=FRAMES, left=LEFT, most=MOST)
def test_there_are_no_more_windows_than_asked_for(frames: int, left: int, most: int) -> None:
    assert 1 <= len(divided(frames, left, most)) <= most


@given(frames=FRAMES, left=st.integers(1, 60), most=MOST)
def test_a_window_makes_more_new_frames_than_it_throws_away(frames: int, left: int, most: int) -> None:
    for window in divided(frames, left, most):
        assert window.end - window.start - window.before >= min(frames, left)


def test_a_stretch_that_is_too_short_to_share_is_one_window() -> None:
    assert len(divided(139, 35, 2)) == 1
    assert len(divided(140, 35, 2)) == 2


def test_windows_are_about_equally_long() -> None:
    lengths = [window.end - window.start for window in divided(500, 35, 3)]

    assert max(lengths) - min(lengths) <= 3
