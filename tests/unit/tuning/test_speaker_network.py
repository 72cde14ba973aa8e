"""The LSTM agrees with ONNX Runtime, and a checkpoint is read without running anything."""

from __future__ import annotations

import io
import os
import pickle
import sys
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from huisheng.tuning.speaker_network import Vector, lstm, read_checkpoint


class Storage(NamedTuple):
    name: str


class Tensor(NamedTuple):
    """Pickles as torch's tensors did: a function to call with a storage and a place in it."""

    start: int
    shape: tuple[int, ...]

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        place = (Storage("s"), self.start, self.shape, (), False)
        return sys.modules["torch._utils"]._rebuild_tensor_v2, place


class Writer(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        return (
            ("storage", sys.modules["torch"].FloatStorage, obj.name, "cpu", 6, None)
            if isinstance(obj, Storage)
            else None
        )


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Just enough of torch for a pickle to name its parts."""

    def _rebuild_tensor_v2() -> None: ...

    parts = {"torch": type("FloatStorage", (), {}), "torch._utils": _rebuild_tensor_v2}
    for name, part in parts.items():
        part.__module__, part.__qualname__ = name, part.__name__
        module = ModuleType(name)
        setattr(module, part.__name__, part)
        monkeypatch.setitem(sys.modules, name, module)


def checkpoint(state: object, values: list[float]) -> io.BytesIO:
    file = io.BytesIO()
    for part in (0, 0, {}, {"model_state": state}, ["s"]):
        Writer(file, protocol=2).dump(part)
    file.write(len(values).to_bytes(8, "little") + np.array(values, dtype="<f4").tobytes())
    file.seek(0)
    return file


def test_the_recurrent_layer_agrees_with_onnx_runtime() -> None:
    rng = np.random.default_rng(7)
    size = {"P": 3, "T": 5, "D": 4, "H": 2}
    inputs = rng.normal(size=(size["P"], size["T"], size["D"])).astype(np.float32)
    w_in = rng.normal(size=(4 * size["H"], size["D"])).astype(np.float32)
    w_state = rng.normal(size=(4 * size["H"], size["H"])).astype(np.float32)
    bias = rng.normal(size=4 * size["H"]).astype(np.float32)

    np.testing.assert_allclose(
        lstm(inputs, w_in, w_state, bias), by_onnx_runtime(inputs, w_in, w_state, bias), atol=1e-6
    )


def by_onnx_runtime(inputs: Vector, w_in: Vector, w_state: Vector, bias: Vector) -> Vector:
    """(P, T, H) states of the operator LSTM, whose gates stand in the order input, output, forget, cell."""

    def reorder(weights: Vector) -> Vector:
        entry, forget, new, out = np.split(weights, 4)
        return np.concatenate([entry, out, forget, new])[None]

    constants = {
        "w": reorder(w_in),
        "r": reorder(w_state),
        "b": np.pad(reorder(bias), ((0, 0), (0, len(bias)))),
    }
    node = helper.make_node("LSTM", ["x", *constants], ["y"], hidden_size=w_state.shape[1])
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=10)
    session: Any = ort.InferenceSession(model.SerializeToString())
    states: Vector = session.run(None, {"x": inputs.transpose(1, 0, 2)})[0]  # (T, 1, P, H)
    return states[:, 0].transpose(1, 0, 2)


@pytest.mark.usefixtures("torch")
def test_tensors_are_cut_out_of_their_storage() -> None:
    state = {"bias": Tensor(0, (2,)), "weight": Tensor(2, (2, 2))}

    tensors = read_checkpoint(checkpoint(state, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))

    assert {name: tensor.tolist() for name, tensor in tensors.items()} == {
        "bias": [1.0, 2.0],
        "weight": [[3.0, 4.0], [5.0, 6.0]],
    }


def test_a_checkpoint_that_wants_to_run_something_is_refused() -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"getcwd is not expected"):
        read_checkpoint(checkpoint({"bias": os.getcwd}, []))
