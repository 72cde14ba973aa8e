"""Filled pauses: where a hesitant speaker says 嗯, 啊 or 呃, the model inserts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from huisheng.acoustic.attention import EPSILON
from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.length_regulator import Regulator, regulator

_KINDS: Final = 4

_BEGIN: Final = (5, 0, 0)
_END: Final = (5, 1, 1)
_BREAK: Final = (142, 1, 2, 4)

FILLERS: Final = (
    ((64, *_BEGIN), (11, *_END), _BREAK),
    ((62, *_BEGIN), (0, *_END), _BREAK),
    ((64, *_BEGIN), (9, *_END), _BREAK),
)
"""(3, 3, 4) symbols of 嗯 (ge en_c #3), 啊 (ga a_c #3), 呃 (ge e_c #3) in the neutral tone.

Ids are those of Mandarin's inventory: no model of another language fills pauses.
"""


@dataclass(frozen=True, slots=True, eq=False)
class TextWithPauses:
    """A text with filled pauses in it.

    Attributes:
        text: (B, K, P).
        source: how the K symbols follow from the L before.
        origins: (B, K) int64 the symbol that each was, −1 at fillers and padding.
    """

    text: Tensor
    source: Regulator
    origins: Tensor


class FilledPausePredictor(nn.Module):
    """Whether something is said before each symbol, and what."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        width, inner = config.text_units, config.pause_units
        self.w_1 = nn.Conv1d(width, inner, 3, padding=1)
        self.w_2 = nn.Conv1d(inner, width, 1)
        self.layer_norm1 = nn.LayerNorm(inner, eps=EPSILON)
        self.layer_norm2 = nn.LayerNorm(width, eps=EPSILON)
        self.fc = nn.Linear(width, _KINDS)

    def forward(self, text: Tensor, valid: Tensor) -> Tensor:
        """
        Args:
            text: (B, L, P).
            valid: (B, L) bool.

        Returns:
            (B, L, 4) odds of nothing, 嗯, 啊, 呃; rows sum to 1, 0 at padding.
        """
        padding = ~valid[..., None]
        text = text.masked_fill(padding, 0.0).transpose(1, 2)  # (B, P, L)
        inner: Tensor = self.layer_norm1(self.w_1(text).relu().transpose(1, 2))  # (B, L, C)
        outer: Tensor = self.layer_norm2(self.w_2(inner.transpose(1, 2)).relu().transpose(1, 2))
        odds: Tensor = self.fc(outer)
        return odds.softmax(dim=2).masked_fill(padding, 0.0)


def insert_filled_pauses(text: Tensor, kinds: Tensor, valid: Tensor, fillers: Tensor) -> TextWithPauses:
    """
    Args:
        text: (B, L, P).
        kinds: (B, L) int64 0…3, the most likely of the odds.
        valid: (B, L) bool.
        fillers: (3, 3, P) three symbols of each filler, encoded.
    """
    source = regulator(torch.where(kinds > 0, fillers.shape[1] + 1, 1).masked_fill(~valid, 0))
    kind = kinds.gather(1, source.owners)  # (B, K)
    inserted = (kind > 0) & (source.places > 0) & (source.places <= fillers.shape[1])
    row = fillers[(kind - 1).clamp(min=0), (source.places - 1).clamp(0, fillers.shape[1] - 1)]  # (B, K, P)
    origins = source.owners.masked_fill(inserted | (source.places == 0), -1)
    return TextWithPauses(torch.where(inserted[..., None], row, source.spread(text)), source, origins)
