"""Two sinusoids, each in its own order."""

from __future__ import annotations

import math

import pytest
import torch
from tests.unit.acoustic.tiny import to_lists

from huisheng.acoustic.positions import DurationPositions, TextPositions, text_positions


def test_the_first_symbol_stands_at_one_with_sines_before_cosines() -> None:
    said = text_positions(1, 4)[0]

    angles = [1.0, 1.0 / 10_000.0]
    assert to_lists(said) == pytest.approx([*map(math.sin, angles), *map(math.cos, angles)])


def test_a_text_longer_than_the_table_goes_on_in_the_same_way() -> None:
    symbols = torch.zeros(1, 7, 6)

    assert torch.equal(TextPositions(3, 6)(symbols), TextPositions(20, 6)(symbols))


def test_a_long_text_leaves_the_table_as_it_is() -> None:
    positions = TextPositions(3, 6)

    positions(torch.zeros(1, 7, 6))

    assert positions.position_enc.shape == (1, 3, 6)


def test_frames_within_a_symbol_alternate_sines_and_cosines() -> None:
    said = DurationPositions(4)(torch.zeros(1, 1, 4), torch.tensor([[2]]))[0, 0]

    assert to_lists(said) == pytest.approx([math.sin(2.0), math.cos(2.0), math.sin(0.02), math.cos(0.02)])


def test_padding_is_at_place_zero() -> None:
    said = DurationPositions(4)(torch.zeros(1, 1, 4), torch.tensor([[0]]))[0, 0]

    assert to_lists(said) == [0.0, 1.0, 0.0, 1.0]
