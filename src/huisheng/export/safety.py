"""Whether a graph or an array from outside may be given to a runtime: nothing in it reaches beyond its file.

What a graph computes is not bounded by looking at it. What is bounded here is what loading it can do: read
other files, run code that is no operator, or ask for memory that its own bytes do not account for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, NodeProto, TensorProto

from huisheng.errors import UnsafeArchive
from huisheng.voice.archive import shorten
from huisheng.voice.store import storage

LARGEST_FILE: Final = 1 << 30
"""Bytes of a graph; protobuf itself ends at twice that."""

LARGEST_TENSOR: Final = 1 << 28
"""Elements of a tensor: 1 GiB of float32."""

DOMAINS: Final = frozenset({"", "ai.onnx", "com.microsoft"})
"""Operators that every ONNX Runtime has built in. Quantizers name other domains too, and use none of them."""

OUTWARD: Final = frozenset({"EPContext", "PythonOp", "PythonOpGrad", "ATen", "TritonOp"})
"""Built-in operators that load a file beside the graph, or run code that is not in it."""

_DENSEST: Final = 4
"""Elements that one byte holds at most: the narrowest type of ONNX has two bits."""

_SPARSE: Final = ("含有稀疏张量", "sparse tensors, which a runtime spreads out")


def check_file(path: Path) -> None:
    """Check a file of a package by its suffix; those that no runtime is given pass.

    Raises:
        UnsafeArchive: it could do harm.
        StorageError: it cannot be read.
    """
    check = _CHECKS.get(path.suffix)
    if check is not None:
        check(path)


def check_graph(path: Path) -> None:
    """Check an ONNX file without loading it into a runtime.

    Raises:
        UnsafeArchive: it is no ONNX file, is too large, refers to other files, has operators that are not
            built in or that reach outside, functions of its own, or tensors larger than its bytes allow.
        StorageError: it cannot be read.
    """
    model = _parse(path)
    _refuse_if(bool(model.functions), path, "含有自定义函数", "functions of its own")
    _refuse_if(bool(model.training_info), path, "含有训练图", "a training graph")
    for graph in _graphs(model.graph):
        _refuse_if(bool(graph.sparse_initializer), path, *_SPARSE)
        for tensor in graph.initializer:
            _check_tensor(tensor, path)
        for node in graph.node:
            _check_node(node, path)


def check_array(path: Path) -> None:
    """Check a NumPy file: numbers, as many as its bytes account for.

    Raises:
        UnsafeArchive: it holds Python objects, or is damaged.
        StorageError: it cannot be read.
    """
    with storage(path):
        try:
            np.load(path, mmap_mode="r", allow_pickle=False)
        except (ValueError, EOFError, SyntaxError, OverflowError) as error:
            raise UnsafeArchive(path.name, "不是完整的数值数组", "it is no sound array of numbers") from error


_CHECKS: Final[Mapping[str, Callable[[Path], None]]] = {".onnx": check_graph, ".npy": check_array}


def _parse(path: Path) -> ModelProto:
    with storage(path):
        _refuse_if(path.stat().st_size > LARGEST_FILE, path, "文件过大", "too many bytes")
        content = path.read_bytes()
    try:
        model = onnx.load_model_from_string(content)
    except (DecodeError, ValueError, RecursionError) as error:
        raise UnsafeArchive(path.name, "不是 ONNX 模型", "it is no ONNX model") from error
    _refuse_if(not model.graph.node, path, "模型为空", "no operators")
    return model


def _graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """A graph and those that its loops and branches hold."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *((attribute.g,) if attribute.HasField("g") else ())):
                yield from _graphs(inner)


def _check_node(node: NodeProto, path: Path) -> None:
    name = shorten(f"{node.domain}.{node.op_type}".lstrip("."))
    _refuse_if(node.domain not in DOMAINS, path, f"含有自定义算子 {name}", f"the custom operator {name}")
    _refuse_if(node.op_type in OUTWARD, path, f"算子 {name} 会访问模型之外", f"{name}, which reaches outside")
    for attribute in node.attribute:
        _refuse_if(bool(attribute.sparse_tensors) or attribute.HasField("sparse_tensor"), path, *_SPARSE)
        for tensor in (*attribute.tensors, *((attribute.t,) if attribute.HasField("t") else ())):
            _check_tensor(tensor, path)


def _check_tensor(tensor: TensorProto, path: Path) -> None:
    name = shorten(tensor.name)
    outside = tensor.data_location == TensorProto.EXTERNAL or bool(tensor.external_data)
    _refuse_if(outside, path, f"张量 {name} 引用外部文件", f"tensor {name}, which lies in another file")
    elements = math.prod(tensor.dims)
    _refuse_if(
        min(tensor.dims, default=0) < 0 or elements > LARGEST_TENSOR,
        path,
        f"张量 {name} 过大",
        f"tensor {name}, which is too large",
    )
    _refuse_if(
        elements > _DENSEST * tensor.ByteSize(),
        path,
        f"张量 {name} 的数据不全",
        f"tensor {name}, whose data is not all there",
    )


def _refuse_if(wrong: bool, path: Path, reason: str, english: str) -> None:
    if wrong:
        raise UnsafeArchive(path.name, reason, f"it has {english}")
