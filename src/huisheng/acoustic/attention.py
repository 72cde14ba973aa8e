"""Attention of the encoder, and of the decoder.

The decoder's is pseudo non-causal attention, PNCA (Li et al. 2020, RobuTrans, AAAI): a step sees a band of
steps behind it in its own output and, since durations are known, a band ahead of it in the memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

EPSILON = 1e-6
"""Epsilon of every layer norm, as in the training of the published weights."""


@dataclass(frozen=True, slots=True, eq=False)
class KeysValues:
    """Keys and values of attention, each (B, H, T, D/H)."""

    keys: Tensor
    values: Tensor

    def since(self, start: int) -> KeysValues:
        """(B, H, T − start, D/H) from a position on; negative counts from the end."""
        return KeysValues(self.keys[:, :, start:], self.values[:, :, start:])

    def between(self, start: int, end: int) -> KeysValues:
        """(B, H, ≤ end − start, D/H)."""
        return KeysValues(self.keys[:, :, start:end], self.values[:, :, start:end])

    def append(self, later: KeysValues) -> KeysValues:
        """(B, H, T + T', D/H)."""
        return KeysValues(
            torch.cat([self.keys, later.keys], dim=2), torch.cat([self.values, later.values], dim=2)
        )


@dataclass(frozen=True, slots=True, eq=False)
class AttentionWindows:
    """Which positions a query may attend to, True = may; None for all.

    Attributes:
        past: (B, 1, Q, K) of the decoder's own steps.
        ahead: (B, 1, Q, K) of the memory's steps.
    """

    past: Tensor | None
    ahead: Tensor | None


class SelfAttention(nn.Module):
    """Attention over a whole text, with the norm before it (Vaswani et al. 2017, arXiv 1706.03762)."""

    def __init__(self, inputs: int, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.layer_norm = nn.LayerNorm(inputs, eps=EPSILON)
        self.w_qkv = nn.Linear(inputs, 3 * width)
        self.fc = nn.Linear(width, width)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """Attend within each row.

        Args:
            x: (B, L, C).
            valid: (B, L) bool, symbols that may be attended to; at least one in each row.

        Returns:
            (B, L, D).
        """
        queries, keys, values = split_heads(self.w_qkv(self.layer_norm(x)), self.heads, parts=3)
        dropout = self.dropout if self.training else 0.0
        attended = scaled_dot_product_attention(queries, keys, values, valid[:, None, None, :], dropout)
        return self.fc(merge_heads(attended))


class PncaAttention(nn.Module):
    """Attention of a decoder step to its own past and to the memory ahead, added up."""

    def __init__(self, width: int, memory: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.layer_norm = nn.LayerNorm(width, eps=EPSILON)
        self.w_x_qkv = nn.Linear(width, 3 * width)
        self.fc_x = nn.Linear(width, width)
        self.w_h_kv = nn.Linear(memory, 2 * width)
        self.fc_h = nn.Linear(width, width)

    def remember(self, memory: Tensor) -> KeysValues:
        """(B, T, U) memory → its keys and values, the same for every step of the decoder."""
        keys, values = split_heads(self.w_h_kv(memory), self.heads, parts=2)
        return KeysValues(keys, values)

    def project(self, x: Tensor) -> tuple[Tensor, KeysValues]:
        """(B, T, D) → queries (B, H, T, D/H), and what later steps will see of these."""
        queries, keys, values = split_heads(self.w_x_qkv(self.layer_norm(x)), self.heads, parts=3)
        return queries, KeysValues(keys, values)

    def attend(
        self, queries: Tensor, past: KeysValues, ahead: KeysValues, windows: AttentionWindows
    ) -> Tensor:
        """Attend to past and memory.

        Args:
            queries: (B, H, Q, D/H).
            past: of the decoder's own steps, the present one included.
            ahead: of the memory's steps, the present one included.
            windows: which of them each query may attend to.

        Returns:
            (B, Q, D).
        """
        dropout = self.dropout if self.training else 0.0
        own = scaled_dot_product_attention(queries, past.keys, past.values, windows.past, dropout)
        text = scaled_dot_product_attention(queries, ahead.keys, ahead.values, windows.ahead, dropout)
        return self.fc_x(merge_heads(own)) + self.fc_h(merge_heads(text))


def split_heads(x: Tensor, heads: int, parts: int) -> tuple[Tensor, ...]:
    """(B, T, parts·D) → for each part (B, H, T, D/H); a head's channels lie side by side."""
    rows, length = x.shape[:2]
    return x.view(rows, length, parts, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)


def merge_heads(x: Tensor) -> Tensor:
    """(B, H, T, D/H) → (B, T, D)."""
    return x.transpose(1, 2).flatten(2)
