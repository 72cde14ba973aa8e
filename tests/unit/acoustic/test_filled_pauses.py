"""TextWithPauses pauses are put in before their symbol; everything else moves on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.acoustic.tiny import TINY, network, row, to_lists, training_batch, utterances

from huisheng.acoustic.filled_pauses import FilledPausePredictor, insert_filled_pauses
from huisheng.acoustic.inputs import Controls
from huisheng.errors import EngineError

FILLING = replace(TINY, fills_pauses=True)
FILLERS = torch.arange(9.0).view(3, 3, 1) + 100.0
TEXT = torch.tensor([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [0.0]]])
VALID = torch.tensor([[1, 1, 1], [1, 1, 0]]).bool()


def test_three_symbols_come_before_the_one_that_hesitates() -> None:
    whole = insert_filled_pauses(TEXT, torch.tensor([[0, 2, 0], [0, 0, 0]]), VALID, FILLERS)

    assert to_lists(whole.text[0, :, 0]) == [1, 103, 104, 105, 2, 3]
    assert to_lists(whole.origins[0]) == [0, -1, -1, -1, 1, 2]


def test_padding_never_hesitates() -> None:
    whole = insert_filled_pauses(TEXT, torch.tensor([[0, 0, 0], [3, 0, 1]]), VALID, FILLERS)

    assert to_lists(whole.text[1, :, 0]) == [106, 107, 108, 4, 5]
    assert to_lists(whole.source.frames) == [3, 5]
    assert to_lists(whole.origins[0]) == [0, 1, 2, -1, -1]


def test_the_odds_of_a_symbol_sum_to_one_and_padding_has_none() -> None:
    said = FilledPausePredictor(FILLING)(torch.randn(2, 3, 6), VALID)

    torch.testing.assert_close(said.sum(dim=2), VALID.float())


def test_what_stands_at_padding_changes_no_odds() -> None:
    ours = network(FILLING).FP_predictor
    text = torch.randn(2, 3, 6, generator=torch.Generator().manual_seed(0))

    other = torch.where(VALID[..., None], text, 9.0)

    assert torch.equal(ours(text, VALID), ours(other, VALID))


def test_each_utterance_of_a_batch_hesitates_as_it_does_alone() -> None:
    ours = network(FILLING)
    inputs = utterances(ours, 9, 5)
    together = ours.infer(inputs)

    alone = ours.infer(row(inputs, 1))

    symbols, frames = alone.durations.shape[1], int(alone.frames)
    assert torch.equal(together.origins[1, :symbols], alone.origins[0])
    torch.testing.assert_close(together.mel[1, :frames], alone.mel[0, :frames], rtol=0, atol=1e-5)


def test_controls_of_a_symbol_also_hold_for_the_pause_before_it() -> None:
    ours = network(FILLING)
    inputs = utterances(ours, 6)
    plain = ours.infer(inputs)

    halved = ours.infer(inputs, Controls(rate=torch.full((1, 6), 2.0)))

    assert bool((plain.origins == -1).any())
    expected = (torch.expm1(plain.log_durations) / 2 + 0.5).floor().long()
    assert torch.equal(halved.durations, expected)


def test_training_such_a_model_is_refused() -> None:
    with pytest.raises(EngineError, match="填充停顿"):
        network(FILLING).forward(training_batch(network(), 3))
