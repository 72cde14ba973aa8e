"""The path through a table of odds, and the odds themselves."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
import torch
from tests.unit.acoustic.tiny import to_lists
from torch import Tensor

from huisheng.acoustic.alignment import align, diagonal_prior, mean_over_frames, monotonic_path


def best_score(scores: Tensor) -> float:
    """The best of all monotonic paths through (T, L), tried one by one."""
    frames, symbols = scores.shape
    totals: list[float] = []
    for cuts in combinations(range(1, frames), symbols - 1):
        ends = (0, *cuts, frames)
        totals.append(sum(float(scores[ends[i] : ends[i + 1], i].sum()) for i in range(symbols)))
    return max(totals)


@pytest.mark.parametrize("seed", range(5))
def test_the_path_scores_as_much_as_the_best_of_all(seed: int) -> None:
    scores = torch.randn(1, 8, 4, generator=torch.Generator().manual_seed(seed)).double()

    path = monotonic_path(scores, torch.tensor([8]), torch.tensor([4]))

    assert float((path * scores).sum()) == pytest.approx(best_score(scores[0]))


def test_the_path_goes_from_the_first_symbol_to_the_last_and_skips_none() -> None:
    scores = torch.randn(1, 8, 4, generator=torch.Generator().manual_seed(0))

    symbols = monotonic_path(scores, torch.tensor([8]), torch.tensor([4]))[0].argmax(dim=1)

    assert (int(symbols[0]), int(symbols[-1])) == (0, 3)
    assert set(to_lists(symbols.diff())) == {0, 1}


def test_where_all_scores_the_same_it_moved_on_as_late_as_it_could() -> None:
    path = monotonic_path(torch.zeros(1, 5, 3), torch.tensor([5]), torch.tensor([3]))

    assert to_lists(path[0].argmax(dim=1)) == [0, 0, 0, 1, 2]


def test_a_row_ends_with_its_own_frames_and_symbols() -> None:
    scores = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0))
    frames, lengths = torch.tensor([6, 4]), torch.tensor([4, 2])

    path = monotonic_path(scores, frames, lengths)

    assert torch.equal(path[1, :4, :2], monotonic_path(scores[1:, :4, :2], frames[1:], lengths[1:])[0])
    assert float(path[1].sum()) == 4.0


def test_soft_odds_are_over_the_real_symbols() -> None:
    log_odds = torch.randn(1, 5, 4, generator=torch.Generator().manual_seed(0))

    found = align(log_odds, torch.tensor([5]), torch.tensor([3]))

    torch.testing.assert_close(found.soft[0, :, :3], log_odds[0, :, :3].softmax(dim=1))
    assert not bool(found.soft[..., 3].any())


def test_soft_odds_pass_their_gradient() -> None:
    log_odds = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0)).double().requires_grad_()

    def soft(odds: Tensor) -> Tensor:
        return align(odds, torch.tensor([4, 3]), torch.tensor([3, 2])).soft

    assert torch.autograd.gradcheck(soft, (log_odds,))


def test_the_mean_is_over_frames_that_have_a_value() -> None:
    hard = torch.tensor([[[1.0, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]]])

    said = mean_over_frames(torch.tensor([[2.0, 0.0, 4.0, 0.0]]), hard)

    assert to_lists(said) == [[3.0, 0.0, 0.0]]


def test_the_prior_is_the_beta_binomial_distribution() -> None:
    frames, symbols = 6, 4

    def odds(frame: int, symbol: int) -> float:
        def beta(a: int, b: int) -> float:
            return math.gamma(a) * math.gamma(b) / math.gamma(a + b)

        a, b, n = frame, frames + 1 - frame, symbols - 1
        return math.comb(n, symbol) * beta(symbol + a, n - symbol + b) / beta(a, b)

    expected = [[odds(frame, symbol) for symbol in range(symbols)] for frame in range(1, frames + 1)]
    torch.testing.assert_close(diagonal_prior(frames, symbols), torch.tensor(expected))


def test_the_prior_of_a_long_utterance_sums_to_one_in_every_frame() -> None:
    prior = diagonal_prior(2000, 300)

    torch.testing.assert_close(prior.sum(dim=1), torch.ones(2000))
