"""Discriminators small enough to be trained on a CPU: of samples, and of mel spectrograms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn

from huisheng.vocoder.discriminators import (
    DiscriminatorOutput,
    PeriodDiscriminator,
    discriminate,
    with_leaky_relu,
)
from huisheng.vocoder.loss import Resolution, compress_magnitudes
from huisheng.vocoder.normalization import WeightNormConv2d

SPECTRA: Final = (Resolution(1024, 240, 960), Resolution(512, 120, 480), Resolution(256, 60, 240))
"""Spectra that the small discriminators see."""

_GAIN: Final = 8.0
"""Brings samples, whose speech is at −26 dB of full scale, to the size that layers begin with. Without it,
discriminators of a vocoder were still guessing after 800 steps."""


class SpectrogramDiscriminator(nn.Module):
    """Discriminator of complex spectra, magnitudes compressed (Défossez et al. 2022, arXiv 2210.13438, 3.4).

    Args:
        resolution: of the transform.
        channels: of every layer.
    """

    def __init__(self, resolution: Resolution, channels: int) -> None:
        super().__init__()
        self._resolution = resolution
        self.convs = nn.ModuleList(_spectrum_layers(channels))
        self.conv_post = WeightNormConv2d(channels, 1, (3, 3), padding=(1, 1))

    def forward(self, samples: Tensor) -> DiscriminatorOutput:
        """(B, 1, N) samples → score (B, S) and feature maps."""
        resolution = self._resolution
        window = torch.hann_window(resolution.window, device=samples.device)
        spectrum = torch.stft(
            samples.squeeze(1).float(),
            resolution.fft,
            resolution.hop,
            resolution.window,
            window,
            normalized=True,
            return_complex=True,
        )
        picture = compress_magnitudes(torch.view_as_real(spectrum)).permute(0, 3, 2, 1)  # (B, 2, T, F)
        return discriminate(picture, self.convs, self.conv_post)


class SmallDiscriminators(nn.Module):
    """Few and narrow discriminators, for computers without a GPU: of periods and of spectra.

    Args:
        periods: samples.
        resolutions: of the spectra.
        channels: of the first layer for each period, and of every layer for each spectrum.
        widest: channels that no layer exceeds.
    """

    def __init__(
        self,
        periods: Sequence[int] = (2, 3, 5, 7, 11),
        resolutions: Sequence[Resolution] = SPECTRA,
        channels: tuple[int, int] = (8, 16),
        widest: int = 128,
    ) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            [PeriodDiscriminator(period, channels[0], widest) for period in periods]
            + [SpectrogramDiscriminator(resolution, channels[1]) for resolution in resolutions]
        )

    def forward(self, samples: Tensor) -> tuple[DiscriminatorOutput, ...]:
        """(B, 1, N) samples → the output of each."""
        scaled = _GAIN * samples
        return tuple(discriminator(scaled) for discriminator in self.discriminators)


class MelDiscriminator(nn.Module):
    """Discriminator of a mel spectrogram as a picture.

    Args:
        channels: of the first layer; the next have two, four and four times as many.
    """

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        widths = (1, channels, channels * 2, channels * 4, channels * 4)
        strides = ((1, 2), (2, 2), (2, 2), (1, 2))
        self.convs = nn.ModuleList(
            with_leaky_relu(WeightNormConv2d(*sizes, (5, 5), stride, (2, 2)))
            for sizes, stride in zip(pairwise(widths), strides, strict=True)
        )
        self.conv_post = WeightNormConv2d(widths[-1], 1, (3, 3), padding=(1, 1))

    def forward(self, mel: Tensor) -> tuple[DiscriminatorOutput, ...]:
        """(B, T, M) → one output."""
        return (discriminate(mel[:, None], self.convs, self.conv_post),)


def _spectrum_layers(channels: int) -> Iterator[nn.Module]:
    """Each but the first and last halves the frequencies; the first sees far along them."""
    yield with_leaky_relu(WeightNormConv2d(2, channels, (3, 9), (1, 2), (1, 4)))
    for _ in range(3):
        yield with_leaky_relu(WeightNormConv2d(channels, channels, (3, 9), (1, 2), (1, 4)))
    yield with_leaky_relu(WeightNormConv2d(channels, channels, (3, 3), (1, 1), (1, 1)))
