"""Tables for people, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.emotion.acoustics import Standing
from benchmarks.emotion.bands import UNITS, Interval, acceptance
from benchmarks.emotion.measure import MEASURES

HEADINGS = {"pitch": "mean F0", "spread": "F0 range (SD)", "rate": "rate", "level": "level"}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def standings_table(standings: Sequence[Standing]) -> str:
    """Feeling × measure: pooled median, per voice lowest … highest, band, verdict."""
    head = ["", *(f"{HEADINGS[measure]}, {UNITS[measure]}" for measure in MEASURES)]
    return table(head, ([standing.emotion, *_cells(standing)] for standing in standings))


def _cells(standing: Standing) -> Iterable[str]:
    band = acceptance().bands[standing.emotion]
    for place, measure in enumerate(MEASURES):
        spread = (float(standing.voices[:, place].min()), float(standing.voices[:, place].max()))
        mark = "ok" if standing.accepted[measure] else "**not**"
        pooled = float(standing.pooled[place])
        yield f"{pooled:+.1f} ({_span(spread)}) in {_span(band.of(measure))} {mark}"


def _span(interval: Interval) -> str:
    low, high = interval
    return f"{low:+.1f}…{high:+.1f}"
