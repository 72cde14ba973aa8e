"""Text encoder: symbols → one vector for each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from huisheng.acoustic.attention import EPSILON, SelfAttention
from huisheng.acoustic.config import AcousticConfig, BlockConfig
from huisheng.acoustic.feedforward import FeedForward
from huisheng.acoustic.inputs import require
from huisheng.acoustic.positions import TextPositions

_KERNEL = 3
"""Taps of the feed-forward part: each symbol sees its two neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedText:
    """
    Attributes:
        embedded: (B, L, C) scaled embeddings without positions, for the aligner.
        encoded: (B, L, D).
        text: (B, L, P) projected, for the rest of the model.
    """

    embedded: Tensor
    encoded: Tensor
    text: Tensor


class FftBlock(nn.Module):
    """Attention and feed-forward (FastSpeech, arXiv 1905.09263, 3.1); no residual where widths differ."""

    def __init__(self, inputs: int, config: BlockConfig) -> None:
        super().__init__()
        self.slf_attn = SelfAttention(inputs, config.width, config.heads, config.attention_dropout)
        self.pos_ffn = FeedForward(config.width, config.inner, _KERNEL, config.relu_dropout, config.dropout)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, valid: Tensor, absent: Tensor | None) -> Tensor:
        """Encode (B, L, C).

        Args:
            x: (B, L, C).
            valid: (B, L) bool.
            absent: (B, L, 1) bool, as in `FeedForward`.

        Returns:
            (B, L, D), arbitrary at padding.
        """
        attended: Tensor = self.dropout(self.slf_attn(x, valid))
        if attended.shape == x.shape:
            attended = attended + x
        return self.pos_ffn(attended.masked_fill(~valid[..., None], 0.0), absent)


class SelfAttentionEncoder(nn.Module):
    """Positions, then a stack of blocks."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        block = config.encoder
        sizes = [config.embedding] + [block.width] * (block.layers - 1)
        self.position_enc = TextPositions(config.longest, config.embedding)
        self.dropout = nn.Dropout(block.dropout)
        self.fft = nn.ModuleList(FftBlock(size, block) for size in sizes)
        self.ln = nn.LayerNorm(block.width, eps=EPSILON)

    def forward(self, x: Tensor, valid: Tensor, absent: Tensor | None) -> Tensor:
        """Encode (B, L, C).

        Args:
            x: (B, L, C).
            valid: (B, L) bool.
            absent: (B, L, 1) bool, as in `FeedForward`.

        Returns:
            (B, L, D), arbitrary at padding.
        """
        x = self.dropout(self.position_enc(x))
        for block in self.fft:
            x = block(x, valid, absent)
        return self.ln(x)


class TextEncoder(nn.Module):
    """Embeddings of a symbol's fields, added up and encoded."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        tables = _tables(config)
        self.fields = tuple(tables)
        self.scale = math.sqrt(config.encoder.width)
        for name, rows in tables.items():
            self.add_module(name, nn.Embedding(rows, config.embedding))
        self.ling_enc = SelfAttentionEncoder(config)
        self.ling_proj = nn.Linear(config.encoder.width, config.text_units, bias=False)

    def forward(self, symbols: Tensor, valid: Tensor) -> EncodedText:
        """Encode for training: padding has an influence, as in the batches of the published weights.

        Args:
            symbols: (B, L, 4) int64 ids, or (B, L, 1) of a byte model.
            valid: (B, L) bool.

        Raises:
            EngineError: the symbols have another number of fields.
        """
        return self._encode(symbols, valid, None)

    def encode(self, symbols: Tensor, valid: Tensor) -> EncodedText:
        """Encode (B, L, 4) for inference: padding has no influence. Arguments and errors as of `forward`."""
        return self._encode(symbols, valid, ~valid[..., None])

    def _encode(self, symbols: Tensor, valid: Tensor, absent: Tensor | None) -> EncodedText:
        require("symbols", symbols, (None, None, len(self.fields)))
        rows = [self.get_submodule(name)(symbols[..., index]) for index, name in enumerate(self.fields)]
        embedded = torch.stack(rows).sum(dim=0) * self.scale
        encoded: Tensor = self.ling_enc(embedded, valid, absent)
        return EncodedText(embedded, encoded, self.ling_proj(encoded))


def _tables(config: AcousticConfig) -> dict[str, int]:
    """Name of each embedding table in the order of a symbol's fields → its rows."""
    sizes = config.vocabulary
    if sizes.bytes:
        return {"byte_index_emb": sizes.bytes}
    return {
        "sy_emb": sizes.phones,
        "tone_emb": sizes.tones,
        "syllable_flag_emb": sizes.syllable_flags,
        "ws_emb": sizes.word_segments,
    }
