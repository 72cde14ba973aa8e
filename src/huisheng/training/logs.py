"""Progress of a training: a line on standard error now and then, and everything to TensorBoard."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from torch.utils.tensorboard.writer import SummaryWriter

from huisheng.types import Samples
from huisheng.units import Hertz

EVERY: Final = 50
"""Steps from one line to the next."""


class Log:
    """Writes the progress of a training.

    Args:
        folder: of TensorBoard's files; None for a process that is not the first, which writes nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._writer: Any = None if folder is None else SummaryWriter(str(folder))
        self._sums: dict[str, float] = {}
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer:
            self._writer.close()

    def log_step(self, step: int, values: Mapping[str, float]) -> None:
        """Take values of one step; their means are written every `EVERY` steps."""
        self._sums = {name: self._sums.get(name, 0.0) + value for name, value in values.items()}
        self._count += 1
        if step % EVERY == 0:
            self._write(step, "learned", {name: total / self._count for name, total in self._sums.items()})
            self._sums, self._count = {}, 0

    def log_evaluation(self, step: int, values: Mapping[str, float]) -> None:
        """Write measures of the held-out part."""
        self._write(step, "held_out", values)

    def log_spectrograms(self, step: int, name: str, rows: tuple[NDArray[np.float32], ...]) -> None:
        """Write pictures one above the other, each (T, M) of −4…4, low frequencies at the bottom."""
        if self._writer:
            width = max(len(row) for row in rows)
            pictures = [
                np.pad(row.T[::-1], ((0, 2), (0, width - len(row))), constant_values=4.0) for row in rows
            ]
            grey = np.clip((np.concatenate(pictures) + 4.0) / 8.0, 0.0, 1.0)
            self._writer.add_image(name, grey[None], step)

    def log_audio(self, step: int, name: str, samples: Samples, rate: Hertz) -> None:
        """Write (N,) samples."""
        if self._writer:
            self._writer.add_audio(name, np.clip(samples, -1.0, 1.0)[None], step, rate)

    def _write(self, step: int, kind: str, values: Mapping[str, float]) -> None:
        if self._writer is None:
            return
        for name, value in values.items():
            self._writer.add_scalar(f"{kind}/{name}", value, step)
        line = "  ".join(f"{name} {value:.4f}" for name, value in values.items())
        sys.stderr.write(f"{kind} {step}: {line}\n")
        sys.stderr.flush()
