"""Inputs of a SAM-BERT: frozen values whose shapes are checked at construction."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from huisheng.errors import EngineError


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Symbols of B utterances, padded to the longest.

    Attributes:
        symbols: (B, L, 4) int64 ids of phone, tone, syllable flag, word segment; (B, L, 1) of a byte model.
        emotions: (B, L, E) float, the vector of each symbol's emotion.
        speakers: (B, L, S) float, the vector of each symbol's speaker.
        lengths: (B,) int64 symbols of each utterance, 1…L; what lies behind them has no influence.

    Raises:
        EngineError: the shapes do not fit each other.
    """

    symbols: Tensor
    emotions: Tensor
    speakers: Tensor
    lengths: Tensor

    def __post_init__(self) -> None:
        if self.symbols.dim() != 3:
            raise misshapen("symbols", "(B, L, 4)", self.symbols)
        rows, longest = self.symbols.shape[:2]
        require("emotions", self.emotions, (rows, longest, None))
        require("speakers", self.speakers, (rows, longest, None))
        require("lengths", self.lengths, (rows,))


@dataclass(frozen=True, slots=True, eq=False)
class Controls:
    """Changes to the predictions of the variance adaptor; None leaves a prediction as it is.

    Attributes:
        rate: (B, L) > 0, divides durations: 2 is twice as fast.
        pitch_scale: (B, L) factor of the normalised F0.
        pitch_bias: (B, L) added to it afterwards, in standard deviations of the voice's F0.
        energy_scale: (B, L) factor of the normalised energy.
        energy_bias: (B, L) added to it afterwards, in standard deviations of the voice's energy.
    """

    rate: Tensor | None = None
    pitch_scale: Tensor | None = None
    pitch_bias: Tensor | None = None
    energy_scale: Tensor | None = None
    energy_bias: Tensor | None = None

    def check(self, rows: int, symbols: int) -> None:
        """
        Raises:
            EngineError: a control is not (rows, symbols).
        """
        for field in fields(self):
            values: Tensor | None = getattr(self, field.name)
            if values is not None:
                require(field.name, values, (rows, symbols))

    def gather(self, index: Tensor) -> Controls:
        """The controls of other symbols: each (B, L) and index (B, K) int64 → (B, K)."""
        return Controls(
            rate=_gather(self.rate, index),
            pitch_scale=_gather(self.pitch_scale, index),
            pitch_bias=_gather(self.pitch_bias, index),
            energy_scale=_gather(self.energy_scale, index),
            energy_bias=_gather(self.energy_bias, index),
        )


@dataclass(frozen=True, slots=True, eq=False)
class TrainingBatch:
    """Utterances with their targets.

    Where the model aligns by itself (MAS), `durations` is None and pitch and energy are given per frame.

    Attributes:
        inputs: symbols, each utterance followed by an end symbol that `lengths` does not count.
        mels: (B, T, M) normalised spectrogram, 0 behind the end; T is a multiple of the decoder's group.
        frames: (B,) int64 frames of each utterance, 1…T.
        pitch: (B, L) or (B, T) normalised F0, 0 at padding and where nothing is voiced.
        energy: (B, L) or (B, T) normalised energy, 0 at padding.
        durations: (B, L) int64 frames per symbol, adding up to `frames`, 0 at padding.
        prior: (B, T, L) odds beforehand that a frame belongs to a symbol (MAS), as of `diagonal_prior`.
    """

    inputs: Inputs
    mels: Tensor
    frames: Tensor
    pitch: Tensor
    energy: Tensor
    durations: Tensor | None = None
    prior: Tensor | None = None

    def __post_init__(self) -> None:
        rows, symbols = self.inputs.symbols.shape[:2]
        require("mels", self.mels, (rows, None, None))
        require("frames", self.frames, (rows,))
        positions = symbols if self.durations is not None else self.mels.shape[1]
        require("pitch", self.pitch, (rows, positions))
        require("energy", self.energy, (rows, positions))
        if self.durations is not None:
            require("durations", self.durations, (rows, symbols))
        if self.prior is not None:
            require("prior", self.prior, (rows, self.mels.shape[1], symbols))


def valid_positions(lengths: Tensor, longest: int) -> Tensor:
    """(B,) lengths → (B, longest) bool, True before the end of each row."""
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


def require(name: str, tensor: Tensor, shape: tuple[int | None, ...]) -> None:
    """Check a tensor's shape, None standing for any size.

    Raises:
        EngineError: it has another one.
    """
    fits = tensor.dim() == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, tensor.shape, strict=True)
    )
    if not fits:
        sizes = ", ".join("…" if size is None else str(size) for size in shape)
        raise misshapen(name, f"({sizes})", tensor)


def _gather(values: Tensor | None, index: Tensor) -> Tensor | None:
    """(B, L) and (B, K) int64 → (B, K)."""
    return None if values is None else values.gather(1, index)


def misshapen(name: str, wanted: str, tensor: Tensor) -> EngineError:
    """The error for a tensor of the wrong shape."""
    found = tuple(tensor.shape)
    return EngineError(
        f"声学模型的输入 {name} 形状应为 {wanted}，实为 {found}，请检查前端输出。",
        f"The acoustic model's input {name} must have the shape {wanted}, not {found}.",
    )
