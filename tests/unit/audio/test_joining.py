"""Pieces begin and end at zero, and nothing else about them changes."""

from __future__ import annotations

import numpy as np
import pytest

from huisheng.audio.joining import fade_edges, fade_in, fade_out, silence
from huisheng.units import Hertz

RATE = Hertz(24_000)
ONES = np.ones(2_400, dtype=np.float32)


@pytest.mark.parametrize(("seconds", "length"), [(0.5, 12_000), (0.0, 0), (-1.0, 0), (1e-5, 0)])
def test_silence_lasts_as_long_as_asked(seconds: float, length: int) -> None:
    np.testing.assert_array_equal(silence(seconds, RATE), np.zeros(length, dtype=np.float32))


def test_a_fade_in_follows_half_a_cosine() -> None:
    faded = fade_in(ONES, RATE, 10)

    np.testing.assert_allclose(faded[[0, 60, 120, 180, 240]], [0, 0.1464, 0.5, 0.8536, 1], atol=1e-3)


def test_a_fade_out_mirrors_a_fade_in() -> None:
    np.testing.assert_array_equal(fade_out(ONES, RATE, 10), fade_in(ONES, RATE, 10)[::-1])


def test_faded_edges_leave_the_middle_alone() -> None:
    faded = fade_edges(ONES, RATE, 10)

    np.testing.assert_array_equal(faded[240:-240], ONES[240:-240])
    assert (faded[0], faded[-1]) == (0, 0)


def test_neighbouring_samples_of_a_faded_edge_differ_little() -> None:
    padded = np.pad(fade_edges(ONES, RATE, 10), 10)

    assert np.abs(np.diff(padded)).max() < 0.01


@pytest.mark.parametrize("length", [0, 1, 2, 100])
def test_a_piece_shorter_than_the_fade_is_faded_whole(length: int) -> None:
    faded = fade_edges(ONES[:length], RATE, 10)

    assert len(faded) == length
    assert np.abs(faded[:1]).max(initial=0.0) == 0.0


def test_the_given_samples_are_left_as_they_are() -> None:
    samples = ONES.copy()

    fade_edges(samples, RATE, 10)

    np.testing.assert_array_equal(samples, ONES)
