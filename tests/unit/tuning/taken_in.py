"""What an intake leaves: pieces of somebody who says syllables, and their texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tests.unit.training.recordings import synthetic

from huisheng.training.recordings.intake import Intake
from huisheng.training.recordings.records import Figures, RecordingPiece, RecordingSource

FIGURES = Figures(
    sample_rate=24_000, seconds=2.0, speech=1.5, level=-26.0, snr=40.0, bandwidth=12_000.0, clipped=0.0
)
COUNT = 10
"""Pieces."""


def piece(folder: Path, number: int, text: str = "", syllables: int = 8) -> RecordingPiece:
    """A piece on disk: so many syllables between short silences."""
    samples = np.concatenate(
        [
            synthetic.rest(0.06),
            synthetic.syllables(syllables, pitch=150.0 + 5.0 * number),
            synthetic.rest(0.1),
        ]
    )
    file = f"pieces/{number:024x}-00000.wav"
    synthetic.write(folder / file, samples)
    return RecordingPiece(
        file=file,
        text=text or synthetic.text([syllables]),
        start=0.0,
        end=len(samples) / synthetic.RATE,
        samples=len(samples),
        syllables=syllables,
        confidence=1.0,
    )


def intake(folder: Path, more: Sequence[RecordingPiece] = ()) -> Intake:
    """`COUNT` sound pieces, and others."""
    pieces = (*(piece(folder, number) for number in range(COUNT)), *more)
    source = RecordingSource(
        sound="a.wav", sha256="0" * 64, figures=FIGURES, gain=0.0, pieces=pieces, findings=()
    )
    return Intake(folder, (source,), (), 1)
