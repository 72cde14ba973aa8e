"""Weights back out of a graph: the constants of its nodes, in the order in which its builder wrote them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import GraphProto, NodeProto, helper, load_model_from_string, numpy_helper

from huisheng.export.graphs.weights import Array


class Parameters:
    """What the nodes of one graph hold.

    Args:
        path: of a graph that `export.safety.check_graph` has let pass.

    Raises:
        ValueError: a constant is damaged.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        graph = load_model_from_string(path.read_bytes()).graph
        self._constants = _constants(graph)
        self._nodes = tuple(graph.node)

    def of(self, kind: str) -> list[list[Array]]:
        """For each node of an operator that has constants: these, floats as float32."""
        found = (self._constants_of(node) for node in self._nodes if node.op_type == kind)
        return [held for held in found if held]

    def numbers(self, kind: str, attribute: str) -> list[list[int]]:
        """For each node of an operator that has an attribute of whole numbers: these."""
        return [
            [int(value) for value in helper.get_attribute_value(held)]
            for node in self._nodes
            if node.op_type == kind
            for held in node.attribute
            if held.name == attribute
        ]

    def _constants_of(self, node: NodeProto) -> list[Array]:
        return [self._constants[name] for name in node.input if name in self._constants]


def _constants(graph: GraphProto) -> dict[str, Array]:
    """Name → value; what `halve_weights` made smaller has the name of what it is widened to, too."""
    held = {tensor.name: _widen(numpy_helper.to_array(tensor)) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in held:
            held[node.output[0]] = held[node.input[0]]
    return held


def _widen(values: Array) -> Array:
    """(…) → (…) floats as float32; integers are not changed."""
    return values.astype(np.float32) if values.dtype.kind == "f" else values
