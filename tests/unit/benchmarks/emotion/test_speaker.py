from __future__ import annotations

import io
import os
import pickle
import sys
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest
from benchmarks.emotion.speaker import read_checkpoint


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
