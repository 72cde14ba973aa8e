"""The tensors of a checkpoint by name, and the layers that most of them belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float32]


class Linear(NamedTuple):
    """y = x · weight + bias: weight (inputs, outputs), bias (outputs,)."""

    weight: Array
    bias: Array

    def scale(self, factor: float) -> Linear:
        """The same layer with its output multiplied."""
        return Linear(self.weight * np.float32(factor), self.bias * np.float32(factor))

    def columns(self, start: int, end: int) -> Linear:
        """The outputs `start` up to, not including, `end`."""
        return Linear(self.weight[:, start:end], self.bias[start:end])

    def then(self, following: Linear) -> Linear:
        """Both layers as one: there is nothing between them."""
        weight = self.weight.astype(np.float64) @ following.weight
        bias = self.bias.astype(np.float64) @ following.weight + following.bias
        return Linear(weight.astype(np.float32), bias.astype(np.float32))


def beside(*layers: Linear) -> Linear:
    """Layers of the same input as one: their outputs follow each other."""
    return Linear(
        np.concatenate([layer.weight for layer in layers], axis=1),
        np.concatenate([layer.bias for layer in layers]),
    )


def sum_layers(*layers: Linear) -> Linear:
    """Layers whose outputs are added as one: their inputs follow each other."""
    return Linear(
        np.concatenate([layer.weight for layer in layers], axis=0), np.sum([x.bias for x in layers], axis=0)
    )


class Weights:
    """Tensors under one prefix.

    Args:
        tensors: name → values, float32.
        prefix: with its last dot; empty for the whole checkpoint.
    """

    def __init__(self, tensors: Mapping[str, Array], prefix: str = "") -> None:
        self._tensors = tensors
        self._prefix = prefix

    def at(self, *parts: str | int) -> Weights:
        """Those further down."""
        return Weights(self._tensors, self._prefix + "".join(f"{part}." for part in parts))

    def __getitem__(self, name: str) -> Array:
        return self._tensors[self._prefix + name]

    def has(self, name: str) -> bool:
        """Whether there is such a tensor."""
        return self._prefix + name in self._tensors

    def linear(self) -> Linear:
        """A linear layer, or a convolution of one tap; the bias is 0 where it has none."""
        weight = self["weight"]
        matrix = np.ascontiguousarray(weight.reshape(weight.shape[0], weight.shape[1]).T)
        bias = self["bias"] if self.has("bias") else np.zeros(matrix.shape[1], dtype=np.float32)
        return Linear(matrix, bias)
