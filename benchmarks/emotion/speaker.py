"""Who is speaking: the speaker encoder inside the package resemblyzer, computed with numpy.

Generalized end-to-end loss (Wan et al. 2018, arXiv 1710.10467): mel power → three LSTM layers → linear →
rectifier → a vector of length 1. Only the weights of the package are used: its code asks for torch and for a
compiler, which is too much for one small network. Runs in the environment of `hearing.py`.
"""

from __future__ import annotations

import importlib
import math
import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 16_000
"""Hz."""
BANDS: Final = 40
WINDOW, HOP = 400, 160
"""Samples of a frame and between frames."""
PART: Final = 160
"""Frames that the network sees at once, 1.6 s; parts overlap by half."""
LAYERS: Final = 3
LEVEL: Final = -30.0
"""dBFS. Mel power is not logarithmic here, and loudness says nothing about who speaks."""

Vector = NDArray[np.float32]


class SpeakerEncoder:
    """The network.

    Args:
        checkpoint: resemblyzer's `pretrained.pt`.
    """

    def __init__(self, checkpoint: Path) -> None:
        with checkpoint.open("rb") as file:
            self._weights = read_checkpoint(file)
        self._mel: Callable[..., Any] = importlib.import_module("librosa").feature.melspectrogram

    def embed(self, samples: Vector) -> Vector:
        """(256,) of length 1, for (N,) samples at `RATE` with speech in them."""
        gain = 10.0 ** (LEVEL / 20.0) / np.sqrt(np.square(samples).mean())
        mel = self._mel(y=samples * gain, sr=RATE, n_fft=WINDOW, hop_length=HOP, n_mels=BANDS).T
        starts = range(0, max(1, len(mel) - PART // 2), PART // 2)
        padded = np.pad(mel, ((0, PART), (0, 0)))
        parts = np.stack([padded[start : start + PART] for start in starts])  # (P, PART, BANDS)
        return _unit(_unit(self._network(parts)).mean(axis=0))

    def _network(self, parts: Vector) -> Vector:
        hidden = parts
        for layer in range(LAYERS):
            w_in, w_state, b_in, b_state = (
                self._weights[f"lstm.{kind}_l{layer}"]
                for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            hidden = lstm(hidden, w_in, w_state, b_in + b_state)
        linear = hidden[:, -1] @ self._weights["linear.weight"].T + self._weights["linear.bias"]
        return np.maximum(linear, 0.0)


def lstm(inputs: Vector, w_in: Vector, w_state: Vector, bias: Vector) -> Vector:
    """One layer (Hochreiter & Schmidhuber 1997, with forget gates), from rest.

    Args:
        inputs: (P, T, D).
        w_in: (4H, D), gates in torch's order: input, forget, cell, output.
        w_state: (4H, H).
        bias: (4H,).

    Returns:
        (P, T, H) states.
    """
    driven = inputs @ w_in.T + bias
    state = cell = np.zeros((len(inputs), w_state.shape[1]), dtype=np.float32)
    states: list[Vector] = []
    for step in range(inputs.shape[1]):
        entry, forget, new, out = np.split(driven[:, step] + state @ w_state.T, 4, axis=1)
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
        _Tensors(file).load()
    places: dict[str, tuple[Any, ...]] = _Tensors(file).load()["model_state"]
    storages = {name: _storage(file) for name in _Tensors(file).load()}
    return {
        name: storages[storage][start : start + math.prod(shape)].reshape(shape)
        for name, (storage, start, shape) in places.items()
    }


def _storage(file: BinaryIO) -> Vector:
    length = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(4 * length), dtype="<f4")


class _Tensors(pickle.Unpickler):
    """Reads where tensors lie, and refuses to run anything."""

    def find_class(self, module: str, name: str) -> object:
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _place,
            ("torch", "FloatStorage"): "FloatStorage",
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected in a checkpoint")
        return known[module, name]

    def persistent_load(self, pid: tuple[str, ...]) -> str:
        """The name of a storage."""
        return pid[2]


def _place(storage: str, start: int, shape: tuple[int, ...], *_: object) -> tuple[str, int, tuple[int, ...]]:
    return storage, start, shape


def _sigmoid(x: NDArray[np.floating]) -> Vector:
    return (0.5 + 0.5 * np.tanh(0.5 * x)).astype(np.float32)


def _unit(vectors: Vector) -> Vector:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
