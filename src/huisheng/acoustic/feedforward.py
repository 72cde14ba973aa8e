"""Feed-forward parts: of a transformer block, and the prenet of an autoregressive loop."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from huisheng.acoustic.attention import EPSILON

_PRENET_DROPOUT = 0.5


class FeedForward(nn.Module):
    """Norm, convolution, ReLU, convolution, with a residual (FastSpeech, arXiv 1905.09263, 3.1)."""

    def __init__(self, width: int, inner: int, kernel: int, relu_dropout: float, dropout: float) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(width, eps=EPSILON)
        self.w_1 = nn.Conv1d(width, inner, kernel, padding=(kernel - 1) // 2)
        self.w_2 = nn.Conv1d(inner, width, 1)
        self.relu_dropout = nn.Dropout(relu_dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, absent: Tensor | None = None) -> Tensor:
        """Transform (B, T, D).

        Args:
            x: (B, T, D), 0 at padding.
            absent: (B, T, 1) bool, rows that the convolution shall not see at all; None for none. Rows of
                padding that it does see are the norm's bias, as in the batches of the published weights.

        Returns:
            (B, T, D), arbitrary at padding.
        """
        normalized: Tensor = self.layer_norm(x)
        if absent is not None:
            normalized = normalized.masked_fill(absent, 0.0)
        inner = self.w_1(normalized.transpose(1, 2)).relu()  # (B, C, T)
        outer = self.w_2(self.relu_dropout(inner)).transpose(1, 2)  # (B, T, D)
        return x + self.dropout(outer)


class Prenet(nn.Module):
    """Linear layers with dropout before an autoregressive input (Tacotron, arXiv 1703.10135, 3.2).

    Unlike Tacotron's, it has no dropout in inference, so that inference is deterministic.
    """

    def __init__(self, inputs: int, units: Sequence[int], projection: int | None = None) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for size in units:
            layers += [nn.Linear(inputs, size), nn.ReLU(), nn.Dropout(_PRENET_DROPOUT)]
            inputs = size
        if projection is not None:
            layers.append(nn.Linear(inputs, projection))
        self.fcs = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) → (B, T, last of `units`, or `projection`)."""
        return self.fcs(x)
