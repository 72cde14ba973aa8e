"""Who seems to be speaking: the speaker encoder whose weights the package resemblyzer brings.

Generalized end-to-end loss (Wan et al. 2018, arXiv 1710.10467): mel power → three LSTM layers → linear →
rectifier → a vector of length 1. The weights are a user's own download; nothing of them is run, and the
spectrogram is that of `audio.spectrogram`, squared.
"""

from __future__ import annotations

import math
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.resampling import resample
from huisheng.audio.spectrogram import SpectrogramSettings, magnitudes, mel_basis
from huisheng.errors import ModelError
from huisheng.types import Samples
from huisheng.units import Hertz, amplitude

Vector = NDArray[np.float32]

SETTINGS: Final = SpectrogramSettings(Hertz(16_000), 160, 400, 400, 40, 0.0, 8_000.0)
"""Frames of 25 ms every 10 ms."""

_PART: Final = 160
"""Frames that the network hears at once, 1.6 s; parts overlap by half."""
_LAYERS: Final = 3
_LEVEL: Final = -30.0
"""dBFS. Power is not logarithmic here, and loudness says nothing about who speaks."""
_LARGEST: Final = 1 << 26
"""Elements of a tensor; the real ones have a million at most."""


class SpeakerEncoder:
    """The network.

    Args:
        checkpoint: resemblyzer's `pretrained.pt`.

    Raises:
        ModelError: it is something else.
    """

    def __init__(self, checkpoint: Path) -> None:
        try:
            with checkpoint.open("rb") as file:
                self._weights = _tensors(file)
            self.embed(np.full(_PART * SETTINGS.hop, 0.1, dtype=np.float32), SETTINGS.sample_rate)
        except Exception as error:  # whatever a pickle of something else is read with
            raise ModelError(
                checkpoint.name,
                "它不是 resemblyzer 的 pretrained.pt",
                "it is not resemblyzer's pretrained.pt",
            ) from error

    def embed(self, samples: Samples, rate: Hertz) -> Vector:
        """(256,) of length 1, for (N,) samples with speech in them."""
        heard = resample(samples, rate, SETTINGS.sample_rate)
        loudness = float(np.sqrt(np.square(heard, dtype=np.float64).mean())) if len(heard) else 0.0
        mel = mel_power(heard * np.float32(amplitude(_LEVEL) / max(loudness, 1e-9)))
        starts = range(0, max(1, len(mel) - _PART // 2), _PART // 2)
        padded = np.pad(mel, ((0, _PART), (0, 0)))
        parts = np.stack([padded[start : start + _PART] for start in starts])  # (P, PART, bands)
        return _unit(_unit(self._network(parts)).mean(axis=0))

    def _network(self, parts: Vector) -> Vector:
        """(P, T, bands) → (P, 256)."""
        hidden = parts
        for layer in range(_LAYERS):
            w_in, w_state, b_in, b_state = (
                self._weights[f"lstm.{kind}_l{layer}"]
                for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            hidden = _lstm(hidden, w_in, w_state, b_in + b_state)
        linear = hidden[:, -1] @ self._weights["linear.weight"].T + self._weights["linear.bias"]
        return np.maximum(linear, 0.0)


def similarity(one: Vector, other: Vector) -> float:
    """Cosine of the angle between two (256,) vectors of length 1."""
    return float(one @ other)


def mel_power(samples: Samples) -> Vector:
    """(N,) at 16 kHz → (T, 40) power in each band, T = 1 + ⌊N / 160⌋."""
    return (np.square(magnitudes(samples, SETTINGS)) @ mel_basis(SETTINGS).T).astype(np.float32)


def _lstm(inputs: Vector, w_in: Vector, w_state: Vector, bias: Vector) -> Vector:
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


def _tensors(file: BinaryIO) -> dict[str, Vector]:
    """Of a checkpoint as torch wrote it before version 1.6: three pickles of preamble, one with the tensors'
    places in storages, one with the storages' order, then each storage as its length and values.

    Raises:
        pickle.UnpicklingError: it holds anything but tensors of 32-bit floats.
    """
    for _ in range(3):
        _Places(file).load()
    places: dict[str, tuple[Any, ...]] = _Places(file).load()["model_state"]
    storages = {name: _storage(file) for name in _Places(file).load()}
    return {
        name: storages[storage][start : start + math.prod(shape)].reshape(shape)
        for name, (storage, start, shape) in places.items()
    }


def _storage(file: BinaryIO) -> Vector:
    length = int.from_bytes(file.read(8), "little")
    if length > _LARGEST:
        raise pickle.UnpicklingError("a tensor is too large")
    return np.frombuffer(file.read(4 * length), dtype="<f4")


class _Places(pickle.Unpickler):
    """Reads where tensors lie, and refuses to run anything."""

    def find_class(self, module: str, name: str) -> object:
        """One of the three names that a checkpoint needs."""
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
    """Of any shape."""
    return (0.5 + 0.5 * np.tanh(0.5 * x)).astype(np.float32)


def _unit(vectors: Vector) -> Vector:
    """(…, D) of any length → of length 1."""
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
