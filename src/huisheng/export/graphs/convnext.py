"""Stacks of ConvNeXt layers, the part that the parallel decoder and the spectral vocoder have in common."""

from __future__ import annotations

from huisheng.convnext import StackConfig
from huisheng.export.graphs.builder import GraphBuilder, Value
from huisheng.export.graphs.layers import depthwise_convolution, layer_norm, linear
from huisheng.export.graphs.weights import Linear, Weights


def convnext_stack(graph: GraphBuilder, config: StackConfig, weights: Weights, x: Value) -> Value:
    """(T, C) → (T, D). Zeros lie beyond the ends."""
    hidden = layer_norm(graph, linear(graph, x, weights.at("enter").linear()), weights.at("entered"))
    for layer in range(config.layers):
        hidden = _layer(graph, config, weights.at("layers", layer), hidden)
    return layer_norm(graph, hidden, weights.at("leave"))


def _layer(graph: GraphBuilder, config: StackConfig, weights: Weights, x: Value) -> Value:
    """(T, D) → (T, D)."""
    side = config.kernel // 2
    y = depthwise_convolution(graph, x, weights.at("depthwise"), (side, side))
    y = linear(graph, layer_norm(graph, y, weights.at("norm")), weights.at("widen").linear())
    return graph.op("Add", linear(graph, graph.op("Gelu", y), _narrowing(weights)), x)


def _narrowing(weights: Weights) -> Linear:
    """The second product and the scale of each channel behind it as one layer."""
    narrow, scale = weights.at("narrow").linear(), weights["scale"]
    return Linear(narrow.weight * scale, narrow.bias * scale)
