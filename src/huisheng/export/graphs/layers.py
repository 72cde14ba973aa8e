"""Layers that several of the graphs share. Sequences are (T, C), without a batch axis."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from huisheng.export.graphs.builder import LARGEST_INT, GraphBuilder, Value
from huisheng.export.graphs.weights import Array, Linear, Weights

EPSILON: Final = 1e-6
"""Epsilon of every layer normalisation of SAM-BERT."""


def linear(graph: GraphBuilder, x: Value, layer: Linear, *, relu: bool = False) -> Value:
    """(T, C) → (T, outputs)."""
    y = graph.op("Gemm", x, graph.weight(layer.weight), graph.weight(layer.bias))
    return graph.op("Relu", y) if relu else y


def layer_norm(graph: GraphBuilder, x: Value, weights: Weights) -> Value:
    """(T, C) → (T, C), each row to mean 0 and variance 1, scaled and shifted."""
    scale, bias = graph.weight(weights["weight"]), graph.weight(weights["bias"])
    return graph.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=EPSILON)


def neighbours(graph: GraphBuilder, x: Value, taps: int) -> Value:
    """(T, C) → (T, taps · C): each row between the rows around it, zeros beyond the ends. `taps` is odd.

    A convolution is then one product: for a few dozen rows that is faster than the operator.
    """
    side = taps // 2
    padded = graph.op("Pad", x, graph.integers(side, 0, side, 0))
    parts = [
        graph.slice(padded, graph.integers(tap), graph.integers(tap - 2 * side or LARGEST_INT), 0)
        for tap in range(taps)
    ]
    return graph.op("Concat", *parts, axis=1)


def convolution(weights: Weights) -> Linear:
    """A convolution over time as a layer on `neighbours`."""
    weight = weights["weight"]  # (outputs, C, taps)
    matrix = np.ascontiguousarray(weight.transpose(2, 1, 0).reshape(-1, weight.shape[0]))
    return Linear(matrix, weights["bias"])


def depthwise_convolution(graph: GraphBuilder, x: Value, weights: Weights, pads: tuple[int, int]) -> Value:
    """(T, C) → (T′, C): a depthwise convolution, with zeros before and after.

    The runtime turns an image with its channels last and cuts it into blocks of channels in one go.
    """
    kernel = weights["weight"]  # (C, 1, taps)
    channels, _, taps = kernel.shape
    bias = [graph.weight(weights["bias"])] if weights.has("bias") else []
    image = graph.op("Transpose", graph.op("Unsqueeze", x, graph.integers(0, 1)), perm=(0, 3, 1, 2))
    image = graph.op(
        "Conv",
        image,
        graph.weight(kernel[:, :, None, :]),
        *bias,
        group=channels,
        kernel_shape=(1, taps),
        pads=(0, pads[0], 0, pads[1]),
    )
    return graph.op("Squeeze", graph.op("Transpose", image, perm=(0, 2, 3, 1)), graph.integers(0, 1))


class LstmWeights(NamedTuple):
    """Inputs of ONNX's LSTM operator, for each direction: (·, 4H, C), (·, 4H, H) and (·, 8H)."""

    inputs: Array
    hidden: Array
    bias: Array


def lstm_weights(weights: Weights, layer: int, suffixes: tuple[str, ...] = ("",)) -> LstmWeights:
    """Weights of one layer, a direction for each suffix.

    torch orders the gates input, forget, cell, output; ONNX wants input, output, forget, cell.
    """

    def reorder_gates(name: str, suffix: str) -> Array:
        entering, forget, cell, output = np.split(weights[f"{name}_l{layer}{suffix}"], 4)
        return np.concatenate([entering, output, forget, cell])

    return LstmWeights(
        np.stack([reorder_gates("weight_ih", suffix) for suffix in suffixes]),
        np.stack([reorder_gates("weight_hh", suffix) for suffix in suffixes]),
        np.stack(
            [
                np.concatenate([reorder_gates("bias_ih", suffix), reorder_gates("bias_hh", suffix)])
                for suffix in suffixes
            ]
        ),
    )


def lstm(
    graph: GraphBuilder, x: Value, layer: LstmWeights, state: tuple[Value, Value] | None = None
) -> tuple[Value, Value, Value]:
    """(T, C) → (T, directions · H), and the last hidden and cell states (directions, 1, H).

    Args:
        graph: to write into.
        x: inputs.
        layer: one direction, or two.
        state: hidden and cell to begin with; zeros when None.
    """
    directions, size = layer.hidden.shape[0], layer.hidden.shape[2]
    weights = [graph.weight(array) for array in layer]
    begins = ("", *state) if state else ()
    batch = graph.op("Unsqueeze", x, graph.integers(1))
    outputs, hidden, cell = graph.ops(
        "LSTM",
        3,
        batch,
        *weights,
        *begins,
        hidden_size=size,
        direction="forward" if directions == 1 else "bidirectional",
    )
    return graph.reshape(outputs, -1, directions * size), hidden, cell
