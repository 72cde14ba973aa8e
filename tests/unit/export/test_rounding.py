"""Networks are kept with half the bits."""

from __future__ import annotations

import torch
from tests.unit.export.parallel_networks import tiny
from torch import Tensor, nn

from huisheng.convnext import ConvNextLayer, StackConfig
from huisheng.export.rounding import round_weights


def layer() -> ConvNextLayer:
    torch.manual_seed(4)  # pyright: ignore[reportUnknownMemberType]
    made = ConvNextLayer(StackConfig(1, 8, 16, dropout=0.5))
    nn.init.uniform_(made.scale, 0.1, 0.9)
    return made


def matrices(network: nn.Module) -> list[Tensor]:
    return [tensor for tensor in network.state_dict().values() if tensor.dim() > 1]


def test_every_matrix_is_what_float16_holds_also_after_it_is_scaled_by_a_power_of_two() -> None:
    for tensor in matrices(round_weights(tiny().acoustic)):
        for factor in (1 / 8, 1.0, 16.0):
            assert torch.equal((tensor * factor).half().float(), tensor * factor)


def test_small_weights_lose_no_more_than_two_in_a_million() -> None:
    network = nn.Linear(64, 64)
    nn.init.uniform_(network.weight, -1e-3, 1e-3)

    lost = (round_weights(network).weight - network.weight).abs().max()

    assert lost.item() <= 2.0**-21


def test_a_layer_says_the_same_but_for_the_rounding() -> None:
    frames = torch.randn(1, 9, 8, generator=torch.Generator().manual_seed(1))
    exact = layer().eval()

    with torch.inference_mode():
        difference = (round_weights(exact)(frames) - exact(frames)).abs().max()

    assert 0.0 < difference.item() < 2e-3


def test_the_scale_of_a_layer_is_in_the_product_before_it() -> None:
    kept = round_weights(layer())

    assert torch.equal(kept.scale, torch.ones(8))
    torch.testing.assert_close(kept.narrow.bias, layer().narrow.bias * layer().scale)


def test_the_network_that_was_given_stays_as_it_is() -> None:
    given = layer()

    round_weights(given)

    assert given.training
    assert all(torch.equal(*pair) for pair in zip(given.parameters(), layer().parameters(), strict=True))


def test_the_copy_speaks_without_dropout() -> None:
    assert not round_weights(layer()).training


def test_a_network_of_another_precision_is_kept_in_float32() -> None:
    assert round_weights(layer().bfloat16()).scale.dtype == torch.float32
