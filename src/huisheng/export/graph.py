"""Cut a part out of an ONNX graph, between named tensors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

FLOAT = int(TensorProto.FLOAT)
INT64 = int(TensorProto.INT64)


@dataclass(frozen=True, slots=True)
class Port:
    """Where a part is cut off from the rest.

    Attributes:
        name: of the input or output that the part gets here.
        tensor: name of the tensor in the whole graph.
        shape: one entry an axis, an int or the name of a length that varies.
        dtype: an ONNX element type.
    """

    name: str
    tensor: str
    shape: tuple[int | str, ...]
    dtype: int = FLOAT

    def value(self) -> ValueInfoProto:
        """The declaration that the part's graph carries."""
        return helper.make_tensor_value_info(self.name, self.dtype, self.shape)


def extract(model: ModelProto, name: str, inputs: Sequence[Port], outputs: Sequence[Port]) -> ModelProto:
    """The smallest model that computes `outputs` from `inputs`.

    Nodes that several parts need are copied into each; weights that the part does not use are left out.

    Args:
        model: the whole; it is not changed.
        name: of the new graph.
        inputs: tensors that are given instead of computed.
        outputs: tensors to compute.

    Returns:
        A model with the operator set of the whole.

    Raises:
        ValueError: the outputs need a tensor that is neither computed in the whole, nor a weight, nor given.
    """
    renamed = {port.tensor: port.name for port in inputs}
    needed, leaves = _walk_back(model.graph, (port.tensor for port in outputs), frozenset(renamed))
    weights = [weight for weight in model.graph.initializer if weight.name in leaves]
    unknown = leaves - {weight.name for weight in weights}
    if unknown:
        raise ValueError(f"{name} needs tensors that nothing gives: {', '.join(sorted(unknown))}")
    graph = helper.make_graph(
        [*(_rename_inputs(node, renamed) for node in needed), *_exits(outputs)],
        name,
        [port.value() for port in inputs],
        [port.value() for port in outputs],
        weights,
    )
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def _walk_back(
    graph: GraphProto, outputs: Iterable[str], given: frozenset[str]
) -> tuple[list[NodeProto], set[str]]:
    """The nodes behind some tensors, in the graph's order, and the tensors that no node computes."""
    producers = {tensor: index for index, node in enumerate(graph.node) for tensor in node.output if tensor}
    waiting = list(outputs)
    nodes: set[int] = set()
    leaves: set[str] = set()
    while waiting:
        tensor = waiting.pop()
        index = producers.get(tensor)
        if not tensor or tensor in given or index in nodes:  # an optional input that is left out has no name
            continue
        if index is None:
            leaves.add(tensor)
            continue
        nodes.add(index)
        waiting.extend(graph.node[index].input)
    return [graph.node[index] for index in sorted(nodes)], leaves


def _rename_inputs(node: NodeProto, names: dict[str, str]) -> NodeProto:
    copy = NodeProto()
    copy.CopyFrom(node)
    copy.input[:] = [names.get(tensor, tensor) for tensor in node.input]
    return copy


def _exits(outputs: Sequence[Port]) -> list[NodeProto]:
    """Give the outputs their new names without touching the nodes that also feed others."""
    new = [port for port in outputs if port.name != port.tensor]
    return [helper.make_node("Identity", [port.tensor], [port.name]) for port in new]
