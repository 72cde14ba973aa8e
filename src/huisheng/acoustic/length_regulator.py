"""Length regulator: from symbols to frames (FastSpeech, arXiv 1905.09263, 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Regulator:
    """Which symbol each frame belongs to.

    Attributes:
        owners: (B, T) int64 symbol of the frame, the last one at padding.
        places: (B, T) int64 number of the frame within its symbol from 1, 0 at padding.
        frames: (B,) int64 frames of each row.
    """

    owners: Tensor
    places: Tensor
    frames: Tensor

    def spread(self, symbols: Tensor) -> Tensor:
        """(B, L, C) → (B, T, C): each symbol repeated for as many frames as it lasts, then zeros."""
        index = self.owners[..., None].expand(-1, -1, symbols.shape[2])
        return symbols.gather(1, index).masked_fill(self.places[..., None] == 0, 0.0)


def regulator(durations: Tensor, group: int = 1) -> Regulator:
    """Which symbol each frame belongs to.

    Args:
        durations: (B, L) int64 frames per symbol, 0 at padding.
        group: T is the longest total, rounded up to a multiple of this.
    """
    ends = durations.cumsum(dim=1)  # (B, L) first frame after each symbol
    frames = ends[:, -1]
    longest = whole_steps(frames.max(), group) * group
    frame = torch.arange(int(longest), device=durations.device).repeat(len(durations), 1)  # (B, T)
    over = torch.searchsorted(ends, frame, right=True)  # (B, T) symbols already over
    owners = over.clamp(max=durations.shape[1] - 1)
    starts = (ends - durations).gather(1, owners)
    places = (frame - starts + 1).masked_fill(over == durations.shape[1], 0)
    return Regulator(owners, places, frames)


def whole_frames(lengths: Tensor) -> Tensor:
    """(B, L) frames → (B, L) int64, halves rounded up."""
    return (lengths + 0.5).floor().long()


def whole_steps(frames: Tensor, group: int) -> Tensor:
    """Frames → steps of `group` frames that hold them all, int64 of the same shape."""
    return (frames + group - 1) // group


def bands(lengths: Tensor, group: int) -> Tensor:
    """(B, L) frames before rounding, 0 at padding → (B,) int64 steps of the decoder in the longest symbol."""
    return (lengths.amax(dim=1) / group + 0.5).long()
