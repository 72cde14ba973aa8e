"""Excitation of an NSF vocoder: sines at F0 and its harmonics where the speech is voiced, noise elsewhere.

Neural source-filter model (Wang, Takaki & Yamagishi 2019, arXiv 1904.12088, 2.2). Initial phases and noise
are values that the caller draws, so the same call gives the same samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from huisheng.vocoder.config import VocoderConfig
from huisheng.vocoder.normalization import WeightNormConv1d

SINE_LEVEL: Final = 0.1
"""Amplitude of each sine."""

NOISE_DEVIATION: Final = 0.003
"""Standard deviation of the noise under the sines."""

_UNVOICED_GAIN: Final = SINE_LEVEL / 3.0 / NOISE_DEVIATION
"""Gain of the noise in unvoiced frames, whose deviation is then a third of a sine's amplitude."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Random values of an excitation of B utterances, K partials (the fundamental first) and N samples.

    Attributes:
        phases: (B, K, 1) at the first sample, −π…π, 0 for the fundamental.
        noise: (B, K, N) normal, of deviation `NOISE_DEVIATION`.
    """

    phases: Tensor
    noise: Tensor


def draw(config: VocoderConfig, batch: int, frames: int, random: torch.Generator) -> Draw:
    """Draw (B, K, 1) phases first, then (B, K, N) noise, as the reference does.

    Args:
        config: of a generator with harmonics.
        batch: B.
        frames: T; N is T · hop.
        random: the generator of random numbers; on its device the values are.

    Raises:
        ValueError: the generator has no source.
    """
    if config.harmonics is None:
        raise ValueError("a generator without harmonics draws nothing")
    partials = config.harmonics + 1
    phases = torch.rand(batch, partials, 1, generator=random, device=random.device)
    noise = torch.randn(batch, partials, frames * config.hop, generator=random, device=random.device)
    phases = (2.0 * phases - 1.0) * math.pi
    phases[:, 0] = 0.0
    return Draw(phases, NOISE_DEVIATION * noise)


class SourceModule(nn.Module):
    """F0 and voicing of each frame → one excitation sample for each sample of speech.

    Args:
        harmonics: above the fundamental.
        hop: samples of a frame.
        sample_rate: Hz.
        weight_norm: whether the weight of the mixture is under weight norm.
    """

    _numbers: Tensor

    def __init__(self, harmonics: int, hop: int, sample_rate: int, *, weight_norm: bool = True) -> None:
        super().__init__()
        self._hop = hop
        self._sample_rate = sample_rate
        self.register_buffer("_numbers", torch.arange(1.0, harmonics + 2.0)[:, None], persistent=False)
        make = WeightNormConv1d if weight_norm else nn.Conv1d
        self.ffn = nn.Sequential(make(harmonics + 1, 1, 1), nn.Tanh())

    def forward(self, f0: Tensor, voiced: Tensor, draw: Draw) -> Tensor:
        """Excitation of N samples.

        Args:
            f0: (B, 1, T) Hz, also where unvoiced.
            voiced: (B, 1, T) 1 or 0.
            draw: for B utterances of N = T · hop samples.

        Returns:
            (B, 1, N), −1…1.
        """
        return self.ffn(self.partials(f0, voiced, draw))

    def partials(self, f0: Tensor, voiced: Tensor, draw: Draw) -> Tensor:
        """The same before its K signals are mixed into one: (B, K, N)."""
        voicing = voiced.repeat_interleave(self._hop, dim=-1)
        sines = SINE_LEVEL * torch.sin(self._phases(f0) + draw.phases)
        return (sines + draw.noise) * voicing + _UNVOICED_GAIN * draw.noise * (1.0 - voicing)

    def _phases(self, f0: Tensor) -> Tensor:
        """(B, 1, T) Hz → (B, K, N) radians, 0…2π, the sample's own step included.

        In double precision, so that a stretch can go on where another ended. The reference rounds steps and
        sums to float32, which after a minute moves the eighth partial by up to 0.007 of a cycle.
        """
        steps = f0.double().repeat_interleave(self._hop, dim=-1) * self._numbers / self._sample_rate
        return (2.0 * math.pi * (steps.cumsum(dim=-1) % 1.0)).to(f0.dtype)
