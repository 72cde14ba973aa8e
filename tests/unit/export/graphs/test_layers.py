"""Layers of the graphs compute what torch's compute."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.unit.export.graphs.running import run, run_layer, weights_of
from torch import Tensor, nn

from huisheng.export.graphs.builder import GraphBuilder
from huisheng.export.graphs.layers import (
    EPSILON,
    convolution,
    depthwise_convolution,
    layer_norm,
    linear,
    lstm,
    lstm_weights,
    neighbours,
)

Array = NDArray[np.float32]

ROWS, CHANNELS = 7, 4
X = np.random.default_rng(8).standard_normal((ROWS, CHANNELS), np.float32)
TOLERANCE = 1e-6


@pytest.fixture(autouse=True)
def _seed() -> None:  # pyright: ignore[reportUnusedFunction]
    torch.manual_seed(3)  # pyright: ignore[reportUnknownMemberType]


def run_channels_last(module: nn.Module, x: Array = X) -> Array:
    """(T, C) through a module that hears (B, T, C)."""
    with torch.inference_mode():
        out: Tensor = module(torch.as_tensor(x)[None])
        return out[0].numpy()


def run_channels_first(module: nn.Module, x: Array = X) -> Array:
    """(T, C) through a module that hears (B, C, T)."""
    with torch.inference_mode():
        out: Tensor = module(torch.as_tensor(x.T)[None])
        return out[0].numpy().T


@pytest.mark.parametrize("relu", [False, True])
def test_a_linear_layer(relu: bool) -> None:
    layer = nn.Linear(CHANNELS, 5)
    plain = run_channels_last(layer)

    made = run_layer(X, lambda graph, x: linear(graph, x, weights_of(layer).linear(), relu=relu))

    np.testing.assert_allclose(made, np.maximum(plain, 0.0) if relu else plain, rtol=0, atol=TOLERANCE)


def test_a_normalization() -> None:
    norm = nn.LayerNorm(CHANNELS, eps=EPSILON)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)

    made = run_layer(X, lambda graph, x: layer_norm(graph, x, weights_of(norm)))

    np.testing.assert_allclose(made, run_channels_last(norm), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("taps", [1, 3, 9])
def test_a_convolution_is_a_layer_on_neighbours(taps: int) -> None:
    conv = nn.Conv1d(CHANNELS, 5, taps, padding=taps // 2)
    layer = convolution(weights_of(conv))

    made = run_layer(X, lambda graph, x: linear(graph, neighbours(graph, x, taps), layer))

    np.testing.assert_allclose(made, run_channels_first(conv), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("pads", [(2, 2), (4, 0), (3, 1)])
def test_a_filter_of_each_channel_looks_back_and_ahead_as_far_as_it_is_padded(pads: tuple[int, int]) -> None:
    conv = nn.Conv1d(CHANNELS, CHANNELS, 5, groups=CHANNELS, bias=False)
    padded = np.pad(X, (pads, (0, 0)))

    made = run_layer(X, lambda graph, x: depthwise_convolution(graph, x, weights_of(conv), pads))

    np.testing.assert_allclose(made, run_channels_first(conv, padded), rtol=0, atol=TOLERANCE)


def test_a_filter_of_each_channel_may_have_a_bias() -> None:
    conv = nn.Conv1d(CHANNELS, CHANNELS, 5, groups=CHANNELS)
    padded = np.pad(X, ((2, 2), (0, 0)))

    made = run_layer(X, lambda graph, x: depthwise_convolution(graph, x, weights_of(conv), (2, 2)))

    np.testing.assert_allclose(made, run_channels_first(conv, padded), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("layer", [0, 1])
def test_an_lstm_has_its_gates_in_the_order_of_onnx(layer: int) -> None:
    net = nn.LSTM(CHANNELS, CHANNELS, num_layers=2, batch_first=True)
    single = nn.LSTM(CHANNELS, CHANNELS, batch_first=True)
    own = {name: value for name, value in net.state_dict().items() if name.endswith(f"l{layer}")}
    single.load_state_dict({f"{name[:-1]}0": value for name, value in own.items()})
    with torch.inference_mode():
        expected = single(torch.as_tensor(X)[None])[0][0].numpy()

    made = run_layer(X, lambda graph, x: lstm(graph, x, lstm_weights(weights_of(net), layer))[0])

    np.testing.assert_allclose(made, expected, rtol=0, atol=TOLERANCE)


def test_an_lstm_in_both_directions() -> None:
    net = nn.LSTM(CHANNELS, 3, batch_first=True, bidirectional=True)
    with torch.inference_mode():
        expected = net(torch.as_tensor(X)[None])[0][0].numpy()

    made = run_layer(
        X, lambda graph, x: lstm(graph, x, lstm_weights(weights_of(net), 0, ("", "_reverse")))[0]
    )

    np.testing.assert_allclose(made, expected, rtol=0, atol=TOLERANCE)


def test_an_lstm_goes_on_from_the_state_that_it_left() -> None:
    net = nn.LSTM(CHANNELS, 3, batch_first=True)
    with torch.inference_mode():
        expected = net(torch.as_tensor(X)[None])[0][0].numpy()
    graph = GraphBuilder("lstm")
    x = graph.input("x", ("T", CHANNELS))
    begins = (graph.input("hidden", (1, 1, 3)), graph.input("cell", (1, 1, 3)))
    outputs = lstm(graph, x, lstm_weights(weights_of(net), 0), begins)
    for name, value, shape in zip("yhc", outputs, [("n", 3), (1, 1, 3), (1, 1, 3)], strict=True):
        graph.output(name, value, shape)
    model, nothing = graph.model(), np.zeros((1, 1, 3), np.float32)

    first = run(model, x=X[:2], hidden=nothing, cell=nothing)
    second = run(model, x=X[2:], hidden=first["h"], cell=first["c"])

    np.testing.assert_allclose(np.concatenate([first["y"], second["y"]]), expected, rtol=0, atol=TOLERANCE)
