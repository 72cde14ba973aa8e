"""Rounds networks for packages: weights that float16 holds exactly, merged layers; inaudible."""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

import torch
from torch import Tensor, nn

from huisheng.convnext import ConvNextLayer

Network = TypeVar("Network", bound=nn.Module)

_COARSER = 16.0
"""float16 keeps multiples of 2⁻²⁴, we multiples of 2⁻²⁰: so a factor that a graph puts into a product, 1/8 of
the queries say, costs no bits."""


@torch.no_grad()
def round_weights(network: Network) -> Network:
    """A copy in evaluation mode, whose every matrix float16 holds exactly; vectors are not changed.

    The scale of a ConvNeXt layer goes into the product before it, so that its weights are those of the graph.
    """
    copy = deepcopy(network).cpu().float().eval()
    for module in copy.modules():
        if isinstance(module, ConvNextLayer):
            _merge(module)
    for tensor in copy.state_dict().values():
        if tensor.is_floating_point() and tensor.dim() > 1:
            tensor.copy_(_round(tensor))
    return copy


def _merge(layer: ConvNextLayer) -> None:
    layer.narrow.weight.mul_(layer.scale[:, None])
    layer.narrow.bias.mul_(layer.scale)
    layer.scale.fill_(1.0)


def _round(values: Tensor) -> Tensor:
    """(…) → (…) values that float16 holds exactly."""
    return (values / _COARSER).half().float() * _COARSER
