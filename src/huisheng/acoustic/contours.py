"""Melody, voicing and effort of every frame: how they are predicted, and how the decoder hears them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from huisheng.acoustic.config import ParallelConfig
from huisheng.convnext import ConvNextStack

MIDDLE: Final = 200.0
"""Hz that a pitch of 0 stands for."""

_PER_OCTAVE: Final = 2.0
"""Pitch from one octave to the next, so that most voices lie between −2 and 2."""

SEMITONE: Final = _PER_OCTAVE / 12.0
"""Pitch from one semitone to the next."""

_TRACKS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Contours:
    """What frames are sung like.

    Attributes:
        pitch: (B, T) height of F0, `pitch_of` Hz, also where nothing is voiced.
        voicing: (B, T) of a prediction log odds that a frame is voiced, of a truth 1 or 0.
        energy: (B, T) normalised.
    """

    pitch: Tensor
    voicing: Tensor
    energy: Tensor


class ContourPredictor(nn.Module):
    """All three of each frame, from the text of the frames around it; the text knows the whole sentence."""

    def __init__(self, inputs: int, config: ParallelConfig) -> None:
        super().__init__()
        self.stack = ConvNextStack(inputs, config.contours)
        self.tracks = nn.Linear(config.contours.width, _TRACKS)

    def forward(self, frames: Tensor, valid: Tensor) -> Contours:
        """(B, T, C) frames and (B, T) bool → contours, arbitrary at padding."""
        said: Tensor = self.tracks(self.stack(frames, valid))
        pitch, voicing, energy = said.float().unbind(dim=2)
        return Contours(pitch, voicing, energy)


class ContourEmbedding(nn.Module):
    """Pitch and energy as the decoder hears them: how near each is to a row of heights."""

    pitches: Tensor
    efforts: Tensor

    def __init__(self, config: ParallelConfig) -> None:
        super().__init__()
        lowest, highest = (pitch_of(torch.tensor(end)).item() for end in (config.lowest, config.highest))
        heights = torch.linspace(lowest, highest, config.pitches)
        efforts = torch.linspace(config.quietest, config.loudest, config.efforts)
        self.register_buffer("pitches", heights, persistent=False)
        self.register_buffer("efforts", efforts, persistent=False)

    def forward(self, contours: Contours) -> Tensor:
        """(B, T, pitches + efforts), 0…1; unvoiced frames have no pitch.

        Args:
            contours: with voicing as 1 or 0.
        """
        pitch = near(contours.pitch, self.pitches) * contours.voicing[..., None]
        energy = near(contours.energy.clamp(self.efforts[0], self.efforts[-1]), self.efforts)
        return torch.cat([pitch, energy], dim=2)


def near(values: Tensor, heights: Tensor) -> Tensor:
    """(B, T) values and (K,) evenly spaced heights → (B, T, K) Gaussians as wide as the heights are apart."""
    distance = (values[..., None] - heights) / (heights[1] - heights[0])
    return torch.exp(-0.5 * distance.square())


def pitch_of(f0: Tensor) -> Tensor:
    """Hz of any shape, positive → pitch."""
    return _PER_OCTAVE * torch.log2(f0 / MIDDLE)


def f0_of(pitch: Tensor) -> Tensor:
    """Pitch of any shape → Hz."""
    return MIDDLE * torch.exp(pitch * (math.log(2.0) / _PER_OCTAVE))
