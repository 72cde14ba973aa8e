"""Weights that anyone can draw again from the names and shapes of the tensors alone."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SEED = 20240607


def draw_state_dict(shapes: Mapping[str, tuple[int, ...]], keep: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict with which the reference made its numbers, where the files do not hold it.

    Args:
        shapes: key → shape, as in a `*.keys.json`.
        keep: key → tensor that is computed and not learned (tables of positions, counters).

    Returns:
        Key → float32 tensor of its shape; those of `keep` as they are.
    """
    return {key: keep[key] if key in keep else _tensor(key, shape) for key, shape in shapes.items()}


def _tensor(key: str, shape: tuple[int, ...]) -> Tensor:
    seed = zlib.crc32(key.encode()) ^ SEED
    values = _scale(key, np.random.RandomState(seed).standard_normal(shape))
    return torch.from_numpy(values.astype(np.float32))  # pyright: ignore[reportUnknownMemberType]


def _scale(key: str, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first rule that fits the key; z (…) is standard normal."""
    leaf = key.rpartition(".")[2]
    spread = 1.0 / math.sqrt(math.prod(z.shape[1:]))
    rules = (
        (leaf == "weight_g", lambda: _gain(key) * (1.0 + 0.2 * np.tanh(z))),
        (leaf == "weight_v", lambda: z),
        (leaf == "weight_orig", lambda: z * spread),
        (leaf == "weight_u", lambda: z / np.linalg.norm(z)),
        (
            "layer_norm" in key or key.endswith((".ln.weight", ".ln.bias")),
            lambda: 0.1 * z + float(leaf == "weight"),
        ),
        ("_emb.weight" in key and z.ndim == 2, lambda: 0.3 * z),
        ("tokenizer.weight" in key, lambda: z),
        (
            "duration_predictor.fc" in key,
            lambda: np.full_like(z, 1.7) if leaf == "bias" else 4.0 * z * spread,
        ),
        (leaf.startswith("bias") or z.ndim == 1, lambda: 0.05 * z),
        (True, lambda: z * spread),
    )
    return next(rule() for fits, rule in rules if fits)


def _gain(key: str) -> float:
    gain = 2.0 if ".deconv." in key else 1.0
    gain = 0.3 if "conv_post" in key else gain
    return 0.6 if ".convs1." in key or ".convs2." in key else gain
