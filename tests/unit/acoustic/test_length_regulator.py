"""Symbols become as many frames as they last."""

from __future__ import annotations

import pytest
import torch
from tests.unit.acoustic.tiny import to_lists

from huisheng.acoustic.length_regulator import bands, regulator, whole_frames, whole_steps

SYMBOLS = torch.tensor([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]])


def test_each_symbol_is_repeated_and_shorter_rows_end_in_zeros() -> None:
    source = regulator(torch.tensor([[2, 0, 3], [1, 1, 0]]))

    assert to_lists(source.spread(SYMBOLS)[..., 0]) == [[1, 1, 3, 3, 3], [4, 5, 0, 0, 0]]
    assert to_lists(source.frames) == [5, 2]


def test_frames_are_numbered_from_one_within_their_symbol() -> None:
    source = regulator(torch.tensor([[2, 0, 3], [1, 1, 0]]))

    assert to_lists(source.places) == [[1, 2, 1, 2, 3], [1, 1, 0, 0, 0]]


def test_the_length_is_filled_up_to_whole_groups() -> None:
    source = regulator(torch.tensor([[2, 0, 3]]), group=3)

    assert to_lists(source.spread(SYMBOLS[:1])[0, :, 0]) == [1, 1, 3, 3, 3, 0]


def test_repeating_passes_the_gradient_of_every_frame_to_its_symbol() -> None:
    symbols = SYMBOLS.double().requires_grad_()
    source = regulator(torch.tensor([[2, 0, 3], [1, 1, 0]]), group=3)

    assert torch.autograd.gradcheck(source.spread, (symbols,))


def test_halves_are_rounded_up() -> None:
    said = whole_frames(torch.tensor([[0.49, 0.5, 1.5, 2.49, 2.5]]))

    assert to_lists(said) == [[0, 1, 2, 2, 3]]


@pytest.mark.parametrize(("frames", "steps"), [(0, 0), (1, 1), (3, 1), (4, 2)])
def test_steps_hold_all_frames(frames: int, steps: int) -> None:
    assert int(whole_steps(torch.tensor(frames), 3)) == steps


def test_the_band_is_the_longest_symbol_in_steps_before_rounding_to_frames() -> None:
    said = bands(torch.tensor([[4.4, 1.0], [4.5, 0.0]]), group=3)

    assert to_lists(said) == [1, 2]
