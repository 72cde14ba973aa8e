"""What drives an NSF vocoder: sines at F0 and its harmonics where the speech is voiced, elsewhere noise.

Neural source-filter model (Wang, Takaki & Yamagishi 2019, arXiv 1904.12088, 2.2), the torch-free twin of
`vocoder/source.py`. The noise is the same for every utterance, so that the same request gives the same sound.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from huisheng.voice import manifest

SINE_LEVEL: Final = 0.1
"""Amplitude of each sine."""
NOISE_DEVIATION: Final = 0.003
"""Standard deviation of the noise under the sines."""
_UNVOICED_GAIN: Final = SINE_LEVEL / 3.0 / NOISE_DEVIATION
LOWEST: Final = 30.0
"""Hz, below which no F0 goes."""
VOICED: Final = 0.6
"""From this value of the voicing on a frame is voiced."""
_SEED: Final = 2_022


class Random(Protocol):
    """What is drawn from: numpy's generators are of this kind."""

    def uniform(self, low: float, high: float, size: tuple[int, ...]) -> NDArray[np.float64]:
        """Evenly between two bounds, of shape `size`."""
        ...

    def standard_normal(self, size: tuple[int, ...]) -> NDArray[np.float64]:
        """Normal, of mean 0 and variance 1, of shape `size`."""
        ...


class HarmonicSource:
    """The excitation of one utterance, K partials: the fundamental and its harmonics.

    Args:
        known: how many harmonics, and how F0 becomes Hz.
        hop: samples of a frame.
        sample_rate: Hz.
        random: of the first phases, (K, 1), then of the noise, (N, K); the same each time when None.
    """

    def __init__(
        self, known: manifest.Source, hop: int, sample_rate: int, random: Random | None = None
    ) -> None:
        self._partials = np.arange(1, known.harmonics + 2)[:, None]
        self._hop = hop
        self._rate = sample_rate
        self._hertz = (known.scale, known.offset)
        self._random = random or np.random.Generator(np.random.Philox(_SEED))
        self._phases = self._random.uniform(-np.pi, np.pi, self._partials.shape)
        self._phases[0] = 0.0
        self._cycles = 0.0

    def process(self, f0: NDArray[np.float32], voicing: NDArray[np.float32]) -> NDArray[np.float32]:
        """The next frames.

        Args:
            f0: (T,) as the network predicts it.
            voicing: (T,) likewise.

        Returns:
            Of shape (K, T·hop).
        """
        scale, offset = self._hertz
        hertz = np.maximum(f0.astype(np.float64) * scale + offset, LOWEST)
        cycles = self._cycles + np.cumsum(np.repeat(hertz, self._hop) / self._rate)
        if len(cycles):
            self._cycles = float(cycles[-1] % 1.0)
        angles = 2.0 * np.pi * (cycles * self._partials % 1.0)
        noise = NOISE_DEVIATION * self._random.standard_normal((len(cycles), len(self._partials))).T
        voiced = np.repeat(voicing >= VOICED, self._hop)
        sines = SINE_LEVEL * np.sin(angles + self._phases) + noise
        return np.where(voiced, sines, _UNVOICED_GAIN * noise).astype(np.float32)
