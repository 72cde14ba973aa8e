"""The few numbers beside a checkpoint: a speaker as a vector, and the F0 that a model was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from huisheng.export.modelscope.files import ModelFile, model_error
from huisheng.voice.store import storage

_ARRAY_LIMIT: Final = 1 << 20
"""Bytes of an array; a speaker has 896."""

_HIGHEST_F0: Final = 2_000.0
"""Hz. A mean or a deviation above it is none of a voice."""


def read_speaker(file: ModelFile, width: int) -> NDArray[np.float32]:
    """A speaker's embedding.

    Args:
        file: `se.npy`, of shape (1, S) or (S,).
        width: S that the acoustic model expects.

    Returns:
        (S,).

    Raises:
        ModelError: it is no array, of another width, or not finite.
        StorageError: it cannot be read.
    """
    vector = _array(file)
    if vector.shape[0] != width:
        raise model_error(
            file.name,
            f"说话人向量有 {vector.shape[0]} 维，模型需要 {width} 维",
            f"the vector has {vector.shape[0]} dimensions; the model needs {width}",
        )
    return vector.astype(np.float32)


def read_f0(files: Sequence[ModelFile]) -> tuple[float, float]:
    """Mean and standard deviation of F0 in Hz.

    Args:
        files: `mvn.npy` of shape (2, 1), or two texts of one number each.

    Raises:
        ModelError: they are no such numbers.
        StorageError: they cannot be read.
    """
    values = _array(files[0]).tolist() if len(files) == 1 else [_number(file) for file in files]
    if len(values) != 2 or not all(0.0 < value < _HIGHEST_F0 for value in values):
        raise model_error(files[0].name, "不是基频的均值和标准差", "it is no mean and deviation of F0")
    return values[0], values[1]


def _array(file: ModelFile) -> NDArray[np.float64]:
    """Its values in one row; mapped first, so that a shape that the file does not fill costs nothing."""
    file.check_size(_ARRAY_LIMIT)
    try:
        with storage(file.path):
            mapped: NDArray[Any] = np.lib.format.open_memmap(file.path, mode="r")
        values = np.array(mapped, dtype=np.float64).reshape(-1)
    except (ValueError, TypeError, EOFError, OverflowError, SyntaxError) as error:
        raise model_error(file.name, "不是数字数组", "it is no array of numbers") from error
    if not values.size or not np.isfinite(values).all():
        raise model_error(file.name, "数组为空或含有非有限值", "the array is empty or not finite")
    return values


def _number(file: ModelFile) -> float:
    try:
        return float(file.text())
    except ValueError as error:
        raise model_error(file.name, "不是一个数", "it is no number") from error
