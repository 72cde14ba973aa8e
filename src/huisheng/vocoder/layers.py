"""Convolutions over time that keep the count of frames: causal, or with as much context on either side."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from huisheng.vocoder.normalization import WeightNormConv1d, WeightNormConvTranspose1d


class Convolution(nn.Module):
    """A convolution with zeros beyond the ends: T frames become T / stride.

    Args:
        channels: in and out.
        kernel: taps.
        causal: whether frame t depends on frames up to t alone.
        stride: a divisor of every T.
        dilation: frames from one tap to the next.
        weight_norm: whether the weight is under weight norm.
    """

    def __init__(
        self,
        channels: tuple[int, int],
        kernel: int,
        *,
        causal: bool,
        stride: int = 1,
        dilation: int = 1,
        weight_norm: bool = True,
    ) -> None:
        super().__init__()
        reach = (kernel - 1) * dilation
        self._left = reach if causal else (reach + 1 - stride) // 2
        self._right = 0 if causal else self._left
        make = WeightNormConv1d if weight_norm else nn.Conv1d
        self.conv1d = make(*channels, kernel, stride=stride, dilation=dilation)

    def forward(self, frames: Tensor) -> Tensor:
        """(B, C, T) → (B, C′, T / stride)."""
        return self.conv1d(functional.pad(frames, (self._left, self._right)))


class Deconvolution(nn.Module):
    """A transposed convolution: T frames become T · stride.

    Args:
        channels: in and out.
        kernel: taps; not causal, it differs from the stride by an even number.
        stride: factor of the upsampling.
        causal: whether the output of a frame begins no earlier than the frame.
        weight_norm: whether the weight is under weight norm.
    """

    def __init__(
        self, channels: tuple[int, int], kernel: int, stride: int, *, causal: bool, weight_norm: bool = True
    ) -> None:
        super().__init__()
        self._stride = stride
        make = WeightNormConvTranspose1d if weight_norm else nn.ConvTranspose1d
        self.deconv = make(*channels, kernel, stride=stride, padding=0 if causal else (kernel - stride) // 2)

    def forward(self, frames: Tensor) -> Tensor:
        """(B, C, T) → (B, C′, T · stride); what a causal one has beyond is cut off."""
        return self.deconv(frames)[..., : frames.shape[-1] * self._stride]


class ResidualBlock(nn.Module):
    """Dilated convolutions, each followed by a plain one and added to what it was given.

    The first kind of block of HiFi-GAN (arXiv 2010.05646, appendix A.1).

    Args:
        channels: C.
        kernel: taps of every convolution.
        dilations: of the first convolution of each pair.
        causal: whether frame t depends on frames up to t alone.
        slope: of the leaky ReLU.
        weight_norm: whether the weights are under weight norm.
    """

    def __init__(
        self,
        channels: int,
        kernel: int,
        dilations: Sequence[int],
        *,
        causal: bool,
        slope: float,
        weight_norm: bool = True,
    ) -> None:
        super().__init__()

        def convolutions(dilations: Sequence[int]) -> nn.ModuleList:
            return nn.ModuleList(
                Convolution(
                    (channels, channels), kernel, causal=causal, dilation=dilation, weight_norm=weight_norm
                )
                for dilation in dilations
            )

        self._slope = slope
        self.convs1 = convolutions(dilations)
        self.convs2 = convolutions([1] * len(dilations))

    def forward(self, frames: Tensor) -> Tensor:
        """(B, C, T) → (B, C, T)."""
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            inner = dilated(functional.leaky_relu(frames, self._slope))
            frames = frames + plain(functional.leaky_relu(inner, self._slope))
        return frames


def snake(frames: Tensor) -> Tensor:
    """(B, C, T) → (B, C, T), x + sin x: it grows and repeats (after Ziyin et al. 2020, arXiv 2006.08195)."""
    return frames + torch.sin(frames)
