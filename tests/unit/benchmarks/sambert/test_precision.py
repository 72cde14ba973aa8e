import math

import numpy as np
import pytest
from benchmarks.sambert.precision import largest, snr

WANTED = np.array([3.0, -4.0], dtype=np.float32)


def test_a_tenth_of_the_amplitude_is_20_decibels_below() -> None:
    assert snr(WANTED, WANTED * np.float32(1.1)) == pytest.approx(20.0, abs=1e-4)


def test_what_is_equal_is_infinitely_far_above_the_difference() -> None:
    assert snr(WANTED, WANTED) == math.inf


def test_the_largest_difference_has_no_sign() -> None:
    assert largest(WANTED, np.array([3.5, -6.0], dtype=np.float32)) == 2.0
