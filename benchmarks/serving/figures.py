"""From outcomes to figures, and what they are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from benchmarks.serving.client import Outcome
from benchmarks.serving.player import BUFFERED, play, widest_gap


class Quantiles(NamedTuple):
    """Seconds."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Row:
    """What one server did when so much was asked of it.

    Attributes:
        rate: requests a second, on average.
        seconds: from the first moment until the last answer, or until no more came.
        offered, done, refused, failed: requests.
        first, total: seconds of those that were done, from the moment they were due; None without one.
        refusal: seconds within which 95 % of the refusals came; None when there were none.
        dry: share of those done that ran dry for a player that begins at once.
        dry_buffered: the same for one that first gathers 100 ms.
        silence: seconds that the first player waited, for an answer, on average.
        gap: seconds between two pieces of an answer, 95th percentile of the widest.
        sound: seconds of sound a second.
        cores: that the server kept busy; None where the system does not tell.
        client: cores that asking kept busy.
        memory: MB of the server afterwards; None where the system does not tell.
    """

    rate: float
    seconds: float
    offered: int
    done: int
    refused: int
    failed: int
    first: Quantiles | None
    total: Quantiles | None
    refusal: float | None
    dry: float
    dry_buffered: float
    silence: float
    gap: float
    sound: float
    cores: float | None
    client: float
    memory: float | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was asked, and what it took.

    Attributes:
        rate: requests a second, on average.
        seconds: from the first moment until the last answer, or until no more came.
        cores, client, memory: as in `Row`.
    """

    rate: float
    seconds: float
    cores: float | None
    client: float
    memory: float | None


def row(outcomes: Sequence[Outcome], stretch: Stretch) -> Row:
    """The figures of one rate; at least one outcome."""
    done = [outcome for outcome in outcomes if outcome.ending == "done"]
    refusals = [outcome.total for outcome in outcomes if outcome.ending == "refused"]
    played = [play(outcome.pieces) for outcome in done]
    careful = [play(outcome.pieces, BUFFERED) for outcome in done]
    return Row(
        rate=stretch.rate,
        seconds=stretch.seconds,
        offered=len(outcomes),
        done=len(done),
        refused=len(refusals),
        failed=len(outcomes) - len(done) - len(refusals),
        first=quantiles([outcome.first for outcome in done]),
        total=quantiles([outcome.total for outcome in done]),
        refusal=percentile(refusals, 95),
        dry=_mean([each.underruns > 0 for each in played]),
        dry_buffered=_mean([each.underruns > 0 for each in careful]),
        silence=_mean([each.silence for each in played]),
        gap=percentile([widest_gap(outcome.pieces) for outcome in done], 95) or 0.0,
        sound=sum(outcome.sound for outcome in done) / stretch.seconds,
        cores=stretch.cores,
        client=stretch.client,
        memory=stretch.memory,
    )


def quantiles(seconds: Sequence[float]) -> Quantiles | None:
    """Median, 95th and 99th percentile in seconds; None of no values."""
    if not seconds:
        return None
    p50, p95, p99 = (float(value) for value in np.percentile(seconds, (50, 95, 99)))
    return Quantiles(p50, p95, p99)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The percentile `share` (0…100); None of no values."""
    return float(np.percentile(values, share)) if values else None


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
