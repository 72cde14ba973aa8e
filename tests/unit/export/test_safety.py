"""Graphs and arrays that reach beyond their file are refused before a runtime sees them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from huisheng.errors import UnsafeArchive
from huisheng.export import safety
from huisheng.export.safety import check_array, check_file, check_graph

WEIGHT = numpy_helper.from_array(np.arange(4, dtype=np.float32), "weight")


def make_model(*nodes: NodeProto, weight: TensorProto = WEIGHT) -> ModelProto:
    """A graph that adds a weight, and what else is given."""
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", weight.name], ["y"]), *nodes],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])],
        [weight],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])


def save(model: ModelProto, folder: Path) -> Path:
    path = folder / "graph.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def refusal(model: ModelProto, folder: Path) -> str:
    with pytest.raises(UnsafeArchive) as caught:
        check_graph(save(model, folder))
    assert "\n" not in caught.value.message + caught.value.english
    return caught.value.message


def outside(weight: TensorProto) -> TensorProto:
    """The same tensor with its data in another file."""
    moved = TensorProto()
    moved.CopyFrom(weight)
    moved.ClearField("raw_data")
    moved.data_location = TensorProto.EXTERNAL
    entry = moved.external_data.add()
    entry.key, entry.value = "location", "../../secret.bin"
    return moved


def at_the_top(node: NodeProto) -> NodeProto:
    return node


def in_a_branch(node: NodeProto) -> NodeProto:
    """A node hidden in the branch of a branch."""
    for _ in range(2):
        body = helper.make_graph([node], "body", [], [])
        node = helper.make_node("If", ["condition"], ["z"], then_branch=body, else_branch=body)
    return node


def test_a_graph_of_built_in_operators_passes(tmp_path: Path) -> None:
    fused = helper.make_node("Gelu", ["x"], ["z"], domain="com.microsoft")
    loop = in_a_branch(helper.make_node("Constant", [], ["c"], value=WEIGHT))
    model = make_model(fused, loop)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))

    check_graph(save(model, tmp_path))


def test_a_weight_in_another_file_is_refused(tmp_path: Path) -> None:
    assert "外部文件" in refusal(make_model(weight=outside(WEIGHT)), tmp_path)


def test_a_file_that_is_named_without_being_declared_is_refused(tmp_path: Path) -> None:
    weight = outside(WEIGHT)
    weight.data_location = TensorProto.DEFAULT

    assert "外部文件" in refusal(make_model(weight=weight), tmp_path)


@pytest.mark.parametrize("place", [at_the_top, in_a_branch])
def test_a_constant_in_another_file_is_refused(
    tmp_path: Path, place: Callable[[NodeProto], NodeProto]
) -> None:
    constant = helper.make_node("Constant", [], ["c"], value=outside(WEIGHT))

    assert "外部文件" in refusal(make_model(place(constant)), tmp_path)


@pytest.mark.parametrize("domain", ["evil", "ai.onnx.contrib", "com.microsoft.nchwc", "org.pytorch.aten"])
@pytest.mark.parametrize("place", [at_the_top, in_a_branch])
def test_an_operator_that_is_not_built_in_is_refused(
    tmp_path: Path, place: Callable[[NodeProto], NodeProto], domain: str
) -> None:
    node = helper.make_node("Anything", ["x"], ["z"], domain=domain)

    assert "自定义算子" in refusal(make_model(place(node)), tmp_path)


def test_a_domain_that_is_named_and_not_used_passes(tmp_path: Path) -> None:
    model = make_model()
    model.opset_import.append(helper.make_opsetid("com.microsoft.experimental", 1))

    check_graph(save(model, tmp_path))


@pytest.mark.parametrize("operator", sorted(safety.OUTWARD))
def test_a_built_in_operator_that_reaches_outside_is_refused(tmp_path: Path, operator: str) -> None:
    node = helper.make_node(operator, ["x"], ["z"], domain="com.microsoft")

    assert operator in refusal(make_model(node), tmp_path)


def test_a_function_of_its_own_is_refused(tmp_path: Path) -> None:
    model = make_model()
    body = [helper.make_node("PyOp", ["a"], ["b"], domain="com.microsoft")]
    model.functions.append(
        helper.make_function("", "Mine", ["a"], ["b"], body, [helper.make_opsetid("", 20)])
    )

    assert "函数" in refusal(model, tmp_path)


@pytest.mark.parametrize("dims", [[1 << 20, 1 << 20], [1 << 40], [-1, 4], [-4, -1]])
def test_a_tensor_that_claims_to_be_huge_is_refused(tmp_path: Path, dims: list[int]) -> None:
    weight = TensorProto(name="weight", data_type=TensorProto.FLOAT, dims=dims, raw_data=b"\0" * 16)

    assert "过大" in refusal(make_model(weight=weight), tmp_path)


def test_a_tensor_that_its_bytes_do_not_account_for_is_refused(tmp_path: Path) -> None:
    weight = TensorProto(name="weight", data_type=TensorProto.FLOAT, dims=[10_000], raw_data=b"\0" * 16)

    assert "不全" in refusal(make_model(weight=weight), tmp_path)


@pytest.mark.parametrize(
    ("dtype", "width"),
    [
        (TensorProto.FLOAT, 4),
        (TensorProto.FLOAT16, 2),
        (TensorProto.INT8, 1),
        (TensorProto.INT64, 8),
        (TensorProto.INT4, 0.5),
    ],
)
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "fields"])
def test_a_tensor_that_is_all_there_passes(tmp_path: Path, dtype: int, width: float, raw: bool) -> None:
    zeros = bytes(round(1000 * width)) if raw else np.zeros(1000)
    weight = helper.make_tensor("weight", dtype, [1000], zeros, raw=raw)

    check_graph(save(make_model(weight=weight), tmp_path))


def test_a_sparse_tensor_is_refused(tmp_path: Path) -> None:
    model = make_model()
    values, indices = (
        numpy_helper.from_array(np.ones(1, kind), name) for name, kind in (("w", np.float32), ("i", np.int64))
    )
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [1 << 40]))

    assert "稀疏" in refusal(model, tmp_path)


def test_a_graph_over_the_limit_of_size_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "graph.onnx").open("wb") as file:
        file.truncate(safety.LARGEST_FILE + 1)  # sparse: it takes no room

    with pytest.raises(UnsafeArchive, match="过大"):
        check_graph(tmp_path / "graph.onnx")


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"PK\x03\x04"])
def test_what_is_no_graph_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "graph.onnx").write_bytes(content)

    with pytest.raises(UnsafeArchive):
        check_graph(tmp_path / "graph.onnx")


def test_a_graph_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = save(make_model(), tmp_path)
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(UnsafeArchive):
        check_graph(path)


def test_an_array_of_numbers_passes(tmp_path: Path) -> None:
    np.save(tmp_path / "styles.npy", np.ones((2, 3), np.float32))

    check_array(tmp_path / "styles.npy")


def test_an_array_of_python_objects_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "styles.npy", np.array([{}], dtype=object), allow_pickle=True)

    with pytest.raises(UnsafeArchive):
        check_array(tmp_path / "styles.npy")


@pytest.mark.parametrize("content", [b"", pickle.dumps([1]), b"\x93NUMPY\x01\x00\x10\x00{'shape': (9,)}  "])
def test_what_is_no_array_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "styles.npy").write_bytes(content)

    with pytest.raises(UnsafeArchive):
        check_array(tmp_path / "styles.npy")


def test_an_array_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "styles.npy", np.ones((2, 3), np.float32))
    whole = (tmp_path / "styles.npy").read_bytes()
    (tmp_path / "styles.npy").write_bytes(whole[:-4])

    with pytest.raises(UnsafeArchive):
        check_array(tmp_path / "styles.npy")


@pytest.mark.parametrize("name", ["graph.onnx", "styles.npy"])
def test_a_file_is_checked_by_its_suffix(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"neither")

    with pytest.raises(UnsafeArchive, match=name):
        check_file(tmp_path / name)


def test_a_file_that_no_runtime_is_given_passes(tmp_path: Path) -> None:
    (tmp_path / "licence.txt").write_bytes(b"anything")

    check_file(tmp_path / "licence.txt")
