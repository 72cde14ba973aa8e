"""Weights that float16 holds exactly are stored so, and a graph computes as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto
from tests.unit.export.graphs.running import run

from huisheng.export.graphs.builder import GraphBuilder
from huisheng.export.graphs.halving import halve_weights

Array = NDArray[np.float32]

X = np.random.default_rng(5).standard_normal((3, 64), np.float32)
PLAIN = np.random.default_rng(6).standard_normal((64, 32), np.float32)
HALF = PLAIN.astype(np.float16).astype(np.float32)


def product(weight: Array) -> ModelProto:
    graph = GraphBuilder("product")
    x = graph.input("x", ("T", weight.shape[0]))
    graph.output("y", graph.op("MatMul", x, graph.weight(weight)), ("T", weight.shape[1]))
    return graph.model()


def data_types(model: ModelProto) -> list[int]:
    return [tensor.data_type for tensor in model.graph.initializer]


def test_a_matrix_that_float16_holds_takes_half_the_room() -> None:
    whole, half = product(HALF), halve_weights(product(HALF))

    assert data_types(half) == [TensorProto.FLOAT16]
    assert half.ByteSize() < whole.ByteSize() - HALF.nbytes / 2 + 200


def test_a_halved_graph_says_the_same_to_the_last_bit() -> None:
    whole = product(HALF)

    np.testing.assert_array_equal(run(halve_weights(whole), x=X)["y"], run(whole, x=X)["y"])


@pytest.mark.parametrize("weight", [PLAIN, HALF * np.float32(1e6), HALF[:31]], ids=["exact", "large", "few"])
def test_what_float16_does_not_hold_or_is_small_stays(weight: Array) -> None:
    assert data_types(halve_weights(product(weight))) == [TensorProto.FLOAT]


def test_integers_stay() -> None:
    graph = GraphBuilder("rows")
    ids = graph.weight(np.zeros(2_000, np.int64))
    graph.output("y", graph.op("Gather", graph.input("x", ("T",)), ids, axis=0), ("n",))

    assert data_types(halve_weights(graph.model())) == [TensorProto.INT64]


def test_the_graph_that_was_given_stays_as_it_is() -> None:
    whole = product(HALF)

    halve_weights(whole)

    assert whole == product(HALF)


def test_the_runtime_widens_when_it_loads_and_not_when_it_runs(tmp_path: Path) -> None:
    runtime: Any = onnxruntime  # its extension module declares no types
    options = runtime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    options.log_severity_level = 3

    runtime.InferenceSession(
        halve_weights(product(HALF)).SerializeToString(), options, ["CPUExecutionProvider"]
    )

    loaded = onnx.load_model_from_string((tmp_path / "loaded.onnx").read_bytes()).graph
    assert "Cast" not in {node.op_type for node in loaded.node}
