"""A stack of ConvNeXt layers computes what torch's computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.unit.export.graphs.running import run_layer, weights_of
from torch import nn

from huisheng.convnext import ConvNextLayer, ConvNextStack, StackConfig
from huisheng.export.graphs.convnext import convnext_stack

X = np.random.default_rng(9).standard_normal((11, 5), np.float32)


@pytest.mark.parametrize("config", [StackConfig(3, 8, 12), StackConfig(1, 16, 32, kernel=5, dropout=0.5)])
def test_a_stack_whose_layers_scale_each_channel(config: StackConfig) -> None:
    torch.manual_seed(2)  # pyright: ignore[reportUnknownMemberType]
    stack = ConvNextStack(5, config).eval()
    for module in stack.modules():
        if isinstance(module, ConvNextLayer):
            nn.init.uniform_(module.scale)
    with torch.inference_mode():
        expected = stack(torch.as_tensor(X)[None], torch.ones(1, 11, dtype=torch.bool))[0].numpy()

    made = run_layer(X, lambda graph, x: convnext_stack(graph, config, weights_of(stack), x))

    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-5)
