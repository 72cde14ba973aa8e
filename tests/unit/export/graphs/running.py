"""Small graphs on ONNX Runtime, as the engine runs large ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto

from huisheng.export.graphs.builder import GraphBuilder, Value
from huisheng.export.graphs.weights import Weights

Array = NDArray[Any]


def run(model: ModelProto, **inputs: Array) -> dict[str, Array]:
    """Every output by name."""
    runtime: Any = onnxruntime  # its extension module declares no types
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [port.name for port in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def run_layer(x: Array, make: Callable[[GraphBuilder, Value], Value]) -> Array:
    """What a layer makes of (T, C) float."""
    graph = GraphBuilder("layer")
    value = make(graph, graph.input("x", ("T", x.shape[1])))
    graph.output("y", value, ("n", "m"))
    return run(graph.model(), x=x)["y"]


def weights_of(module: Any) -> Weights:  # noqa: ANN401  any module of torch
    """Its state dict."""
    state: Mapping[str, Any] = module.state_dict()
    return Weights({name: np.asarray(value.numpy()) for name, value in state.items()})
