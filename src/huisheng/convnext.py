"""ConvNeXt over time, the layer that the parallel decoder and the spectral vocoder are stacks of.

Liu et al. 2022 (arXiv 2201.03545, figure 4) in one dimension, as Siuzdak 2023 (arXiv 2306.00814, 3.2) uses it
for speech: a filter for each channel, then two products at each frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu


@dataclass(frozen=True, slots=True)
class StackConfig:
    """A stack of layers.

    Attributes:
        layers: how many.
        width: D, channels.
        inner: channels between the two products.
        kernel: taps of the filters, odd.
        dropout: probability, behind each layer's products.
    """

    layers: int
    width: int
    inner: int
    kernel: int = 7
    dropout: float = 0.0

    @property
    def reach(self) -> int:
        """Frames on either side that a frame depends on."""
        return self.layers * (self.kernel // 2)


class ConvNextLayer(nn.Module):
    """One layer, added to what it is given."""

    def __init__(self, config: StackConfig) -> None:
        super().__init__()
        width, kernel = config.width, config.kernel
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.widen = nn.Linear(width, config.inner)
        self.narrow = nn.Linear(config.inner, width)
        self.scale = nn.Parameter(torch.full((width,), 1.0 / config.layers))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, frames: Tensor) -> Tensor:
        """(B, T, D) → (B, T, D)."""
        filtered: Tensor = self.depthwise(frames.transpose(1, 2)).transpose(1, 2)
        inner = gelu(self.widen(self.norm(filtered)))
        return frames + self.dropout(self.scale * self.narrow(inner))


class ConvNextStack(nn.Module):
    """A product into the stack's width, the layers, and a norm."""

    def __init__(self, inputs: int, config: StackConfig) -> None:
        super().__init__()
        self.enter = nn.Linear(inputs, config.width)
        self.entered = nn.LayerNorm(config.width, eps=1e-6)
        self.layers = nn.ModuleList(ConvNextLayer(config) for _ in range(config.layers))
        self.leave = nn.LayerNorm(config.width, eps=1e-6)

    def forward(self, frames: Tensor, valid: Tensor) -> Tensor:
        """
        Args:
            frames: (B, T, C).
            valid: (B, T) bool; what lies at padding has no influence.

        Returns:
            (B, T, D), arbitrary at padding.
        """
        padding = ~valid[..., None]
        hidden: Tensor = self.entered(self.enter(frames))
        for layer in self.layers:
            hidden = layer(hidden.masked_fill(padding, 0.0))
        return self.leave(hidden)
