"""The network of a speaker encoder, computed with numpy from the weights that the package resemblyzer brings.

Generalized end-to-end loss (Wan et al. 2018, arXiv 1710.10467): mel power → three LSTM layers → linear →
rectifier → a vector of length 1. The package's own code asks for torch and for a compiler, which is too much
for one small network. This file imports nothing but numpy, so that `benchmarks.emotion.hearing` can load it
in an environment without Huisheng.
"""

from __future__ import annotations

import math
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

WINDOW_FRAMES: Final = 160
"""Frames that the network sees at once, 1.6 s; windows overlap by half."""
LEVEL: Final = -30.0
"""dBFS that speech is scaled to: mel power is not logarithmic, and loudness does not tell speakers apart."""

_LAYERS: Final = 3
_LARGEST: Final = 1 << 26
"""Most elements of a tensor; the real ones have a million at most."""


class SpeakerNetwork:
    """The network.

    Args:
        checkpoint: resemblyzer's `pretrained.pt`.

    Raises:
        Exception: whatever a pickle of something else is read with.
    """

    def __init__(self, checkpoint: Path) -> None:
        with checkpoint.open("rb") as file:
            self._weights = read_checkpoint(file)

    def embed(self, mel: Vector) -> Vector:
        """(T, 40) mel power of frames of 25 ms every 10 ms, at 16 kHz → (256,) of length 1."""
        starts = range(0, max(1, len(mel) - WINDOW_FRAMES // 2), WINDOW_FRAMES // 2)
        padded = np.pad(mel, ((0, WINDOW_FRAMES), (0, 0)))
        windows = np.stack([padded[start : start + WINDOW_FRAMES] for start in starts])
        return _normalize(_normalize(self._forward(windows)).mean(axis=0))

    def _forward(self, windows: Vector) -> Vector:
        """(P, T, 40) → (P, 256)."""
        hidden = windows
        for layer in range(_LAYERS):
            w_in, w_state, b_in, b_state = (
                self._weights[f"lstm.{kind}_l{layer}"]
                for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            hidden = lstm(hidden, w_in, w_state, b_in + b_state)
        linear = hidden[:, -1] @ self._weights["linear.weight"].T + self._weights["linear.bias"]
        return np.maximum(linear, 0.0)


def lstm(inputs: Vector, w_in: Vector, w_state: Vector, bias: Vector) -> Vector:
    """One layer (Hochreiter & Schmidhuber 1997, with forget gates), from a state of zeros.

    Args:
        inputs: (P, T, D).
        w_in: (4H, D), gates in torch's order: input, forget, cell, output.
        w_state: (4H, H).
        bias: (4H,).

    Returns:
        (P, T, H) states.
    """
    projected = inputs @ w_in.T + bias
    state = cell = np.zeros((len(inputs), w_state.shape[1]), dtype=np.float32)
    states: list[Vector] = []
    for step in range(inputs.shape[1]):
        entry, forget, new, out = np.split(projected[:, step] + state @ w_state.T, 4, axis=1)
        cell = _sigmoid(forget) * cell + _sigmoid(entry) * np.tanh(new)
        state = _sigmoid(out) * np.tanh(cell)
        states.append(state)
    return np.stack(states, axis=1)


def read_checkpoint(file: BinaryIO) -> dict[str, Vector]:
    """Tensors of a checkpoint as torch wrote it before version 1.6: three pickles of preamble, one with the
    tensors' places in storages, one with the storages' order, then each storage as its length and values.

    Raises:
        pickle.UnpicklingError: it holds anything but tensors of 32-bit floats.
    """
    for _ in range(3):
        _TensorUnpickler(file).load()
    views: dict[str, tuple[Any, ...]] = _TensorUnpickler(file).load()["model_state"]
    storages = {name: _read_storage(file) for name in _TensorUnpickler(file).load()}
    return {
        name: storages[storage][start : start + math.prod(shape)].reshape(shape)
        for name, (storage, start, shape) in views.items()
    }


def _read_storage(file: BinaryIO) -> Vector:
    """(N,) values of the next storage."""
    length = int.from_bytes(file.read(8), "little")
    if length > _LARGEST:
        raise pickle.UnpicklingError("a tensor is too large")
    return np.frombuffer(file.read(4 * length), dtype="<f4")


class _TensorUnpickler(pickle.Unpickler):
    """Reads where tensors lie, and refuses to call anything else."""

    def find_class(self, module: str, name: str) -> object:
        """One of the three names that a checkpoint needs."""
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _view,
            ("torch", "FloatStorage"): "FloatStorage",
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected in a checkpoint")
        return known[module, name]

    def persistent_load(self, pid: tuple[str, ...]) -> str:
        """The name of a storage."""
        return pid[2]


def _view(storage: str, start: int, shape: tuple[int, ...], *_: object) -> tuple[str, int, tuple[int, ...]]:
    return storage, start, shape


def _sigmoid(x: NDArray[np.floating]) -> Vector:
    """(…) → (…) logistic function."""
    return (0.5 + 0.5 * np.tanh(0.5 * x)).astype(np.float32)


def _normalize(vectors: Vector) -> Vector:
    """(…, D) → (…, D) vectors of length 1."""
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
