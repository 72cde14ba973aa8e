"""Pitch, energy and durations: from the truth in training, from themselves in speaking."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
import torch
from tests.unit.acoustic.tiny import network, utterances
from torch import Tensor

from huisheng.acoustic.inputs import Controls, valid_positions
from huisheng.acoustic.variance import Conditions, Variance

OURS = network().requires_grad_(False)
ADAPTOR = OURS.variance_adaptor


@cache
def conditions() -> Conditions:
    inputs = utterances(OURS, 6, 4)
    valid = valid_positions(inputs.lengths, 6)
    encoded = OURS.text_encoder.encode(inputs.symbols, valid)
    return Conditions(encoded.text, inputs.speakers, inputs.emotions, inputs.lengths, valid)


@cache
def plain() -> Variance:
    return ADAPTOR.generate(conditions(), Controls())


def same(size: float) -> Tensor:
    return torch.full((2, 6), size)


def test_durations_from_the_truth_that_was_said_are_what_was_said() -> None:
    symbols = conditions().with_speaker_and_emotion(plain().text)
    said = ADAPTOR.duration_predictor.generate(symbols)

    trained = ADAPTOR.duration_predictor(symbols, torch.expm1(said))

    torch.testing.assert_close(trained, said, rtol=0, atol=1e-5)


def test_a_duration_hears_the_one_before() -> None:
    symbols = conditions().with_speaker_and_emotion(plain().text)
    short, long = (ADAPTOR.duration_predictor(symbols, torch.full((2, 6), frames)) for frames in (1, 30))

    changed = (short - long).abs().amax(dim=0) > 1e-4
    assert not bool(changed[0])
    assert bool(changed[1:].all())


def test_no_duration_is_below_zero() -> None:
    predictor = network().variance_adaptor.duration_predictor.requires_grad_(False)
    predictor.fc.bias.fill_(-99.0)
    symbols = conditions().with_speaker_and_emotion(plain().text)

    assert not bool(predictor.generate(symbols).any())
    assert not bool(predictor(symbols, torch.ones(2, 6)).any())


def test_from_the_truth_that_was_predicted_all_is_predicted_again() -> None:
    trained = ADAPTOR(conditions(), plain().pitch, plain().energy, torch.expm1(plain().log_durations))

    for name in ("pitch", "energy", "text", "log_durations"):
        torch.testing.assert_close(getattr(trained, name), getattr(plain(), name), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["pitch", "energy", "log_durations", "pitch_states"])
def test_nothing_is_said_of_padding(name: str) -> None:
    assert bool((getattr(plain(), name)[1, 4:] == 0.0).all())


@pytest.mark.parametrize("track", ["pitch", "energy"])
def test_a_track_is_scaled_before_it_is_shifted(track: str) -> None:
    moved = moved_by(track, scale=2.0, bias=0.5)

    expected = getattr(plain(), track) * 2.0 + 0.5
    torch.testing.assert_close(getattr(moved, track), expected * conditions().valid)


@pytest.mark.parametrize("track", ["pitch", "energy"])
def test_a_moved_track_changes_the_text(track: str) -> None:
    moved = moved_by(track, scale=1.0, bias=0.5)

    assert float((moved.text - plain().text)[conditions().valid].abs().max()) > 1e-2


def moved_by(track: str, scale: float, bias: float) -> Variance:
    controls = replace(Controls(), **{f"{track}_scale": same(scale), f"{track}_bias": same(bias)})
    return ADAPTOR.generate(conditions(), controls)


def test_shifting_the_pitch_leaves_the_energy() -> None:
    assert torch.equal(moved_by("pitch", 1.0, 0.5).energy, plain().energy)


def test_a_change_of_nothing_changes_nothing() -> None:
    unmoved = ADAPTOR.generate(conditions(), Controls(same(1.0), same(1.0), same(0.0), same(1.0), same(0.0)))

    assert torch.equal(unmoved.text, plain().text)
