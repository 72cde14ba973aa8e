"""Random numbers that were drawn before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.vocoder.source import NOISE_DEVIATION


class Replayed:
    """Draws what the reference drew for a row.

    Args:
        phases: (K, 1).
        noise: (K, N) of deviation `NOISE_DEVIATION`.
    """

    def __init__(self, phases: NDArray[np.float32], noise: NDArray[np.float32]) -> None:
        self._phases = phases.astype(np.float64)
        self._noise = iter(noise.T.astype(np.float64) / NOISE_DEVIATION)

    def uniform(self, low: float, high: float, size: tuple[int, ...]) -> NDArray[np.float64]:
        assert ((low <= self._phases) & (self._phases <= high)).all()
        assert self._phases.shape == size
        return self._phases

    def standard_normal(self, size: tuple[int, ...]) -> NDArray[np.float64]:
        return np.stack([next(self._noise) for _ in range(size[0])]).reshape(size)
