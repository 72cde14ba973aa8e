"""ConvNeXt over time: how far a frame hears, and that nothing but real frames is heard."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from huisheng.convnext import ConvNextLayer, ConvNextStack, StackConfig

INPUTS = 5
FRAMES = 31
MIDDLE = 15
SHAPES = pytest.mark.parametrize(
    "config",
    [StackConfig(1, 8, 12), StackConfig(3, 8, 12, kernel=3), StackConfig(2, 6, 9, kernel=5)],
    ids=["one layer", "three narrow layers", "two layers"],
)


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def stack(config: StackConfig) -> ConvNextStack:
    """With weights of its own, the same each time."""
    made = ConvNextStack(INPUTS, config).eval().requires_grad_(False)
    for seed, parameter in enumerate(made.parameters()):
        parameter.copy_(0.5 * random(*parameter.shape, seed=seed) + float(parameter.dim() == 1))
    return made


def valid(*lengths: int) -> Tensor:
    return torch.arange(FRAMES) < torch.tensor(lengths)[:, None]


@SHAPES
@pytest.mark.parametrize("side", [-1, 1])
def test_a_frame_hears_its_reach_and_not_one_frame_more(config: StackConfig, side: int) -> None:
    ours, frames = stack(config), random(1, FRAMES, INPUTS)
    beyond, edge = frames.clone(), frames.clone()
    beyond[0, MIDDLE + side * (config.reach + 1)] += 1.0
    edge[0, MIDDLE + side * config.reach] += 1.0

    plain, unheard, heard = (ours(given, valid(FRAMES))[0, MIDDLE] for given in (frames, beyond, edge))

    assert torch.equal(unheard, plain)
    assert not torch.equal(heard, plain)


@SHAPES
def test_what_lies_at_padding_has_no_influence(config: StackConfig) -> None:
    ours, frames = stack(config), random(1, FRAMES, INPUTS)
    other = torch.cat([frames[:, :20], random(1, FRAMES - 20, INPUTS, seed=2)], dim=1)

    first, second = (ours(given, valid(20))[:, :20] for given in (frames, other))

    assert torch.equal(first, second)


@SHAPES
def test_a_row_of_a_batch_is_what_it_is_alone(config: StackConfig) -> None:
    ours, frames = stack(config), random(3, FRAMES, INPUTS)
    lengths = (FRAMES, 17, 4)

    together = ours(frames, valid(*lengths))

    for row, length in enumerate(lengths):
        alone = ours(frames[row : row + 1, :length], valid(length)[:, :length])
        torch.testing.assert_close(together[row : row + 1, :length], alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("layers", "kernel", "reach"), [(4, 7, 12), (6, 7, 18), (3, 1, 0)])
def test_each_layer_adds_half_a_filter_to_the_reach(layers: int, kernel: int, reach: int) -> None:
    assert StackConfig(layers, 8, 8, kernel).reach == reach


def test_a_layer_whose_products_say_nothing_passes_its_frames_on() -> None:
    layer = ConvNextLayer(StackConfig(1, 8, 12)).requires_grad_(False)
    layer.scale.zero_()
    frames = random(2, 9, 8)

    assert torch.equal(layer(frames), frames)


def test_dropout_acts_in_training_alone() -> None:
    ours = stack(StackConfig(2, 8, 12, dropout=0.5))
    frames, every = random(1, FRAMES, INPUTS), valid(FRAMES)

    taught = [ours.train()(frames, every) for _ in range(2)]
    said = [ours.eval()(frames, every) for _ in range(2)]

    assert not torch.equal(*taught)
    assert torch.equal(*said)
