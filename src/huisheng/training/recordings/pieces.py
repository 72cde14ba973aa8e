"""Taking pieces out of a recording while it streams by; no more than one of them is held at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from huisheng.training.recordings.cutting import Cut
from huisheng.training.recordings.scan import RATE, mono_blocks
from huisheng.types import Samples


def read_pieces(path: Path, cuts: Iterable[Cut]) -> Iterator[Samples]:
    """The sound of each piece.

    Args:
        path: of the recording.
        cuts: in the order of time, not overlapping.

    Returns:
        (N,) mono samples at `RATE` for each.

    Raises:
        UnreadableAudio: the file has been changed meanwhile.
    """
    held = np.zeros(0, dtype=np.float32)
    begins = 0  # where `held` lies in the recording
    with closing(mono_blocks(path)) as blocks:
        for cut in cuts:
            start, end = round(cut.start * RATE), round(cut.end * RATE)
            while begins + len(held) < end and (block := next(blocks, None)) is not None:
                dropped = min(len(held), max(0, start - begins))
                held, begins = np.concatenate([held[dropped:], block]), begins + dropped
            yield held[max(0, start - begins) : end - begins]
