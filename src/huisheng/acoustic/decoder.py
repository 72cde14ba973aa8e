"""Decoder: r frames a step, each step from the last frame before it and from the memory around it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from huisheng.acoustic.attention import EPSILON, AttentionWindows, KeysValues, PncaAttention
from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.feedforward import FeedForward, Prenet


class PncaBlock(nn.Module):
    """Attention to past and memory, then the feed-forward part."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        block = config.decoder
        self.pnca_attn = PncaAttention(block.width, config.memory_units, block.heads, block.attention_dropout)
        self.pos_ffn = FeedForward(block.width, block.inner, 1, block.relu_dropout, block.dropout)
        self.dropout = nn.Dropout(block.dropout)

    def forward(
        self, x: Tensor, past: KeysValues | None, ahead: KeysValues, windows: AttentionWindows
    ) -> tuple[Tensor, KeysValues]:
        """Decode some steps.

        Args:
            x: (B, Q, D) the steps.
            past: of the steps before them; None for none.
            ahead: of the memory's steps.
            windows: which of them each step may attend to.

        Returns:
            (B, Q, D), and the past with these steps added.
        """
        queries, own = self.pnca_attn.project(x)
        seen = own if past is None else past.append(own)
        attended: Tensor = self.dropout(self.pnca_attn.attend(queries, seen, ahead, windows))
        return self.pos_ffn(attended + x), seen


class PncaDecoder(nn.Module):
    """From the last frame and a step of the memory to the next r frames."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        width, mels = config.decoder.width, config.mels
        self.scale = math.sqrt(width)
        self.prenet = Prenet(mels, config.prenet, width)
        self.dec_in_proj = nn.Linear(config.memory_units + width, width)
        self.dropout = nn.Dropout(config.decoder.dropout)
        self.pnca = nn.ModuleList(PncaBlock(config) for _ in range(config.decoder.layers))
        self.ln = nn.LayerNorm(width, eps=EPSILON)
        self.dec_out_proj = nn.Linear(width, config.group * mels)

    @property
    def blocks(self) -> Iterable[PncaBlock]:
        """The blocks, in order."""
        return cast("Iterable[PncaBlock]", self.pnca)

    def remember(self, memory: Tensor) -> list[KeysValues]:
        """(B, T, U) memory → its keys and values for each block."""
        return [block.pnca_attn.remember(memory) for block in self.blocks]

    def forward(
        self,
        frames: Tensor,
        memory: Tensor,
        past: Sequence[KeysValues | None],
        ahead: Sequence[KeysValues],
        windows: AttentionWindows,
    ) -> tuple[Tensor, list[KeysValues]]:
        """Decode some steps.

        Args:
            frames: (B, Q, M) the frame before each step.
            memory: (B, Q, U) of these steps.
            past: of the steps before these, for each block.
            ahead: of the memory, for each block.
            windows: which of them each step may attend to.

        Returns:
            (B, Q, r·M), and the past of each block with these steps added.
        """
        x: Tensor = self.dec_in_proj(torch.cat([memory, self.prenet(frames)], dim=2))
        x = self.dropout(x * self.scale)
        grown: list[KeysValues] = []
        for block, before, around in zip(self.blocks, past, ahead, strict=True):
            x, seen = block(x, before, around, windows)
            grown.append(seen)
        return self.dec_out_proj(self.ln(x)), grown


class MelDecoder(nn.Module):
    """The coarse spectrogram: all steps at once by teacher forcing, or step by step from its own output."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.group = config.group
        self.mels = config.mels
        self.mel_dec = PncaDecoder(config)

    def memory(self, text: Tensor, speakers: Tensor, emotions: Tensor) -> Tensor:
        """Memory of the decoder, of shape (B, T, U).

        Args:
            text: (B, r·T, P) frames.
            speakers: (B, r·T, S).
            emotions: (B, r·T, E).

        Returns:
            (B, T, r·P + S + E): r frames of text side by side, speaker and emotion of the first of them.
        """
        text = text.reshape(len(text), -1, self.group * text.shape[2])
        return torch.cat([text, speakers[:, :: self.group], emotions[:, :: self.group]], dim=2)

    def forward(self, memory: Tensor, mels: Tensor, bands: Tensor, valid: Tensor) -> Tensor:
        """Decode all steps at once, each from the true frame before it (teacher forcing).

        Args:
            memory: (B, T, U).
            mels: (B, r·T, M) true frames.
            bands: (B,) int64 steps of attention back and ahead.
            valid: (B, T) bool, steps with a true frame in them.

        Returns:
            (B, r·T, M), 0 in steps that are not valid.
        """
        ends = mels[:, self.group - 1 :: self.group]  # (B, T, M) last frame of each step
        last = torch.cat([torch.zeros_like(ends[:, :1]), ends[:, :-1]], dim=1)
        memories = self.mel_dec.remember(memory)
        nothing = [None] * len(memories)
        windows = training_windows(bands, valid)
        out: Tensor = self.mel_dec(last, memory, nothing, memories, windows)[0]
        return self._frames(out.masked_fill(~valid[..., None], 0.0))

    def generate(self, memory: Tensor, bands: Tensor, steps: Tensor) -> Tensor:
        """Decode step by step, each from the last frame of the step before it.

        Args:
            memory: (B, T, U).
            bands: (B,) int64 steps of attention back and ahead.
            steps: (B,) int64 steps of each row, 1…T.

        Returns:
            (B, r·T, M), arbitrary in steps that a row does not have.
        """
        band = int(bands.max())
        memories = self.mel_dec.remember(memory)
        past: list[KeysValues | None] = [None] * len(memories)
        frame = memory.new_zeros(len(memory), 1, self.mels)
        found: list[Tensor] = []
        for step, here in enumerate(torch.split(memory, 1, dim=1)):
            ahead = [kept.between(step, step + band + 1) for kept in memories]
            windows = step_windows(step, bands, steps, memory.shape[1])
            out, grown = self.mel_dec(frame, here, past, ahead, windows)
            past = [seen.since(-band) if band else None for seen in grown]
            frame = out[..., -self.mels :]
            found.append(out)
        return self._frames(torch.cat(found, dim=1))

    def _frames(self, steps: Tensor) -> Tensor:
        """(B, T, r·M) → (B, r·T, M)."""
        return steps.reshape(len(steps), -1, self.mels)


def training_windows(bands: Tensor, valid: Tensor) -> AttentionWindows:
    """Which steps each may attend to.

    Args:
        bands: (B,) int64.
        valid: (B, T) bool.

    Returns:
        (B, 1, T, T) windows. A padded step may attend to everything: with nothing to attend to, the
        softmax would be undefined and spoil the gradient of the rest.
    """
    step = torch.arange(valid.shape[1], device=valid.device)
    distance = step[:, None] - step  # (T, T) how far the key lies behind the query
    band = bands[:, None, None]
    keys, idle = valid[:, None, :], ~valid[:, :, None]
    past = (distance >= 0) & (distance <= band) & keys | idle
    ahead = (distance <= 0) & (-distance <= band) & keys | idle
    return AttentionWindows(past[:, None], ahead[:, None])


def step_windows(step: int, bands: Tensor, steps: Tensor, longest: int) -> AttentionWindows:
    """(B, 1, 1, K) windows of one step over the keys that the widest band leaves; none for a single row.

    Args:
        step: which.
        bands: (B,) int64 of each row.
        steps: (B,) int64 of each row.
        longest: T.
    """
    if len(bands) == 1:
        return AttentionWindows(None, None)
    band = int(bands.max())
    own = torch.arange(max(0, step - band), step + 1, device=bands.device)
    text = torch.arange(step, min(longest, step + band + 1), device=bands.device)
    past = own >= step - bands[:, None]
    ahead = (text <= step + bands[:, None]) & (text < steps[:, None]) | (text == step)
    return AttentionWindows(past[:, None, None], ahead[:, None, None])
