"""Writing an ONNX graph node by node: names are made up, weights become initializers, lengths stay open."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import (
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    checker,
    helper,
    numpy_helper,
)

Value: TypeAlias = str
"""The name of a tensor in a graph."""

Shape: TypeAlias = Sequence[int | str]
"""One entry an axis: an int, or the name of a length that varies."""

Attribute: TypeAlias = int | float | str | Sequence[int]
"""A setting of a node, which its operator names."""

FLOAT: Final = int(TensorProto.FLOAT)
INT64: Final = int(TensorProto.INT64)
BOOL: Final = int(TensorProto.BOOL)

OPSET: Final = 20
IR_VERSION: Final = 9
CONTRIB: Final = "com.microsoft"
"""Operators that only ONNX Runtime has."""

LARGEST_INT: Final = 2**63 - 1
"""End of a slice that includes the last element."""

_SMALL: Final = 64
"""Elements up to which equal constants are stored once."""


class GraphBuilder:
    """One graph under construction.

    Args:
        name: of the graph.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._numbers = itertools.count()
        self._nodes: list[NodeProto] = []
        self._weights: list[TensorProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], Value] = {}
        self._inputs: list[ValueInfoProto] = []
        self._outputs: list[ValueInfoProto] = []
        self._shapes: list[ValueInfoProto] = []

    def input(self, name: str, shape: Shape, dtype: int = FLOAT) -> Value:
        """Declare an input.

        Args:
            name: by which it is given.
            shape: of its axes.
            dtype: an ONNX element type.
        """
        self._inputs.append(helper.make_tensor_value_info(name, dtype, list(shape)))
        return name

    def output(self, name: str, value: Value, shape: Shape, dtype: int = FLOAT) -> None:
        """Declare an output.

        Args:
            name: by which it is asked for.
            value: what it is.
            shape: of its axes.
            dtype: an ONNX element type.
        """
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, dtype, list(shape)))

    def with_shape(self, value: Value, shape: Shape) -> Value:
        """State the shape of a float value that the runtime cannot infer, so that it can fuse nodes."""
        self._shapes.append(helper.make_tensor_value_info(value, FLOAT, list(shape)))
        return value

    def weight(self, array: NDArray[Any]) -> Value:
        """A constant of any shape; small ones that are equal are one."""
        key = (array.dtype.str, array.shape, array.tobytes()) if array.size <= _SMALL else None
        if key is not None and key in self._constants:
            return self._constants[key]
        name = self._new_name("weight")
        self._weights.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        if key is not None:
            self._constants[key] = name
        return name

    def integers(self, *values: int) -> Value:
        """(len(values),) int64: axes, shapes, bounds."""
        return self.weight(np.array(values, dtype=np.int64))

    def op(self, kind: str, *inputs: Value, domain: str = "", **attributes: Attribute) -> Value:
        """A node with one output: `kind` is its operator, an input that is left out is empty."""
        return self.ops(kind, 1, *inputs, domain=domain, **attributes)[0]

    def ops(
        self, kind: str, outputs: int, *inputs: Value, domain: str = "", **attributes: Attribute
    ) -> tuple[Value, ...]:
        """A node with several outputs, otherwise as `op`."""
        names = tuple(self._new_name(kind) for _ in range(outputs))
        node = helper.make_node(kind, inputs, names, domain=domain)
        node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
        self._nodes.append(node)
        return names

    def body(self) -> GraphBuilder:
        """The body of a loop, to be filled. It may use values of this graph, so no name is given twice."""
        inner = GraphBuilder(self._new_name("body"))
        inner._numbers = self._numbers
        return inner

    def loop(self, trips: Value, states: Sequence[Value], body: GraphBuilder) -> tuple[Value, ...]:
        """Run a body again and again, each time on the states that it left.

        Args:
            trips: () int64, how often.
            states: to begin with.
            body: of inputs (index, go on, *states) and outputs (go on, *states, *scanned).

        Returns:
            The last states, then all that was scanned, stacked along a new first axis.
        """
        graph = body._graph()
        names = tuple(self._new_name("loop") for _ in graph.output[1:])
        self._nodes.append(helper.make_node("Loop", [trips, "", *states], names, body=graph))
        return names

    def slice(self, value: Value, start: Value, end: Value, *axes: int) -> Value:
        """Elements `start` up to, not including, `end`, each (number of axes,) int64, along some axes."""
        return self.op("Slice", value, start, end, self.integers(*axes))

    def reshape(self, value: Value, *shape: int) -> Value:
        """0 keeps an axis, −1 takes what is left."""
        return self.op("Reshape", value, self.integers(*shape))

    def model(self) -> ModelProto:
        """The graph as a model, checked.

        Raises:
            onnx.checker.ValidationError: it is not well formed.
        """
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(self._graph(), opset_imports=opsets, ir_version=IR_VERSION)
        validator: Any = checker  # declared with a generic type that nothing fills in
        validator.check_model(model)
        return model

    def _graph(self) -> GraphProto:
        return helper.make_graph(
            self._nodes,
            self._name,
            self._inputs,
            self._outputs,
            self._weights,
            value_info=self._shapes,
        )

    def _new_name(self, stem: str) -> str:
        return f"{stem.lower()}_{next(self._numbers)}"
