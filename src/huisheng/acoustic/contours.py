"""Pitch, voicing and energy of every frame: their prediction, and their embedding for the decoder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from huisheng.acoustic.config import ParallelConfig
from huisheng.convnext import ConvNextStack

MIDDLE: Final = 200.0
"""Hz of a pitch of 0."""

_PER_OCTAVE: Final = 2.0
"""Pitch from one octave to the next, so that most voices lie between −2 and 2."""

SEMITONE: Final = _PER_OCTAVE / 12.0
"""Pitch from one semitone to the next."""

_TRACKS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Contours:
    """Pitch, voicing and energy of T frames.

    Attributes:
        pitch: (B, T) on a logarithmic scale, `pitch_of` F0, also where unvoiced.
        voicing: (B, T) log odds that a frame is voiced where predicted, 1 or 0 where given.
        energy: (B, T) normalised.
    """

    pitch: Tensor
    voicing: Tensor
    energy: Tensor


class ContourPredictor(nn.Module):
    """Predicts all three for each frame from the encoded text of the frames around it."""

    def __init__(self, inputs: int, config: ParallelConfig) -> None:
        super().__init__()
        self.stack = ConvNextStack(inputs, config.contours)
        self.tracks = nn.Linear(config.contours.width, _TRACKS)

    def forward(self, frames: Tensor, valid: Tensor) -> Contours:
        """(B, T, C) frames and (B, T) bool → contours, arbitrary at padding."""
        tracks: Tensor = self.tracks(self.stack(frames, valid))
        pitch, voicing, energy = tracks.float().unbind(dim=2)
        return Contours(pitch, voicing, energy)


class ContourEmbedding(nn.Module):
    """Pitch and energy for the decoder: Gaussians of their distances to evenly spaced values."""

    pitches: Tensor
    efforts: Tensor

    def __init__(self, config: ParallelConfig) -> None:
        super().__init__()
        lowest, highest = (pitch_of(torch.tensor(end)).item() for end in (config.lowest, config.highest))
        centres = torch.linspace(lowest, highest, config.pitches)
        efforts = torch.linspace(config.quietest, config.loudest, config.efforts)
        self.register_buffer("pitches", centres, persistent=False)
        self.register_buffer("efforts", efforts, persistent=False)

    def forward(self, contours: Contours) -> Tensor:
        """Embed (B, T) contours as (B, T, pitches + efforts), 0…1; unvoiced frames have zeros for pitch.

        Args:
            contours: with voicing as 1 or 0.
        """
        pitch = gaussians(contours.pitch, self.pitches) * contours.voicing[..., None]
        energy = gaussians(contours.energy.clamp(self.efforts[0], self.efforts[-1]), self.efforts)
        return torch.cat([pitch, energy], dim=2)


def gaussians(values: Tensor, centres: Tensor) -> Tensor:
    """(B, T) values, (K,) evenly spaced centres → (B, T, K) Gaussians, as wide as the centres are apart."""
    distance = (values[..., None] - centres) / (centres[1] - centres[0])
    return torch.exp(-0.5 * distance.square())


def pitch_of(f0: Tensor) -> Tensor:
    """F0 in Hz, positive → pitch: (B, T) → (B, T), or any other shape."""
    return _PER_OCTAVE * torch.log2(f0 / MIDDLE)


def f0_of(pitch: Tensor) -> Tensor:
    """Pitch → F0 in Hz: (B, T) → (B, T), or any other shape."""
    return MIDDLE * torch.exp(pitch * (math.log(2.0) / _PER_OCTAVE))
