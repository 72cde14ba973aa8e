"""From runs to figures, and what they are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np
from benchmarks.speed.runs import Run
from benchmarks.speed.start import Start
from benchmarks.targets import Target

JUDGED: Final = 50
"""Characters of the texts that the last line tells of."""


@dataclass(frozen=True, slots=True)
class Row:
    """Texts of one length; medians over texts and rounds.

    Attributes:
        length: characters.
        wall: seconds until all of it was there.
        real_time_factor: seconds of work for a second of sound.
        first_p50: seconds until the first sound, median.
        first_p95: the same, 95th percentile.
        rate: characters a second.
        peak: most memory of a fresh process that speaks these texts, MB; None where it is not known.
        same: seconds of the bare model for the calls that our engine makes; None without one.
        overhead: what we take beyond that, %: median over pairs that ran within seconds.
        fewest: seconds of the bare model for the whole text at once.
        difference: what we take beyond that, %.
    """

    length: int
    wall: float
    real_time_factor: float
    first_p50: float
    first_p95: float
    rate: float
    peak: float | None
    same: float | None
    overhead: float | None
    fewest: float | None
    difference: float | None


def row(runs: Sequence[Run], starts: Sequence[Start]) -> Row:
    """The figures of one length.

    Args:
        runs: at least one, all of one length.
        starts: of processes that spoke these texts.
    """
    walls = [run.ours.wall for run in runs]
    firsts = [run.ours.first for run in runs]
    return Row(
        length=runs[0].length,
        wall=median(walls),
        real_time_factor=median(run.ours.wall / run.ours.sound for run in runs),
        first_p50=median(firsts),
        first_p95=float(np.percentile(firsts, 95)),
        rate=median(run.length / run.ours.wall for run in runs),
        peak=middle([start.peak for start in starts]),
        same=middle([run.same for run in runs]),
        overhead=middle([beyond(run.ours.wall, run.same) for run in runs]),
        fewest=middle([run.fewest for run in runs]),
        difference=middle([beyond(run.ours.wall, run.fewest) for run in runs]),
    )


def middle(values: Sequence[float | None]) -> float | None:
    """Median of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def beyond(ours: float, theirs: float | None) -> float | None:
    """What `ours` takes more than `theirs`, %."""
    return None if theirs is None else (ours / theirs - 1.0) * 100.0


def targets(rows: Sequence[Row]) -> list[Target]:
    """What our figures are held against. The limits are those of the services that our users come from."""
    by_length = {row.length: row for row in rows}
    limits = [
        Target("50 字全部合成，中位 50 characters, median", 1.8, by_length[50].wall, "s"),
        Target("100 字全部合成，中位 100 characters, median", 3.0, by_length[100].wall, "s"),
        Target("50 字首音，p95 first audio, 50 characters", 0.8, by_length[50].first_p95, "s"),
    ]
    ours = [
        Target(f"{row.length} 字，超出裸模型 over the bare model", 5.0, row.overhead, "%")
        for row in rows
        if row.length >= 20
    ]
    return [*limits, *ours]
