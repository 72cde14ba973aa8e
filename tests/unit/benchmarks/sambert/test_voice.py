import torch
from benchmarks.sambert.voice import draw_state_dict
from torch import nn

from huisheng.vocoder.config import VocoderConfig
from huisheng.vocoder.generator import Generator

TINY = VocoderConfig(
    channels=8, scales=(2,), upsample_kernels=(4,), block_kernels=(3,), dilations=((1,),), mels=4
)


def test_weights_are_drawn_the_same_whenever_they_are_drawn() -> None:
    first, second = draw_state_dict(Generator(TINY)), draw_state_dict(Generator(TINY))

    assert all(torch.equal(first[name], second[name]) for name in first)


def test_two_layers_of_one_shape_are_drawn_differently() -> None:
    weights = draw_state_dict(nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)]))

    assert not torch.equal(weights["0.weight"], weights["1.weight"])


def test_what_is_computed_is_not_drawn() -> None:
    network = nn.Linear(1, 1)
    network.register_buffer("table", torch.arange(3.0))

    assert torch.equal(draw_state_dict(network)["table"], torch.arange(3.0))


def test_the_network_is_drawn_whole() -> None:
    network = Generator(TINY)

    assert draw_state_dict(network).keys() == network.state_dict().keys()
