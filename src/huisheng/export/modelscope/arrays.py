"""Pickles of numpy arrays, as the acoustic models of 2022 could be, read without running what they say.

The unpickler knows five names, and none of them is numpy's: each stands for a small value of ours, which
keeps the description of an array and the bytes that follow it. Every other name is refused.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from typing import Any, Final

import numpy as np
import torch

from huisheng.errors import HuishengError
from huisheng.export.modelscope.documents import as_table
from huisheng.export.modelscope.files import ModelFile, model_error
from huisheng.voice.store import storage

_TYPES: Final = frozenset(order + code for order in "<>" for code in ("f2", "f4", "f8", "i4", "i8"))
_DEEPEST: Final = 4
"""Tables around the arrays."""


def read_arrays(file: ModelFile) -> Any:  # noqa: ANN401 (whatever a pickle holds)
    """What the pickle holds, its arrays as tensors.

    Raises:
        ModelError: it names anything but arrays, or is damaged.
        StorageError: it cannot be read.
    """
    try:
        with storage(file.path), file.path.open("rb") as opened:
            return _tensors(_Unpickler(opened).load(), _DEEPEST)
    except HuishengError:
        raise
    except Exception as error:  # damaged bytes fail in any part of the unpickler
        raise model_error(
            file.name,
            "检查点不能安全读取：已损坏，或含有数组以外的内容，请重新下载",
            "the checkpoint cannot be read safely: it is damaged, or holds more than arrays; get it again",
        ) from error


class _Type:
    """Stands for a dtype: its code, and after its state is set its byte order."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.order = "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = state[1]

    def dtype(self) -> np.dtype[Any]:
        name = f"{self.order}{self.code}"
        if name not in _TYPES:
            raise pickle.UnpicklingError("an array of something else than numbers")
        return np.dtype(name)


class _Array:
    """Stands for an array: empty, until its state is set."""

    def __init__(self) -> None:
        self.values = np.empty(0, np.float32)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, kind, by_columns, content = state
        if not isinstance(kind, _Type) or not isinstance(content, bytes):
            raise pickle.UnpicklingError("an array of objects")
        dtype = kind.dtype()
        flat = np.frombuffer(content, dtype).astype(dtype.newbyteorder("="))
        self.values = flat.reshape(shape, order="F" if by_columns else "C")  # fails where bytes are missing


class _ArrayMaker:
    """May be called by a pickle. Like its siblings it has no attributes that a pickle could change."""

    __slots__ = ()

    def __call__(self, *_: object) -> _Array:
        return _Array()


class _TypeMaker:
    __slots__ = ()

    def __call__(self, code: str, *_: object) -> _Type:
        return _Type(code)


class _BytesMaker:
    """Python 3 writes bytes as Latin-1 text into the older protocols."""

    __slots__ = ()

    def __call__(self, text: str, encoding: str) -> bytes:
        if encoding != "latin1":
            raise pickle.UnpicklingError("an unusual encoding")
        return text.encode("latin-1")


class _TableMaker:
    __slots__ = ()

    def __call__(self, *_: object) -> OrderedDict[object, object]:
        return OrderedDict()


_KNOWN: Final = {
    ("numpy.core.multiarray", "_reconstruct"): _ArrayMaker(),
    ("numpy._core.multiarray", "_reconstruct"): _ArrayMaker(),
    ("numpy", "ndarray"): object(),  # handed to _reconstruct, never called
    ("numpy", "dtype"): _TypeMaker(),
    ("_codecs", "encode"): _BytesMaker(),
    ("collections", "OrderedDict"): _TableMaker(),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> Any:  # noqa: ANN401 (one of ours)
        found = _KNOWN.get((module_name, global_name))
        if found is None:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is no array")
        return found


def _tensors(value: Any, depth: int) -> Any:  # noqa: ANN401 (whatever a pickle holds)
    table = as_table(value)
    if table is not None and depth:
        return {key: _tensors(inner, depth - 1) for key, inner in table.items()}
    return torch.as_tensor(value.values) if isinstance(value, _Array) else value
