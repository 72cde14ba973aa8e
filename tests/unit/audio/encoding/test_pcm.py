"""Sixteen bits: rounded to nearest, never wrapped."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.audio.encoding.pcm import PcmEncoder, clip, quantize


@pytest.mark.parametrize(
    ("value", "step"),
    [
        (0.0, 0),
        (1.0, 32_767),
        (-1.0, -32_768),
        (0.5, 16_384),
        (1.4 / 32_768, 1),
        (1.6 / 32_768, 2),
        (-1.6 / 32_768, -2),
        (2.0, 32_767),
        (-2.0, -32_768),
        (float("nan"), 0),
        (float("inf"), 32_767),
        (float("-inf"), -32_768),
    ],
)
def test_a_sample_becomes_the_nearest_step(value: float, step: int) -> None:
    assert quantize(np.array([value], dtype=np.float32)) == [step]


@given(st.lists(st.integers(-32_768, 32_767)))
def test_sixteen_bits_survive_the_way_there_and_back(steps: list[int]) -> None:
    samples = (np.array(steps, dtype=np.float64) / 32_768).astype(np.float32)

    assert quantize(samples).tolist() == steps


@given(st.lists(st.floats(width=32)))
def test_bounded_samples_lie_between_minus_one_and_one(values: list[float]) -> None:
    assert all(-1 <= sample <= 1 for sample in clip(np.array(values, dtype=np.float32)))


def test_the_low_byte_comes_first() -> None:
    encoder = PcmEncoder()

    assert encoder.encode(np.array([0.5, -1.0], dtype=np.float32)) + encoder.flush() == b"\x00\x40\x00\x80"
