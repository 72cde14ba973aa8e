"""Shapes that do not fit are named before anything is computed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.acoustic.tiny import network, training_batch, utterances

from huisheng.acoustic.inputs import Controls, Inputs, TrainingBatch, valid_positions
from huisheng.errors import EngineError


def test_positions_are_valid_before_the_end_of_their_row() -> None:
    said = valid_positions(torch.tensor([2, 0, 3]), 3)

    assert torch.equal(said, torch.tensor([[1, 1, 0], [0, 0, 0], [1, 1, 1]]).bool())


@pytest.mark.parametrize("name", ["emotions", "speakers"])
def test_a_vector_for_each_symbol_is_required(name: str) -> None:
    given = utterances(network(), 4)
    shorter = {"emotions": given.emotions, "speakers": given.speakers} | {name: getattr(given, name)[:, 1:]}

    with pytest.raises(EngineError, match=name):
        Inputs(given.symbols, shorter["emotions"], shorter["speakers"], given.lengths)


def test_symbols_have_three_axes() -> None:
    given = utterances(network(), 4)

    with pytest.raises(EngineError, match=r"symbols.*\(4, 4\)"):
        Inputs(given.symbols[0], given.emotions, given.speakers, given.lengths)


def test_a_length_for_each_utterance_is_required() -> None:
    given = utterances(network(), 4, 3)

    with pytest.raises(EngineError, match="lengths"):
        Inputs(given.symbols, given.emotions, given.speakers, given.lengths[:1])


@pytest.mark.parametrize("name", ["mels", "frames", "pitch", "energy", "durations"])
def test_a_truth_of_another_shape_is_named(name: str) -> None:
    given = training_batch(network(), 4, 3)

    with pytest.raises(EngineError, match=name):
        cut(given, name)


def cut(given: TrainingBatch, name: str) -> TrainingBatch:
    return replace(given, **{name: getattr(given, name)[1:]})


def test_a_control_for_each_symbol_is_required() -> None:
    with pytest.raises(EngineError, match="pitch_bias"):
        Controls(pitch_bias=torch.zeros(1, 3)).check(1, 4)


def test_the_message_says_the_same_in_both_languages() -> None:
    with pytest.raises(EngineError) as raised:
        Controls(rate=torch.ones(1, 3)).check(1, 4)

    assert "rate 形状应为 (1, 4)，实为 (1, 3)" in raised.value.message
    assert "rate must have the shape (1, 4), not (1, 3)" in raised.value.english


def test_gathered_controls_are_those_of_the_symbols_asked_for() -> None:
    controls = Controls(rate=torch.tensor([[1.0, 2.0, 3.0]]))

    gathered = controls.gather(torch.tensor([[2, 0, 0, 1]]))

    assert gathered.rate is not None
    assert torch.equal(gathered.rate, torch.tensor([[3.0, 1.0, 1.0, 2.0]]))
    assert gathered.energy_bias is None
