"""Pieces are taken out of a stream as if the whole had been there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.unit.training.recordings.synthetic import write

from huisheng.audio.resampling import resample
from huisheng.training.recordings.cutting import Cut
from huisheng.training.recordings.pieces import read_pieces
from huisheng.training.recordings.scan import RATE
from huisheng.types import Span
from huisheng.units import Hertz, Seconds

LENGTH = 20


def place(start: float, end: float) -> Cut:
    return Cut(Span(0, 1), Seconds(start), Seconds(end), 1, 1.0)


@pytest.mark.parametrize("rate", [24_000, 44_100])
def test_pieces_are_what_lies_there(tmp_path: Path, rate: int) -> None:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, LENGTH * rate).astype(np.float32)
    path = write(tmp_path / "a.wav", noise, rate, subtype="FLOAT")
    whole = resample(noise, Hertz(rate), RATE)
    cuts = [place(0.0, 2.5), place(2.5, 2.6), place(7.0, 15.0), place(16.0, 21.0)]

    pieces = list(read_pieces(path, cuts))

    for piece, cut in zip(pieces, cuts, strict=True):
        np.testing.assert_array_equal(piece, whole[round(cut.start * RATE) : round(cut.end * RATE)])


def test_beyond_the_end_there_is_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros(RATE, np.float32))

    assert [len(piece) for piece in read_pieces(path, [place(0.5, 2.0), place(3.0, 4.0)])] == [RATE // 2, 0]
