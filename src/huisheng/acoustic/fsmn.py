"""Feed-forward sequential memory: a frame sees a fixed stretch around it (Zhang et al., arXiv 1803.05030)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import pad

from huisheng.acoustic.config import FsmnConfig


class FsmnFeedForward(nn.Module):
    """The part of a layer that sees one frame."""

    def __init__(self, inputs: int, config: FsmnConfig) -> None:
        super().__init__()
        self.w_1 = nn.Conv1d(inputs, config.inner, 1)
        self.w_2 = nn.Conv1d(config.inner, config.memory, 1, bias=False)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) → (B, memory, T)."""
        return self.w_2(self.dropout(self.w_1(x).relu()))


class FsmnMemory(nn.Module):
    """The part of a layer that sees neighbours: for each channel a filter, plus the frame itself."""

    def __init__(self, config: FsmnConfig) -> None:
        super().__init__()
        self.reach = (config.behind, config.ahead)
        self.conv_dw = nn.Conv1d(config.memory, config.memory, config.taps, groups=config.memory, bias=False)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, padding: Tensor) -> Tensor:
        """
        Args:
            x: (B, C, T).
            padding: (B, 1, T) bool.

        Returns:
            (B, C, T), 0 at padding.
        """
        x = x.masked_fill(padding, 0.0)
        filtered: Tensor = self.conv_dw(pad(x, self.reach)) + x
        return self.dropout(filtered).masked_fill(padding, 0.0)


class Fsmn(nn.Module):
    """A stack of layers, each with a way around it where the channels allow one."""

    def __init__(self, inputs: int, config: FsmnConfig) -> None:
        super().__init__()
        sizes = [inputs] + [config.memory] * (config.layers - 1)
        self.ffn_lst = nn.ModuleList(FsmnFeedForward(size, config) for size in sizes)
        self.memory_block_lst = nn.ModuleList(FsmnMemory(config) for _ in sizes)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """
        Args:
            x: (B, T, C).
            valid: (B, T) bool.

        Returns:
            (B, T, memory), 0 at padding where x is, or where C is not `memory`; unmoved by x at padding.
        """
        padding = ~valid[:, None]  # (B, 1, T)
        x = x.transpose(1, 2)  # (B, C, T)
        for feed, memory in zip(self.ffn_lst, self.memory_block_lst, strict=True):
            layer: Tensor = self.dropout(memory(feed(x), padding))
            x = layer + x if layer.shape[1] == x.shape[1] else layer
        return x.transpose(1, 2)
