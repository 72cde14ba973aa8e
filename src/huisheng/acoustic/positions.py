"""Two sinusoids: where a symbol stands in the text, and where a frame stands in its symbol.

They differ in every detail (order of sines and cosines, wavelengths, what 0 means), because the published
weights were trained with both.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_LONGEST_WAVE = 10_000.0
"""Ratio of the longest to the shortest wavelength (Vaswani et al. 2017, arXiv 1706.03762, 3.5)."""


class TextPositions(nn.Module):
    """Adds the position in the text to each symbol; the table is kept with the weights."""

    position_enc: Tensor

    def __init__(self, longest: int, width: int) -> None:
        super().__init__()
        self.register_buffer("position_enc", text_positions(longest, width)[None])

    def forward(self, symbols: Tensor) -> Tensor:
        """(B, L, C) → (B, L, C)."""
        length = symbols.shape[1]
        table = self.position_enc
        if length > table.shape[1]:
            table = text_positions(length, table.shape[2]).to(symbols)[None]
        return symbols + table[:, :length]


class DurationPositions(nn.Module):
    """Adds to each frame which frame of its symbol it is; the wavelengths are kept with the weights."""

    inv_timescales: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        channel = torch.arange(width)
        self.register_buffer("inv_timescales", _LONGEST_WAVE ** (2 * (channel // 2) / width))

    def forward(self, frames: Tensor, places: Tensor) -> Tensor:
        """
        Args:
            frames: (B, T, C).
            places: (B, T) int64 number of the frame within its symbol from 1, 0 at padding.

        Returns:
            (B, T, C), sines added to even channels and cosines to odd ones.
        """
        angles = places[..., None] / self.inv_timescales  # (B, T, C)
        even = torch.arange(angles.shape[-1], device=angles.device) % 2 == 0
        return frames + torch.where(even, angles.sin(), angles.cos())


def text_positions(length: int, width: int) -> Tensor:
    """(length, width): sines of position + 1 in the first half of the channels, cosines in the second."""
    position = torch.arange(1, length + 1, dtype=torch.float64)
    wave = torch.arange(width // 2, dtype=torch.float64) / (width // 2 - 1)
    angles = position[:, None] / _LONGEST_WAVE**wave
    return torch.cat([angles.sin(), angles.cos()], dim=1).float()
