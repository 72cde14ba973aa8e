"""Judges that are small enough to learn on a processor: of samples, and of mel spectrograms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn

from huisheng.vocoder.discriminators import Judgement, PeriodDiscriminator, activated, judge
from huisheng.vocoder.loss import Resolution, compressed
from huisheng.vocoder.normalization import NormedConv2d

SPECTRA: Final = (Resolution(1024, 240, 960), Resolution(512, 120, 480), Resolution(256, 60, 240))
"""At which the small judges look."""

_LOUDER: Final = 8.0
"""Brings samples, whose speech is at −26 dB of full scale, to the size that layers begin with. Without it,
judges of a vocoder were still guessing after 800 steps."""


class SpectrogramDiscriminator(nn.Module):
    """Judges a complex spectrum of compressed magnitudes (after Défossez et al. 2022, arXiv 2210.13438, 3.4).

    Args:
        resolution: of the transform.
        channels: of every layer.
    """

    def __init__(self, resolution: Resolution, channels: int) -> None:
        super().__init__()
        self._resolution = resolution
        self.convs = nn.ModuleList(_spectrum_layers(channels))
        self.conv_post = NormedConv2d(channels, 1, (3, 3), padding=(1, 1))

    def forward(self, samples: Tensor) -> Judgement:
        """Judge (B, 1, N) samples."""
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
        picture = compressed(torch.view_as_real(spectrum)).permute(0, 3, 2, 1)  # (B, 2, T, F)
        return judge(picture, self.convs, self.conv_post)


class SmallJudges(nn.Module):
    """Few and narrow judges, for computers without a GPU: periods and spectra.

    Args:
        periods: samples.
        resolutions: of the spectra.
        channels: of the first layer of each period's judge, and of every layer of each spectrum's.
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

    def forward(self, samples: Tensor) -> tuple[Judgement, ...]:
        """(B, 1, N) → a judgement of each."""
        louder = _LOUDER * samples
        return tuple(discriminator(louder) for discriminator in self.discriminators)


class MelJudge(nn.Module):
    """Judges a mel spectrogram as a picture.

    Args:
        channels: of the first layer; the next have two, four and four times as many.
    """

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        widths = (1, channels, channels * 2, channels * 4, channels * 4)
        strides = ((1, 2), (2, 2), (2, 2), (1, 2))
        self.convs = nn.ModuleList(
            activated(NormedConv2d(*sizes, (5, 5), stride, (2, 2)))
            for sizes, stride in zip(pairwise(widths), strides, strict=True)
        )
        self.conv_post = NormedConv2d(widths[-1], 1, (3, 3), padding=(1, 1))

    def forward(self, mel: Tensor) -> tuple[Judgement, ...]:
        """(B, T, M) → one judgement."""
        return (judge(mel[:, None], self.convs, self.conv_post),)


def _spectrum_layers(channels: int) -> Iterator[nn.Module]:
    """Each but the first and last halves the frequencies; the first sees far along them."""
    yield activated(NormedConv2d(2, channels, (3, 9), (1, 2), (1, 4)))
    for _ in range(3):
        yield activated(NormedConv2d(channels, channels, (3, 9), (1, 2), (1, 4)))
    yield activated(NormedConv2d(channels, channels, (3, 3), (1, 1), (1, 1)))
