"""One level of a discrete wavelet transform: half the rate, nothing lost."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional


def _daubechies() -> tuple[float, ...]:
    """Low pass of the orthonormal wavelet with three vanishing moments (Daubechies 1988, CPAM 41:909)."""
    root = math.sqrt(10.0)
    inner = math.sqrt(5.0 + 2.0 * root)
    taps = (
        1.0 + root + inner,
        5.0 + root + 3.0 * inner,
        10.0 - 2.0 * root + 2.0 * inner,
        10.0 - 2.0 * root - 2.0 * inner,
        5.0 + root - 3.0 * inner,
        1.0 + root - inner,
    )
    return tuple(tap / (16.0 * math.sqrt(2.0)) for tap in taps)


DB3: Final = _daubechies()
"""Low-pass taps in the order in which they meet the samples."""


class WaveletDownsampling(nn.Module):
    """Samples → low and high band at half the rate, zeros beyond both ends.

    Mean pooling would hide the high band from every discriminator after it (Fre-GAN: Kim et al. 2021,
    arXiv 2106.02297).
    """

    h0: Tensor
    h1: Tensor

    def __init__(self) -> None:
        super().__init__()
        low = torch.tensor(DB3)
        signs = torch.tensor([1.0, -1.0]).repeat(len(DB3) // 2)
        self.register_buffer("h0", low[None, None])
        self.register_buffer("h1", (signs * low.flip(0))[None, None])

    def forward(self, samples: Tensor) -> Tensor:
        """(B, 1, N) → (B, 2, ⌊(N + 5) / 2⌋), the low band first."""
        odd = samples.shape[-1] % 2
        padded = functional.pad(samples, (len(DB3) - 2, len(DB3) - 2 + odd))
        return functional.conv1d(padded, torch.cat([self.h0, self.h1]), stride=2)
