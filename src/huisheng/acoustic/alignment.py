"""Durations learned from text and spectrogram alone.

Distances between the two give odds, a prior favours the diagonal, monotonic search decides (Badlani et al.
2022, One TTS Alignment To Rule Them All, arXiv 2108.10447).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.inputs import valid_positions
from huisheng.acoustic.outputs import Alignment

_TEMPERATURE = 0.0005
_KEY_WIDENING = 2
_SMALLEST_PRIOR = 1e-8


class _Convolution(nn.Module):
    """A convolution that keeps the length T."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) → (B, C', T)."""
        return self.conv(x)


class AlignmentAttention(nn.Module):
    """Odds that a frame belongs to a symbol, from the distance between the two.

    `attn_proj` takes no part; published checkpoints hold it.
    """

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        mels, inner = config.mels, _KEY_WIDENING * config.embedding
        self.key_proj = nn.Sequential(
            _Convolution(config.embedding, inner, 3), nn.ReLU(), _Convolution(inner, mels, 1)
        )
        self.query_proj = nn.Sequential(
            _Convolution(mels, 2 * mels, 3),
            nn.ReLU(),
            _Convolution(2 * mels, mels, 1),
            nn.ReLU(),
            _Convolution(mels, mels, 1),
        )
        self.attn_proj = nn.Conv2d(mels, 1, 1)

    def forward(self, embedded: Tensor, mels: Tensor, prior: Tensor | None) -> Tensor:
        """Score every frame against every symbol.

        Args:
            embedded: (B, L, C) scaled embeddings.
            mels: (B, T, M).
            prior: (B, T, L) odds beforehand, None for none.

        Returns:
            (B, T, L) log odds, not normalised where there is a prior.
        """
        keys: Tensor = self.key_proj(embedded.transpose(1, 2))  # (B, M, L)
        queries: Tensor = self.query_proj(mels.transpose(1, 2))  # (B, M, T)
        scores = -_TEMPERATURE * _square_distances(queries, keys)
        if prior is None:
            return scores
        return scores.log_softmax(dim=2) + (prior + _SMALLEST_PRIOR).log()


def _square_distances(queries: Tensor, keys: Tensor) -> Tensor:
    """(B, M, T) and (B, M, L) → (B, T, L), never (B, M, T, L), which would fill a gigabyte."""
    lengths = queries.square().sum(dim=1)[..., None] + keys.square().sum(dim=1)[:, None]
    return lengths - 2.0 * queries.transpose(1, 2) @ keys


def align(log_odds: Tensor, frames: Tensor, lengths: Tensor) -> Alignment:
    """Find the best monotonic alignment.

    Args:
        log_odds: (B, T, L) as of `AlignmentAttention`.
        frames: (B,) int64 frames of each utterance.
        lengths: (B,) int64 symbols of each utterance, at most its frames.
    """
    beyond = ~valid_positions(lengths, log_odds.shape[2])[:, None]  # (B, 1, L)
    log_soft = log_odds.masked_fill(beyond, -torch.inf).log_softmax(dim=2)
    return Alignment(log_odds, log_soft.exp(), monotonic_path(log_soft.detach(), frames, lengths))


def monotonic_path(scores: Tensor, frames: Tensor, lengths: Tensor) -> Tensor:
    """The path from the first symbol to the last that scores most and skips none (Viterbi search).

    Where staying and moving on score the same, it moves on.

    Args:
        scores: (B, T, L) log odds, −∞ where impossible.
        frames: (B,) int64 frames of each row.
        lengths: (B,) int64 symbols of each row.

    Returns:
        (B, T, L) 1 on the path, 0 elsewhere.
    """
    moves = _best_moves(scores)
    path = torch.zeros_like(scores)
    row = torch.arange(len(scores), device=scores.device)
    symbol = lengths - 1  # (B,)
    for frame in range(scores.shape[1] - 1, -1, -1):
        within = frame < frames  # (B,)
        path[row, frame, symbol] = within.to(path)
        symbol = symbol - (within & moves[row, frame, symbol]).long()
    return path


def _best_moves(scores: Tensor) -> Tensor:
    """(B, T, L) scores → (B, T, L) bool: whether the best path to here comes from the symbol before."""
    nowhere = scores.new_full((len(scores), 1), -torch.inf)
    best = torch.cat([scores[:, 0, :1], nowhere.expand(-1, scores.shape[2] - 1)], dim=1)  # (B, L)
    moves = torch.zeros(scores.shape, dtype=torch.bool, device=scores.device)
    for frame in range(1, scores.shape[1]):
        before = torch.cat([nowhere, best[:, :-1]], dim=1)
        moves[:, frame] = before >= best
        best = scores[:, frame] + torch.maximum(before, best)
    return moves


def mean_over_frames(values: Tensor, hard: Tensor) -> Tensor:
    """Mean over the frames of each symbol.

    Args:
        values: (B, T) normalised pitch or energy, 0 where there is none.
        hard: (B, T, L) 1 where a frame belongs to a symbol.

    Returns:
        (B, L) mean over the symbol's frames that have a value, 0 if none has.
    """
    owned = hard.transpose(1, 2)  # (B, L, T)
    total = owned @ values[..., None]  # (B, L, 1)
    count = owned @ (values != 0.0).to(values)[..., None]
    return (total / count.clamp(min=1.0))[..., 0]


def diagonal_prior(frames: int, symbols: int) -> Tensor:
    """Odds that favour the diagonal: beta-binomial over symbols, with a = m and b = M + 1 − m for frame m.

    Args:
        frames: M of one utterance.
        symbols: P of it, the end symbol included.

    Returns:
        (M, P), rows sum to 1.
    """
    a = torch.arange(1, frames + 1, dtype=torch.float64)[:, None]  # (M, 1)
    b = frames + 1 - a
    k = torch.arange(symbols, dtype=torch.float64)  # (P,)
    n = torch.tensor(symbols - 1, dtype=torch.float64)
    ways = torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
    return (ways + _log_beta(k + a, n - k + b) - _log_beta(a, b)).exp().float()


def _log_beta(a: Tensor, b: Tensor) -> Tensor:
    return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)
