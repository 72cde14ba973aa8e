"""A graph written node by node computes what its nodes say."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from tests.unit.export.graphs.running import run

from huisheng.export.graphs.builder import BOOL, INT64, LARGEST_INT, GraphBuilder


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def initializers(graph: GraphBuilder) -> list[str]:
    return [tensor.name for tensor in graph.model().graph.initializer]


def test_nodes_compute_in_the_order_they_were_written() -> None:
    graph = GraphBuilder("sum")
    x = graph.input("x", ("n",), INT64)
    doubled = graph.op("Add", x, x)
    graph.output("y", graph.op("Sub", doubled, graph.integers(1)), ("n",), INT64)

    assert run(graph.model(), x=ints(3, 4))["y"].tolist() == [5, 7]


def test_a_node_has_the_settings_it_was_given() -> None:
    graph = GraphBuilder("turned")
    x = graph.input("x", (2, 3))
    graph.output("y", graph.op("Transpose", x, perm=(1, 0)), (3, 2))
    given = np.arange(6, dtype=np.float32).reshape(2, 3)

    np.testing.assert_array_equal(run(graph.model(), x=given)["y"], given.T)


def test_a_node_may_have_several_outputs() -> None:
    graph = GraphBuilder("parts")
    parts = graph.ops("Split", 2, graph.input("x", (4,), INT64), axis=0, num_outputs=2)
    for name, part in zip("ab", parts, strict=True):
        graph.output(name, part, (2,), INT64)

    made = run(graph.model(), x=ints(1, 2, 3, 4))

    assert (made["a"].tolist(), made["b"].tolist()) == ([1, 2], [3, 4])


def test_small_constants_that_are_equal_are_stored_once() -> None:
    graph = GraphBuilder("constants")

    assert graph.integers(1, 2) == graph.integers(1, 2)
    assert len(initializers(graph)) == 1


def test_constants_of_another_type_or_shape_are_others() -> None:
    graph = GraphBuilder("constants")
    values = (ints(0), np.zeros(1, np.float32), np.zeros((1, 1), np.float32), np.zeros(2, np.float32))

    assert len({graph.weight(value) for value in values}) == 4


def test_large_constants_are_not_compared() -> None:
    graph = GraphBuilder("constants")
    table = np.zeros(65, np.float32)

    assert graph.weight(table) != graph.weight(table)


@pytest.mark.parametrize(
    ("start", "end", "kept"), [(1, 3, [2, 3]), (-2, LARGEST_INT, [3, 4]), (0, -1, [1, 2, 3])]
)
def test_a_slice_goes_up_to_its_end(start: int, end: int, kept: list[int]) -> None:
    graph = GraphBuilder("slice")
    x = graph.input("x", ("n",), INT64)
    graph.output("y", graph.slice(x, graph.integers(start), graph.integers(end), 0), ("m",), INT64)

    assert run(graph.model(), x=ints(1, 2, 3, 4))["y"].tolist() == kept


def fibonacci() -> GraphBuilder:
    """`count` → the last two numbers, and the first of each pair on the way."""
    graph = GraphBuilder("fibonacci")
    count = graph.op("Identity", graph.input("count", (), INT64))
    body = graph.body()
    body.input("index", (), INT64)
    going = body.input("going", (), BOOL)
    last, this = (body.input(name, (1,), INT64) for name in ("last", "this"))
    seen = body.op("Identity", last)
    body.output("go_on", going, (), BOOL)
    body.output("next_last", this, (1,), INT64)
    body.output("next_this", body.op("Add", last, this), (1,), INT64)
    body.output("seen", seen, (1,), INT64)
    *states, trail = graph.loop(count, (graph.integers(0), graph.integers(1)), body)
    for name, state in zip(("last", "this"), states, strict=True):
        graph.output(name, state, (1,), INT64)
    graph.output("trail", trail, ("n", 1), INT64)
    return graph


def test_a_loop_goes_on_from_the_states_that_its_body_left() -> None:
    made = run(fibonacci().model(), count=np.array(7))

    assert (made["last"].tolist(), made["this"].tolist()) == ([13], [21])


def test_a_loop_stacks_what_its_body_scans() -> None:
    assert run(fibonacci().model(), count=np.array(6))["trail"].ravel().tolist() == [0, 1, 1, 2, 3, 5]


def test_a_loop_that_runs_no_time_leaves_the_states_as_they_are() -> None:
    made = run(fibonacci().model(), count=np.array(0))

    assert (made["last"].tolist(), made["this"].tolist(), len(made["trail"])) == ([0], [1], 0)


def test_the_body_of_a_loop_may_use_values_around_it() -> None:
    graph = GraphBuilder("outer")
    step = graph.input("step", (1,), INT64)
    body = graph.body()
    body.input("index", (), INT64)
    going = body.input("going", (), BOOL)
    total = body.input("total", (1,), INT64)
    body.output("go_on", going, (), BOOL)
    body.output("next_total", body.op("Add", total, step), (1,), INT64)
    (total,) = graph.loop(graph.weight(np.array(5)), (graph.integers(0),), body)
    graph.output("y", total, (1,), INT64)

    assert run(graph.model(), step=ints(3))["y"].tolist() == [15]


def test_no_name_is_given_twice_within_a_graph_and_its_bodies() -> None:
    outer = fibonacci().model().graph
    (loop,) = (node for node in outer.node if node.op_type == "Loop")
    body = next(attribute.g for attribute in loop.attribute if attribute.name == "body")

    names = [name for graph in (outer, body) for node in graph.node for name in node.output]
    names += [tensor.name for graph in (outer, body) for tensor in graph.initializer]
    assert len(set(names)) == len(names)


def test_a_graph_that_is_not_well_formed_is_refused_when_it_is_done() -> None:
    graph = GraphBuilder("wrong")
    graph.output("y", graph.op("Relu", "nowhere"), (1,))

    with pytest.raises(onnx.checker.ValidationError):
        graph.model()
