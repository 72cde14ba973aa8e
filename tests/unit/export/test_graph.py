"""Parts of a graph compute what the whole computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from huisheng.export.graph import Port, extract

FLOAT = TensorProto.FLOAT
X = np.array([[-2.0, 0.5, 3.0]], dtype=np.float32)  # (1, 3)


def chain() -> onnx.ModelProto:
    """X → (x·w) = mid → relu(mid) + bias·scale = y; the product bias·scale has no input above it."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["mid"]),
        helper.make_node("Mul", ["bias", "scale"], ["offset"]),
        helper.make_node("Relu", ["mid"], ["bent"]),
        helper.make_node("Add", ["bent", "offset"], ["y"]),
        helper.make_node("Add", ["mid", "offset"], ["z"]),
    ]
    weights = [
        numpy_helper.from_array(np.arange(9, dtype=np.float32).reshape(3, 3) - 4, "w"),
        numpy_helper.from_array(np.ones(3, dtype=np.float32), "bias"),
        numpy_helper.from_array(np.full(3, 2, dtype=np.float32), "scale"),
    ]
    inputs = [helper.make_tensor_value_info("x", FLOAT, [1, 3])]
    outputs = [helper.make_tensor_value_info(name, FLOAT, [1, 3]) for name in ("y", "z")]
    graph = helper.make_graph(nodes, "chain", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def port(name: str, tensor: str = "") -> Port:
    return Port(name, tensor or name, (1, 3))


def compute(model: onnx.ModelProto, **feeds: NDArray[Any]) -> NDArray[Any]:
    checker: Any = onnx.checker
    checker.check_model(model)
    evaluator: Any = ReferenceEvaluator(model)
    return evaluator.run(None, feeds)[0]


def test_two_parts_in_a_row_compute_what_the_whole_computes() -> None:
    front = extract(chain(), "front", [port("x")], [port("middle", "mid")])
    back = extract(chain(), "back", [port("middle", "mid")], [port("y")])

    middle = compute(front, x=X)

    np.testing.assert_array_equal(compute(back, middle=middle), compute(chain(), x=X))


def test_a_part_holds_no_weight_that_it_does_not_use() -> None:
    front = extract(chain(), "front", [port("x")], [port("mid")])

    assert [weight.name for weight in front.graph.initializer] == ["w"]


def test_nodes_that_two_parts_need_are_in_both() -> None:
    parts = [extract(chain(), name, [port("mid")], [port(name)]) for name in ("y", "z")]

    assert all("Mul" in {node.op_type for node in part.graph.node} for part in parts)


def test_a_part_carries_the_operator_set_of_the_whole() -> None:
    part = extract(chain(), "front", [port("x")], [port("mid")])

    assert [opset.version for opset in part.opset_import] == [20]


def test_cutting_does_not_change_the_whole() -> None:
    whole = chain()

    extract(whole, "back", [port("middle", "mid")], [port("out", "y")])

    assert whole == chain()


def test_an_output_that_needs_an_input_which_is_not_given_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"front needs .* x"):
        extract(chain(), "front", [], [port("mid")])
