"""Our generator makes the reference's samples from the reference's weights, and takes its checkpoints."""

from __future__ import annotations

import pytest
import torch
from tests.parity.vocoder.reference import config, generator, inputs, parameters, shapes, tensors
from tests.parity.weights import draw_state_dict
from torch import Tensor, nn

from huisheng.vocoder.config import HIFIGAN_16K
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.source import Draw

SMALL = ["voc16k", "voc16k_nc", "voc16k_nsf", "voc24k", "voc24k_nsf"]
WITH_SOURCE = ["voc16k_nsf", "voc24k_nsf"]
WITHOUT_SOURCE = ["voc16k", "voc16k_nc", "voc24k"]

FULL = "voc16k_full"

BEFORE = 1e-5
"""Largest difference of values before the stages; the excitation differs by 4e-6, as our phases are exact."""

WAVE = 5e-5
"""Largest difference of samples, of full scale; measured 4e-6 without a source and 1.2e-5 with one."""


@pytest.mark.parametrize("name", SMALL)
def test_the_samples_are_the_references(name: str) -> None:
    with torch.no_grad():
        wave = generator(name)(*inputs(name))

    torch.testing.assert_close(wave, tensors(name)["wav"], rtol=0, atol=WAVE)


@pytest.mark.parametrize("name", WITHOUT_SOURCE)
def test_the_samples_of_folded_weights_are_the_references(name: str) -> None:
    with torch.no_grad():
        wave = generator(name).fold()(*inputs(name))

    torch.testing.assert_close(wave, tensors(name)["wav_folded"], rtol=0, atol=WAVE)


@pytest.mark.parametrize("name", WITHOUT_SOURCE)
def test_the_first_convolution_is_the_references(name: str) -> None:
    expected = tensors(name)

    with torch.no_grad():
        frames = generator(name).conv_pre(expected["mel"])

    torch.testing.assert_close(frames, expected["conv_pre"], rtol=0, atol=BEFORE)


@pytest.mark.parametrize("name", WITHOUT_SOURCE)
def test_the_first_stage_is_the_references(name: str) -> None:
    model = generator(name)
    outputs: list[Tensor] = []

    def note(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        outputs.append(output)

    for block in list(model.conv_blocks)[:3]:
        block.register_forward_hook(note)
    with torch.no_grad():
        model(*inputs(name))

    torch.testing.assert_close(sum(outputs), tensors(name)["block0"], rtol=BEFORE, atol=BEFORE)


@pytest.mark.parametrize("name", WITH_SOURCE)
def test_the_excitation_is_the_references(name: str) -> None:
    given = tensors(name)
    draw = Draw(given["phase"], given["gauss"])

    with torch.no_grad():
        excitation = generator(name).source_module(given["f0"], given["uv"], draw)

    torch.testing.assert_close(excitation, given["excitation"], rtol=0, atol=BEFORE)


@pytest.mark.parametrize("name", [*SMALL, FULL])
def test_the_state_dict_has_the_keys_and_shapes_of_the_checkpoints_in_their_order(name: str) -> None:
    state = Generator(config(name)).state_dict()

    assert [(key, tuple(value.shape)) for key, value in state.items()] == list(
        shapes(name, "weight_norm").items()
    )


@pytest.mark.parametrize("name", [*SMALL, FULL])
def test_the_folded_state_dict_has_the_keys_and_shapes_of_the_reference(name: str) -> None:
    state = Generator(config(name)).fold().state_dict()

    assert {key: tuple(value.shape) for key, value in state.items()} == shapes(name, "folded")


@pytest.mark.parametrize("name", [*SMALL, FULL])
def test_there_are_as_many_parameters_as_in_the_reference(name: str) -> None:
    count = sum(parameter.numel() for parameter in Generator(config(name)).parameters())

    assert count == parameters(name)


def test_the_yaml_of_the_published_16_khz_model_is_the_preset() -> None:
    assert config(FULL) == HIFIGAN_16K


def test_at_full_width_folding_changes_nothing() -> None:
    model = Generator(config(FULL))
    model.load_state_dict(draw_state_dict(shapes(FULL, "weight_norm"), {}))
    mel = torch.randn(1, 80, 2, generator=torch.Generator().manual_seed(1))

    with torch.no_grad():
        torch.testing.assert_close(model.fold()(mel), model(mel), rtol=0, atol=1e-6)
