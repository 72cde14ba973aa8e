"""A vocoder that predicts, frame by frame, filters for pulses at F0 and for noise.

Harmonic plus noise (Stylianou 2001, IEEE Trans. Speech and Audio Processing 9(1)), with the filters from a
network and the sum through an inverse short-time Fourier transform (as Kaneko et al. 2022, arXiv 2203.02395,
and Siuzdak 2023, arXiv 2306.00814). The pulses bring the phase, which is what a network learns last and only
from discriminators; so it is small, and clear after minutes. A burst is no shorter than a filter's window,
nor is any change of the voice: windows are shorter than those of the spectrogram, and a frame has several
filters.
Everything at the rate of samples is done outside of the network: `audio.source_filter` makes the excitation.
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

_INITIAL_PULSES: Final = (-3.0, 1.0, 0.0)
_INITIAL_NOISE: Final = -5.0
"""Output of the network before training: filters that are quieter than speech."""

LOUDEST: Final = 6.0
"""Log gain that no filter exceeds."""

_FOURIER: Final = cast("Any", torch.fft)
"""Its functions have no types."""


class FilterParameters(NamedTuple):
    """Output of the network.

    Attributes:
        pulses: (B, P · T, 3, F) log gain, real and imaginary part of P filters a frame.
        noise: (B, S · T, N) log gain of S filters a frame.
    """

    pulses: Tensor
    noise: Tensor


class FilterGains(NamedTuple):
    """Gains that the excitation is multiplied with.

    Attributes:
        pulses: (B, P · T, F) complex gains.
        noise: (B, S · T, N) real gains.
    """

    pulses: Tensor
    noise: Tensor


class FilterNetwork(nn.Module):
    """Mel, pitch and voicing → filters; the only part with weights."""

    def __init__(self, config: SpectralConfig) -> None:
        super().__init__()
        self.stack = ConvNextStack(config.mels + _TRACKS, config.stack)
        self._steps, self._noise_steps = config.steps, config.noise_steps
        self._pulse_outputs = config.steps * len(_INITIAL_PULSES) * config.pulses.bins
        noise_bins = config.noise_steps * config.noise.bins
        self.head = nn.Linear(config.stack.width, self._pulse_outputs + noise_bins)
        with torch.no_grad():
            pulses = torch.tensor(_INITIAL_PULSES).repeat_interleave(config.pulses.bins)
            noise = torch.full((noise_bins,), _INITIAL_NOISE)
            self.head.bias.copy_(torch.cat([pulses.repeat(config.steps), noise]))

    def forward(self, mel: Tensor, pitch: Tensor, voicing: Tensor, valid: Tensor) -> FilterParameters:
        """Predict filters.

        Args:
            mel: (B, T, M) normalised.
            pitch: (B, T) as of `acoustic.contours`, anything where unvoiced.
            voicing: (B, T) 1 or 0.
            valid: (B, T) bool.
        """
        tracks = torch.stack([pitch * voicing, voicing], dim=2)
        outputs: Tensor = self.head(self.stack(torch.cat([mel, tracks], dim=2), valid))
        pulses, noise = (
            outputs[..., : self._pulse_outputs].float(),
            outputs[..., self._pulse_outputs :].float(),
        )
        return FilterParameters(
            torch.unflatten(pulses, 2, (self._steps, len(_INITIAL_PULSES), -1)).flatten(1, 2),
            torch.unflatten(noise, 2, (self._noise_steps, -1)).flatten(1, 2),
        )


class _FilterBank(nn.Module):
    """Filters each frame of a short-time Fourier transform.

    Args:
        transform: its sizes.
    """

    _window: Tensor

    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self._transform = transform
        self.register_buffer("_window", torch.hann_window(transform.fft), persistent=False)

    def forward(self, gains: Tensor, samples: Tensor) -> Tensor:
        """(B, T, F) for T hops, (B, T · hop + 2 · overhang) samples → (B, T · hop) filtered."""
        transform = self._transform
        frames = samples.unfold(1, transform.fft, transform.hop) * self._window  # (B, T, fft)
        filtered: Tensor = _FOURIER.irfft(gains * _FOURIER.rfft(frames), transform.fft) * self._window
        squares = self._window.square().expand_as(filtered[:1])
        total, weight = (self._overlap_add(part) for part in (filtered, squares))
        inside = slice(transform.overhang, -transform.overhang)
        return (total / weight.clamp(min=1e-3))[:, inside]

    def _overlap_add(self, frames: Tensor) -> Tensor:
        """(B, T, fft) → (B, T · hop + 2 · overhang) sum of the overlapping frames."""
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
        self._pulses, self._noise = _FilterBank(config.pulses), _FilterBank(config.noise)
        self._further = config.pulses.overhang - config.noise.overhang

    def forward(self, mel: Tensor, pitch: Tensor, voicing: Tensor, excitation: Tensor) -> Tensor:
        """Generate samples.

        Args:
            mel: (B, T, M) normalised.
            pitch: (B, T).
            voicing: (B, T) 1 or 0.
            excitation: (B, 2, config.excitation_length(T)) pulses and noise, with their overhang.

        Returns:
            (B, 1, T · hop); the hops at both ends lack their neighbours' share.
        """
        valid = torch.ones(mel.shape[:2], dtype=torch.bool, device=mel.device)
        filters = filter_gains(self.network(mel, pitch, voicing, valid))
        pulses, noise = excitation.unbind(dim=1)
        inner_noise = noise[:, self._further : noise.shape[1] - self._further]
        samples: Tensor = self._pulses(filters.pulses, pulses) + self._noise(filters.noise, inner_noise)
        return samples[:, None]


def filter_gains(parameters: FilterParameters) -> FilterGains:
    """Output of the network → (B, P · T, F) and (B, S · T, N) gains.

    A phase is predicted as two coordinates, which are continuous where an angle would wrap.
    """
    gain, real, imaginary = parameters.pulses.unbind(dim=2)
    amplitude = gain.clamp(max=LOUDEST).exp()
    return FilterGains(amplitude * torch.complex(real, imaginary), parameters.noise.clamp(max=LOUDEST).exp())
