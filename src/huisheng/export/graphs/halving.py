"""Weights at half their size: what float16 holds exactly is stored so, and widened when a graph is loaded."""

from __future__ import annotations

from typing import Final

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

_WORTHWHILE: Final = 1_024
"""Elements from which on the saving is more than the node that widens."""


def halve_weights(model: ModelProto) -> ModelProto:
    """The same graph, computing with the same float32 values: the runtime widens constants once, at load.

    What a loop's body holds stays as it is.
    """
    result = ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    tensors = [_half(tensor) or tensor for tensor in graph.initializer]
    widening = [
        helper.make_node("Cast", [half.name], [full.name], to=TensorProto.FLOAT)
        for half, full in zip(tensors, graph.initializer, strict=True)
        if half is not full
    ]
    nodes = [*widening, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(tensors)
    graph.node.extend(nodes)
    return result


def _half(tensor: TensorProto) -> TensorProto | None:
    """The tensor as float16 under another name; None where that is not worthwhile, or loses something."""
    values = numpy_helper.to_array(tensor)
    if values.dtype != np.float32 or values.size < _WORTHWHILE:
        return None
    with np.errstate(over="ignore"):  # what is too large for float16 is infinite there, and so not the same
        half = values.astype(np.float16)
    return numpy_helper.from_array(half, f"{tensor.name}_half") if np.array_equal(half, values) else None
