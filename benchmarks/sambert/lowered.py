"""The graphs of a package again, in numbers of fewer bits, made by ONNX Runtime's own tools."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
import onnxruntime.quantization
import onnxruntime.transformers.float16
from benchmarks.sambert.parts import PARTS, Array, Part
from numpy.typing import NDArray
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, load_model_from_string

from huisheng.engines.graphs import Graph
from huisheng.voice.load import VoicePackage

_PIECE: Final = 48
"""Frames of a calibrating call."""
_PRODUCTS: Final = frozenset({"MatMul", "FusedMatMul", "Gemm", "FusedGemm", "Conv", "FusedConv"})
"""Operators whose second input is the weights, also as the runtime rewrites them."""

_runtime: Any = onnxruntime
_quantization: Any = onnxruntime.quantization
_float16: Any = onnxruntime.transformers.float16


def in_int8(package: VoicePackage, mel: Array, folder: Path) -> VoicePackage:
    """All graphs with weights of 8 bits.

    Rows are scaled when they come (dynamic quantization), which suits products; what the convolutions of the
    vocoder are given is scaled as it was when calibrated (static).

    Args:
        package: in float32.
        mel: (T, M) to calibrate the vocoder with.
        folder: empty, to write to.
    """
    shutil.copytree(package.directory, folder, dirs_exist_ok=True)
    with _silence():
        for part in PARTS[:-1]:
            _dynamic(package.path(f"{part}.onnx"), folder / f"{part}.onnx")
        _static(package, mel, folder / "vocoder.onnx")
    return replace(package, directory=folder)


def in_float16(package: VoicePackage, folder: Path) -> VoicePackage:
    """All graphs with numbers of 16 bits; inputs and outputs stay as they are.

    Args:
        package: in float32.
        folder: empty, to write to.
    """
    shutil.copytree(package.directory, folder, dirs_exist_ok=True)
    with _silence():
        for part in PARTS:
            model = _read(package.path(f"{part}.onnx"))
            _write(_float16.convert_float_to_float16(model, keep_io_types=True), folder / f"{part}.onnx")
    return replace(package, directory=folder)


def computes_in_float16(package: VoicePackage, part: Part, folder: Path) -> bool:
    """Whether the runtime multiplies by weights of 16 bits here, instead of making them long again first.

    Args:
        package: from `in_float16`.
        part: of it.
        folder: to write the graph as it is run to.
    """
    options = _runtime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(folder / f"{part}-as-run.onnx")
    _runtime.InferenceSession(package.path(f"{part}.onnx"), options, providers=["CPUExecutionProvider"])
    run = _read(Path(options.optimized_model_filepath)).graph
    short = {tensor.name for tensor in _tensors(run) if tensor.data_type == TensorProto.FLOAT16}
    return any(node.op_type in _PRODUCTS and node.input[1] in short for node in _nodes(run))


def _dynamic(source: Path, target: Path) -> None:
    _quantization.quantize_dynamic(
        source,
        target,
        weight_type=_quantization.QuantType.QInt8,
        per_channel=True,
        extra_options={"EnableSubgraph": True},
    )
    _write(_mend(_read(target)), target)


def _mend(model: ModelProto) -> ModelProto:
    """The tool forgets, inside a loop, what to make of integers again."""
    for node in _nodes(model.graph):
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.UNDEFINED:
                attribute.i = TensorProto.FLOAT
    return model


def _static(package: VoicePackage, mel: Array, target: Path) -> None:
    types = _quantization.QuantType
    _quantization.quantize_static(
        package.path("vocoder.onnx"),
        target,
        _Calls(calls(Graph(package, "vocoder.onnx"), mel)),
        quant_format=_quantization.QuantFormat.QDQ,
        per_channel=True,
        activation_type=types.QUInt8,
        weight_type=types.QInt8,
    )


def calls(graph: Graph, mel: Array) -> list[dict[str, NDArray[Any]]]:
    """Inputs of the vocoder's graph for (T, M), as a stream would give them.

    The first call is left out: the tool cannot take the range of a past that is empty.
    """
    state = {
        name: np.zeros((1, int(shape[1]), 1, 0), dtype=np.float32)
        for name, shape in graph.inputs.items()
        if name not in ("mel", "cut")
    }
    made: list[dict[str, NDArray[Any]]] = []
    for start in range(0, len(mel), _PIECE):
        frames = np.ascontiguousarray(mel[start : start + _PIECE].T)[None, :, None]
        inputs: dict[str, NDArray[Any]] = {"mel": frames, "cut": np.array([0, 0])} | state
        made.append(inputs)
        outputs = graph(inputs)
        state = {name: outputs[f"next_{name}"] for name in state}
    return made[1:]


class _Calls(_quantization.CalibrationDataReader):
    """Gives the tool one call's inputs after the other.

    Args:
        inputs: of every call.
    """

    def __init__(self, inputs: Sequence[Mapping[str, NDArray[Any]]]) -> None:
        self._left = iter(inputs)

    def get_next(self) -> Mapping[str, NDArray[Any]] | None:
        """The next, or None after the last."""
        return next(self._left, None)


def _nodes(graph: GraphProto) -> Iterator[NodeProto]:
    """Nodes of a graph and of the loops in it."""
    for inner in _graphs(graph):
        yield from inner.node


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """Weights of a graph and of the loops in it."""
    for inner in _graphs(graph):
        yield from inner.initializer


def _graphs(graph: GraphProto) -> Iterator[GraphProto]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                yield from _graphs(attribute.g)


def _read(path: Path) -> ModelProto:
    return load_model_from_string(path.read_bytes())


def _write(model: ModelProto, path: Path) -> None:
    path.write_bytes(model.SerializeToString())


@contextmanager
def _silence() -> Generator[None]:
    """Without the tools' advice, which goes to the root logger."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
