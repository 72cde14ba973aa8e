"""Losses of SAM-BERT: distances of its predictions, and the likelihood of its own alignment."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import ctc_loss

from huisheng.acoustic.inputs import TrainingBatch, valid_positions
from huisheng.acoustic.outputs import Alignment, TrainingOutput

_BLANK = -1.0
"""Log odds of the CTC's blank before normalisation (Badlani et al. 2022, arXiv 2108.10447)."""

_IMPOSSIBLE = -1e9
"""Log odds of symbols behind the end. Finite, since the gradient of the CTC is undefined at −∞."""

_SMALLEST_ODDS = 1e-12
_EPOCHS_TO_DECIDE = 100


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """Each a scalar ≥ 0, a mean over what is real in the batch.

    Attributes:
        coarse, mel: L1 distance of the decoder's and of the postnet's spectrogram, normalised dB.
        duration: L1 distance of log(frames + 1).
        pitch, energy: L1 distance, normalised.
        alignment: −log odds per symbol that the text was spoken in this order (MAS); None otherwise.
        binarisation: −log odds of the path decided for, times its weight (MAS); None otherwise.
    """

    coarse: Tensor
    mel: Tensor
    duration: Tensor
    pitch: Tensor
    energy: Tensor
    alignment: Tensor | None
    binarisation: Tensor | None

    @property
    def total(self) -> Tensor:
        """Their sum, of shape ()."""
        parts = (self.coarse, self.mel, self.duration, self.pitch, self.energy)
        learned = tuple(part for part in (self.alignment, self.binarisation) if part is not None)
        return torch.stack(parts + learned).sum()


def losses(batch: TrainingBatch, output: TrainingOutput, epoch: int) -> Losses:
    """Losses of a batch, each a scalar, mel (B, T, M).

    Args:
        batch: with the targets.
        output: predictions for it.
        epoch: counts from 0; a learned alignment is held to its decisions more and more.
    """
    lengths, alignment = batch.inputs.lengths, output.alignment
    frames = valid_positions(batch.frames, batch.mels.shape[1])
    symbols = valid_positions(lengths, output.log_durations.shape[1])
    target = torch.log1p(output.target_durations.to(output.log_durations))
    sure = min(1.0, epoch / _EPOCHS_TO_DECIDE)
    return Losses(
        coarse=mean_distance(output.coarse, batch.mels, frames),
        mel=mean_distance(output.mel, batch.mels, frames),
        duration=mean_distance(output.log_durations, target, symbols),
        pitch=mean_distance(output.pitch, output.target_pitch, symbols),
        energy=mean_distance(output.energy, output.target_energy, symbols),
        alignment=None if alignment is None else order_loss(alignment.log_odds, batch.frames, lengths),
        binarisation=None if alignment is None else sure * binarisation_loss(alignment),
    )


def mean_distance(predicted: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Mean L1 distance.

    Args:
        predicted: (B, T) or (B, T, C).
        target: of the same shape.
        valid: (B, T) bool; at least one is True.

    Returns:
        () mean absolute difference where valid.
    """
    return (predicted - target)[valid].abs().mean()


def order_loss(log_odds: Tensor, frames: Tensor, lengths: Tensor) -> Tensor:
    """CTC (Graves et al. 2006, ICML) with the symbols of the text, in their order, as its labels.

    Args:
        log_odds: (B, T, L) that a frame belongs to a symbol.
        frames: (B,) int64.
        lengths: (B,) int64.

    Returns:
        () −log odds per symbol, mean over B; 0 for a row that has fewer frames than symbols.
    """
    rows, _, symbols = log_odds.shape
    blank = torch.full_like(log_odds[..., :1], _BLANK)
    classes = torch.cat([blank, log_odds], dim=2)  # (B, T, 1 + L)
    real = valid_positions(lengths + 1, symbols + 1)[:, None]
    log_probs = classes.masked_fill(~real, _IMPOSSIBLE).log_softmax(dim=2)
    labels = torch.arange(1, symbols + 1, device=log_odds.device).expand(rows, -1)
    found = ctc_loss(
        log_probs.transpose(0, 1), labels, frames, lengths, reduction="none", zero_infinity=True
    )  # (B,)
    return (found / lengths).mean()


def binarisation_loss(alignment: Alignment) -> Tensor:
    """() mean −log of the soft odds (B, T, L) on the hard path (Badlani et al. 2022, arXiv 2108.10447)."""
    chosen = alignment.soft[alignment.hard == 1.0]
    return -chosen.clamp(min=_SMALLEST_ODDS).log().mean()
