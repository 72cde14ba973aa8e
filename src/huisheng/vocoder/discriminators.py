"""The discriminators of HiFi-GAN: one folds time into periods, one sees several sampling rates.

Kong, Kim & Bae 2020 (arXiv 2010.05646, 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from huisheng.vocoder.normalization import SpectralConv1d, WeightNormConv1d, WeightNormConv2d
from huisheng.vocoder.wavelet import WaveletDownsampling

SLOPE: Final = 0.1
"""Slope of every leaky ReLU."""

PERIODS: Final = (2, 3, 5, 7, 11)
"""Samples; prime, so that the folds share as little as possible."""

_PERIOD_STRIDES: Final = (3, 3, 3, 3, 1)
_SCALE_STRIDES: Final = (4, 4, 4, 4, 1)
_MOST_GROUPS: Final = 16


class DiscriminatorOutput(NamedTuple):
    """Output of one discriminator for B signals.

    Attributes:
        score: (B, S), towards 1 for recorded speech and towards 0 for generated speech.
        feature_maps: of each hidden layer, (B, C, …).
    """

    score: Tensor
    feature_maps: tuple[Tensor, ...]


class PeriodDiscriminator(nn.Module):
    """Discriminator of samples that lie a period apart.

    Args:
        period: samples.
        channels: of the first layer; each layer has four times as many as the one before.
        widest: channels that no layer exceeds.
    """

    def __init__(self, period: int, channels: int = 32, widest: int = 1024) -> None:
        super().__init__()
        self._period = period
        self.convs = nn.ModuleList(_period_layers(channels, widest))
        self.conv_post = nn.Conv2d(min(channels * 4**4, widest), 1, (2, 1), padding=(1, 0))

    def forward(self, samples: Tensor) -> DiscriminatorOutput:
        """(B, 1, N) samples → score (B, S) and feature maps; the last period is padded by reflection."""
        missing = -samples.shape[-1] % self._period
        whole = functional.pad(samples, (0, missing), mode="reflect")
        folded = whole.view(*samples.shape[:2], -1, self._period)  # (B, 1, N / period, period)
        return discriminate(folded, self.convs, self.conv_post)


class ScaleDiscriminator(nn.Module):
    """Discriminator of samples at one rate.

    Args:
        channels: of the first two layers; the next have twice as many each.
        widest: channels that no layer exceeds.
        spectral: whether weights are under spectral norm instead of weight norm.
    """

    def __init__(self, channels: int = 128, widest: int = 1024, *, spectral: bool = False) -> None:
        super().__init__()
        make = SpectralConv1d if spectral else WeightNormConv1d
        self.convs = nn.ModuleList(_scale_layers(make, channels, widest))
        self.conv_post = make(min(channels * 2**4, widest), 1, 3, padding=1)

    def forward(self, samples: Tensor) -> DiscriminatorOutput:
        """(B, 1, N) samples → score (B, S) and feature maps."""
        return discriminate(samples, self.convs, self.conv_post)


class MultiPeriodDiscriminator(nn.Module):
    """A discriminator for each period.

    Args:
        periods: samples.
        channels: of each discriminator's first layer.
        widest: channels that no layer exceeds.
    """

    def __init__(self, periods: Sequence[int] = PERIODS, channels: int = 32, widest: int = 1024) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            PeriodDiscriminator(period, channels, widest) for period in periods
        )

    def forward(self, samples: Tensor) -> tuple[DiscriminatorOutput, ...]:
        """(B, 1, N) samples → one output a period."""
        return tuple(discriminator(samples) for discriminator in self.discriminators)


class MultiScaleDiscriminator(nn.Module):
    """A discriminator for the whole rate, under spectral norm, and more for half, a quarter, …

    Args:
        scales: discriminators.
        channels: of each discriminator's first layer.
        widest: channels that no layer exceeds.
    """

    def __init__(self, scales: int = 3, channels: int = 128, widest: int = 1024) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            ScaleDiscriminator(channels, widest, spectral=scale == 0) for scale in range(scales)
        )
        self.meanpools = nn.ModuleList(WaveletDownsampling() for _ in range(scales - 1))
        self.aux_convs = nn.ModuleList(WeightNormConv1d(2, 1, 15, padding=7) for _ in range(scales - 1))

    def forward(self, samples: Tensor) -> tuple[DiscriminatorOutput, ...]:
        """(B, 1, N) samples → one output a rate."""
        first, *others = self.discriminators
        outputs = [first(samples)]
        for discriminator, halve, mix in zip(others, self.meanpools, self.aux_convs, strict=True):
            samples = functional.leaky_relu(mix(halve(samples)), SLOPE)
            outputs.append(discriminator(samples))
        return tuple(outputs)


def _period_layers(channels: int, widest: int) -> Iterator[nn.Module]:
    incoming = 1
    for layer, stride in enumerate(_PERIOD_STRIDES):
        outgoing = min(channels * 4**layer, widest)
        yield with_leaky_relu(WeightNormConv2d(incoming, outgoing, (5, 1), (stride, 1), (2, 0)))
        incoming = outgoing


def _scale_layers(
    make: type[WeightNormConv1d] | type[SpectralConv1d], channels: int, widest: int
) -> Iterator[nn.Module]:
    yield with_leaky_relu(make(1, channels, 15, padding=7))
    incoming = channels
    for layer, stride in enumerate(_SCALE_STRIDES):
        outgoing = min(channels * 2**layer, widest)
        groups = min(4 ** (layer + 1), _MOST_GROUPS)
        yield with_leaky_relu(make(incoming, outgoing, 41, stride, 20, groups=groups))
        incoming = outgoing
    yield with_leaky_relu(make(incoming, incoming, 5, padding=2))


def with_leaky_relu(convolution: nn.Module) -> nn.Module:
    """A hidden layer of a discriminator."""
    return nn.Sequential(convolution, nn.LeakyReLU(SLOPE))


def discriminate(signal: Tensor, layers: nn.ModuleList, last: nn.Module) -> DiscriminatorOutput:
    """(B, 1, …) signal → score (B, S) of the last layer and feature maps of the others."""
    feature_maps: list[Tensor] = []
    for layer in layers:
        signal = layer(signal)
        feature_maps.append(signal)
    return DiscriminatorOutput(last(signal).flatten(1), tuple(feature_maps))
