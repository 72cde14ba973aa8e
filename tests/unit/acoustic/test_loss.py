"""Losses are means over what is real, and their gradients are right."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import pytest
import torch
from tests.unit.acoustic.tiny import TINY, network, training_batch
from torch import Tensor

from huisheng.acoustic.alignment import align
from huisheng.acoustic.loss import binarisation_loss, losses, mean_distance, order_loss

VALID = torch.tensor([[1, 1, 0], [1, 0, 0]]).bool()


def random_tensor(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_a_distance_is_the_mean_over_real_positions_only() -> None:
    said = torch.tensor([[1.0, 2.0, 9.0], [4.0, 9.0, 9.0]])

    assert float(mean_distance(said, torch.zeros(2, 3), VALID)) == pytest.approx((1 + 2 + 4) / 3)


def test_a_distance_of_spectrograms_is_also_the_mean_over_their_bins() -> None:
    said = torch.tensor([1.0, 3.0]).expand(2, 3, 2)

    assert float(mean_distance(said, torch.zeros(2, 3, 2), VALID)) == pytest.approx(2.0)


def test_a_distance_has_the_right_gradient() -> None:
    said, truth = random_tensor(2, 3, 2).requires_grad_(), random_tensor(2, 3, 2) + 1.0

    assert torch.autograd.gradcheck(partial(mean_distance, target=truth, valid=VALID), (said,))


def test_one_frame_of_one_symbol_costs_its_odds_against_the_blank() -> None:
    cost = order_loss(torch.tensor([[[0.5]]]), torch.tensor([1]), torch.tensor([1]))

    assert float(cost) == pytest.approx(math.log(1.0 + math.exp(-1.0 - 0.5)))


def test_the_order_costs_the_odds_of_all_its_paths() -> None:
    log_odds = random_tensor(1, 3, 2)
    blank = torch.full((1, 3, 1), -1.0, dtype=torch.float64)
    odds = torch.cat([blank, log_odds], dim=2).softmax(dim=2)[0]
    paths = [(1, 1, 2), (1, 2, 2), (0, 1, 2), (1, 0, 2), (1, 2, 0)]
    likely = sum(float(odds[0, a] * odds[1, b] * odds[2, c]) for a, b, c in paths)

    cost = order_loss(log_odds, torch.tensor([3]), torch.tensor([2]))

    assert float(cost) == pytest.approx(-math.log(likely) / 2)


def test_what_lies_behind_the_end_costs_nothing() -> None:
    log_odds, frames, lengths = random_tensor(2, 5, 4), torch.tensor([5, 3]), torch.tensor([4, 2])

    together = order_loss(log_odds, frames, lengths)

    long = order_loss(log_odds[:1], frames[:1], lengths[:1])
    short = order_loss(log_odds[1:, :3, :2], frames[1:], lengths[1:])
    torch.testing.assert_close(together, (long + short) / 2)


def test_the_order_has_the_right_gradient() -> None:
    cost = partial(order_loss, frames=torch.tensor([4, 3]), lengths=torch.tensor([3, 2]))

    assert torch.autograd.gradcheck(cost, (random_tensor(2, 4, 3).requires_grad_(),))


def test_an_utterance_with_fewer_frames_than_symbols_costs_nothing() -> None:
    assert float(order_loss(random_tensor(1, 1, 3), torch.tensor([1]), torch.tensor([3]))) == 0.0


def test_binarisation_has_the_right_gradient() -> None:
    def cost(log_odds: Tensor) -> Tensor:
        return binarisation_loss(align(log_odds, torch.tensor([4, 3]), torch.tensor([3, 2])))

    assert torch.autograd.gradcheck(cost, (random_tensor(2, 4, 3).requires_grad_(),))


def test_a_sure_alignment_costs_nothing() -> None:
    hard = torch.eye(3)[None]

    found = align((hard * 1e4).log1p() * 100.0, torch.tensor([3]), torch.tensor([3]))

    assert float(binarisation_loss(found)) == pytest.approx(0.0, abs=1e-6)


def test_the_total_is_the_sum_and_a_model_with_given_durations_pays_for_no_alignment() -> None:
    ours = network().requires_grad_(False)
    batch = training_batch(ours, 5, 3)

    paid = losses(batch, ours.forward(batch), epoch=0)

    assert (paid.alignment, paid.binarisation) == (None, None)
    parts = (paid.coarse, paid.mel, paid.duration, paid.pitch, paid.energy)
    assert float(paid.total) == pytest.approx(sum(map(float, parts)))


def test_an_alignment_is_held_to_its_decisions_more_and_more() -> None:
    ours = network(replace(TINY, aligns=True)).requires_grad_(False)
    batch = training_batch(ours, 5, 3)
    output = ours.forward(batch)

    paid = [losses(batch, output, epoch) for epoch in (0, 50, 100, 200)]

    costs = [float(cost.binarisation) for cost in paid if cost.binarisation is not None]
    assert costs == pytest.approx([0.0, costs[2] / 2, costs[2], costs[2]])
    assert costs[2] > 0.0
