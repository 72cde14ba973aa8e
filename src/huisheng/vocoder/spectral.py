"""A vocoder that says, frame by frame, how pulses at F0 and noise are to be filtered.

Harmonic plus noise (Stylianou 2001, IEEE Trans. Speech and Audio Processing 9(1)), with the filters from a
network and the sum through an inverse short-time Fourier transform (as Kaneko et al. 2022, arXiv 2203.02395,
and Siuzdak 2023, arXiv 2306.00814). The pulses bring the phase, which is what a network learns last and only
from judges; so it is small, and clear after minutes. Everything at the rate of samples is done outside of the
network: `audio.excitation` makes what is filtered.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import fold

from huisheng.convnext import ConvNextStack
from huisheng.vocoder.config import SpectralConfig

_TRACKS: Final = 2
"""Pitch and voicing, beside the mel."""

_FILTERS: Final = 4
"""Log gain, real and imaginary part of the pulses' filter, log gain of the noise."""

_FIRST: Final = (-3.0, 1.0, 0.0, -5.0)
"""What the network says before it has learned: a filter that is quieter than speech."""

LOUDEST: Final = 6.0
"""Log gain that no filter exceeds."""

_FOURIER: Final = cast("Any", torch.fft)
"""Its functions have no types."""


class Filters(NamedTuple):
    """What is done to the excitation.

    Attributes:
        pulses: (B, T, F) complex gains.
        noise: (B, T, F) real gains.
    """

    pulses: Tensor
    noise: Tensor


class FilterNetwork(nn.Module):
    """Mel, pitch and voicing → filters. All that has weights."""

    def __init__(self, config: SpectralConfig) -> None:
        super().__init__()
        self.stack = ConvNextStack(config.mels + _TRACKS, config.stack)
        self.head = nn.Linear(config.stack.width, _FILTERS * config.bins)
        with torch.no_grad():
            self.head.bias.copy_(torch.tensor(_FIRST).repeat_interleave(config.bins))

    def forward(self, mel: Tensor, pitch: Tensor, voicing: Tensor, valid: Tensor) -> Tensor:
        """
        Args:
            mel: (B, T, M) normalised.
            pitch: (B, T) as of `acoustic.contours`, anything where unvoiced.
            voicing: (B, T) 1 or 0.
            valid: (B, T) bool.

        Returns:
            (B, T, 4, F) log gain, real and imaginary part of the filter of the pulses, log gain of the noise.
        """
        tracks = torch.stack([pitch * voicing, voicing], dim=2)
        said: Tensor = self.head(self.stack(torch.cat([mel, tracks], dim=2), valid))
        return torch.unflatten(said.float(), 2, (_FILTERS, -1))


class SpectralGenerator(nn.Module):
    """The network and the transform around it.

    Args:
        config: its shape.
    """

    _window: Tensor

    def __init__(self, config: SpectralConfig) -> None:
        super().__init__()
        self.config = config
        self.network = FilterNetwork(config)
        window = torch.hann_window(config.fft)
        self.register_buffer("_window", window, persistent=False)

    def forward(self, mel: Tensor, pitch: Tensor, voicing: Tensor, excitation: Tensor) -> Tensor:
        """
        Args:
            mel: (B, T, M) normalised.
            pitch: (B, T).
            voicing: (B, T) 1 or 0.
            excitation: (B, 2, T · hop + fft − hop) pulses and noise, with what lies around the frames.

        Returns:
            (B, 1, T · hop); the hops at both ends lack their neighbours' share.
        """
        valid = torch.ones(mel.shape[:2], dtype=torch.bool, device=mel.device)
        filters = filters_of(self.network(mel, pitch, voicing, valid))
        pulses, noise = self._spectra(excitation).unbind(dim=1)
        return self._signal(filters.pulses * pulses + filters.noise * noise)[:, None]

    def _spectra(self, samples: Tensor) -> Tensor:
        """(B, C, T · hop + fft − hop) → (B, C, T, F)."""
        frames = samples.unfold(2, self.config.fft, self.config.hop)  # (B, C, T, fft)
        return _FOURIER.rfft(frames * self._window)

    def _signal(self, spectra: Tensor) -> Tensor:
        """(B, T, F) complex → (B, T · hop)."""
        config = self.config
        frames: Tensor = _FOURIER.irfft(spectra, config.fft) * self._window  # (B, T, fft)
        squares = self._window.square().expand_as(frames[:1])
        total, weight = (self._added(part) for part in (frames, squares))
        inside = slice((config.fft - config.hop) // 2, (config.hop - config.fft) // 2)
        return (total / weight.clamp(min=1e-3))[:, inside]

    def _added(self, frames: Tensor) -> Tensor:
        """(B, T, fft) → (B, T · hop + fft − hop) overlapping frames added up."""
        length = (frames.shape[1] - 1) * self.config.hop + self.config.fft
        size, stride = (1, self.config.fft), (1, self.config.hop)
        return fold(frames.transpose(1, 2), (1, length), size, stride=stride)[:, 0, 0]


def filters_of(said: Tensor) -> Filters:
    """(B, T, 4, F) of the network → filters.

    A phase is learned as two coordinates, which turn without a leap where an angle would wrap.
    """
    gain, real, imaginary, noise = said.unbind(dim=2)
    louder = gain.clamp(max=LOUDEST).exp()
    return Filters(louder * torch.complex(real, imaginary), noise.clamp(max=LOUDEST).exp())
