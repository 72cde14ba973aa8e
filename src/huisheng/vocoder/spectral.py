"""A vocoder that says, frame by frame, how pulses at F0 and noise are to be filtered.

Harmonic plus noise (Stylianou 2001, IEEE Trans. Speech and Audio Processing 9(1)), with the filters from a
network and the sum through an inverse short-time Fourier transform (as Kaneko et al. 2022, arXiv 2203.02395,
and Siuzdak 2023, arXiv 2306.00814). The pulses bring the phase, which is what a network learns last and only
from judges; so it is small, and clear after minutes. A burst is no shorter than a filter's window, nor is any
change of the voice: windows are shorter than those of the spectrogram, and a frame has several filters.
Everything at the rate of samples is done outside of the network: `audio.source_filter` makes the input.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import fold

from huisheng.audio.source_filter import Transform
from huisheng.convnext import ConvNextStack
from huisheng.vocoder.config import SpectralConfig

_TRACKS: Final = 2
"""Pitch and voicing, beside the mel."""

_FIRST: Final = (-3.0, 1.0, 0.0)
_FIRST_NOISE: Final = -5.0
"""What the network says before it has learned: filters that are quieter than speech."""

LOUDEST: Final = 6.0
"""Log gain that no filter exceeds."""

_FOURIER: Final = cast("Any", torch.fft)
"""Its functions have no types."""


class Said(NamedTuple):
    """What the network says of filters.

    Attributes:
        pulses: (B, P · T, 3, F) log gain, real and imaginary part of P filters a frame.
        noise: (B, S · T, N) log gain of S filters a frame.
    """

    pulses: Tensor
    noise: Tensor


class Filters(NamedTuple):
    """What is done to the excitation.

    Attributes:
        pulses: (B, P · T, F) complex gains.
        noise: (B, S · T, N) real gains.
    """

    pulses: Tensor
    noise: Tensor


class FilterNetwork(nn.Module):
    """Mel, pitch and voicing → filters. All that has weights."""

    def __init__(self, config: SpectralConfig) -> None:
        super().__init__()
        self.stack = ConvNextStack(config.mels + _TRACKS, config.stack)
        self._steps, self._noise_steps = config.steps, config.noise_steps
        self._pulsed = config.steps * len(_FIRST) * config.pulses.bins
        hissed = config.noise_steps * config.noise.bins
        self.head = nn.Linear(config.stack.width, self._pulsed + hissed)
        with torch.no_grad():
            pulses = torch.tensor(_FIRST).repeat_interleave(config.pulses.bins)
            noise = torch.full((hissed,), _FIRST_NOISE)
            self.head.bias.copy_(torch.cat([pulses.repeat(config.steps), noise]))

    def forward(self, mel: Tensor, pitch: Tensor, voicing: Tensor, valid: Tensor) -> Said:
        """
        Args:
            mel: (B, T, M) normalised.
            pitch: (B, T) as of `acoustic.contours`, anything where unvoiced.
            voicing: (B, T) 1 or 0.
            valid: (B, T) bool.
        """
        tracks = torch.stack([pitch * voicing, voicing], dim=2)
        said: Tensor = self.head(self.stack(torch.cat([mel, tracks], dim=2), valid))
        pulses, noise = said[..., : self._pulsed].float(), said[..., self._pulsed :].float()
        return Said(
            torch.unflatten(pulses, 2, (self._steps, len(_FIRST), -1)).flatten(1, 2),
            torch.unflatten(noise, 2, (self._noise_steps, -1)).flatten(1, 2),
        )


class _Bank(nn.Module):
    """A transform with a filter for each of its frames.

    Args:
        transform: in which is filtered.
    """

    _window: Tensor

    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self._transform = transform
        self.register_buffer("_window", torch.hann_window(transform.fft), persistent=False)

    def forward(self, gains: Tensor, samples: Tensor) -> Tensor:
        """(B, n, F) for n hops, (B, n · hop + 2 · overhang) samples → (B, n · hop) filtered."""
        transform = self._transform
        frames = samples.unfold(1, transform.fft, transform.hop) * self._window  # (B, n, fft)
        filtered: Tensor = _FOURIER.irfft(gains * _FOURIER.rfft(frames), transform.fft) * self._window
        squares = self._window.square().expand_as(filtered[:1])
        total, weight = (self._added(part) for part in (filtered, squares))
        inside = slice(transform.overhang, -transform.overhang)
        return (total / weight.clamp(min=1e-3))[:, inside]

    def _added(self, frames: Tensor) -> Tensor:
        """(B, n, fft) → (B, n · hop + 2 · overhang) overlapping frames added up."""
        transform = self._transform
        length = (frames.shape[1] - 1) * transform.hop + transform.fft
        size, stride = (1, transform.fft), (1, transform.hop)
        return fold(frames.transpose(1, 2), (1, length), size, stride=stride)[:, 0, 0]


class SpectralGenerator(nn.Module):
    """The network and the transforms around it.

    Args:
        config: its shape.
    """

    def __init__(self, config: SpectralConfig) -> None:
        super().__init__()
        self.config = config
        self.network = FilterNetwork(config)
        self._pulses, self._noise = _Bank(config.pulses), _Bank(config.noise)
        self._further = config.pulses.overhang - config.noise.overhang

    def forward(self, mel: Tensor, pitch: Tensor, voicing: Tensor, excitation: Tensor) -> Tensor:
        """
        Args:
            mel: (B, T, M) normalised.
            pitch: (B, T).
            voicing: (B, T) 1 or 0.
            excitation: (B, 2, config.driven(T)) pulses and noise, with what lies around the frames.

        Returns:
            (B, 1, T · hop); the hops at both ends lack their neighbours' share.
        """
        valid = torch.ones(mel.shape[:2], dtype=torch.bool, device=mel.device)
        filters = filters_of(self.network(mel, pitch, voicing, valid))
        pulses, noise = excitation.unbind(dim=1)
        near = noise[:, self._further : noise.shape[1] - self._further]
        made: Tensor = self._pulses(filters.pulses, pulses) + self._noise(filters.noise, near)
        return made[:, None]


def filters_of(said: Said) -> Filters:
    """What a network says → filters.

    A phase is learned as two coordinates, which turn without a leap where an angle would wrap.
    """
    gain, real, imaginary = said.pulses.unbind(dim=2)
    louder = gain.clamp(max=LOUDEST).exp()
    return Filters(louder * torch.complex(real, imaginary), said.noise.clamp(max=LOUDEST).exp())
