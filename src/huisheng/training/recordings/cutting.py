"""Cutting a long recording and its transcript, at the same places, into pieces to learn from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from huisheng.training.recordings.activity import FRAME_SECONDS, Activity, Stretches
from huisheng.training.recordings.alignment import Boundary, align
from huisheng.training.recordings.syllables import SyllablePart
from huisheng.types import Span
from huisheng.units import Seconds

SHORTEST: Final = Seconds(2.0)
LONGEST: Final = Seconds(15.0)
"""Longest piece; a recording that is no longer stays whole."""
LONGEST_UNCUT: Final = Seconds(60.0)
"""Longest recording that cannot be cut."""

LEAD: Final = Seconds(0.05)
TAIL: Final = Seconds(0.1)
"""Silence kept before and after speech; together no longer than the shortest pause."""

SUREST: Final = 0.8
"""Confidence that a piece needs."""

_TEMPO: Final = 1.6
"""How much faster or slower than the whole recording a piece may be said."""

_IDEAL: Final = Seconds(7.0)
_UNFIT: Final = 50.0
"""Cost of a piece that is too short or too long: taken only where there is nothing else."""
_INSIDE: Final = 20.0
"""Cost of a cut between the clauses of a sentence: only where it is too long for one piece."""
_DOUBT: Final = 6.0
"""Cost of a boundary for what its confidence lacks of 1."""


class Cut(NamedTuple):
    """A piece of a recording and of its transcript.

    Attributes:
        span: in characters of the transcript.
        start, end: seconds in the recording, with a little silence around the speech.
        syllables: of its text.
        confidence: 0…1, that the two belong together, as far as the cuts decide.
        fit: whether it may be learnt from.
    """

    span: Span
    start: Seconds
    end: Seconds
    syllables: int
    confidence: float
    fit: bool = True


def cut_at_pauses(parts: Sequence[SyllablePart], activity: Activity) -> tuple[Cut, ...]:
    """Cut where that is needed and possible.

    Args:
        parts: of the transcript, which they cover.
        activity: of the recording, with speech in it.

    Returns:
        Pieces that cover the transcript once, in order, and do not overlap in time; a single one where the
        recording is short; none where a long one cannot be cut.
    """
    stretches = activity.stretches
    whole = _Cutter(parts, stretches)
    if activity.extent <= LONGEST:
        return (whole.piece(_START, Boundary(len(parts), len(stretches), 1.0)),)
    chosen = _group(align(parts, stretches), parts, stretches)
    if len(chosen) < 3:
        return ()
    return tuple(whole.make_cut(begin, end) for begin, end in pairwise(chosen))


def uncut(parts: Sequence[SyllablePart], activity: Activity) -> Cut:
    """The whole recording as one piece, without the silence at its ends."""
    return _Cutter(parts, activity.stretches).piece(
        _START, Boundary(len(parts), len(activity.stretches), 1.0)
    )


_START: Final = Boundary(0, 0, 1.0)


class _Cutter:
    """Makes pieces between boundaries.

    Args:
        parts: of the transcript.
        stretches: (S, 2) of speech.
    """

    def __init__(self, parts: Sequence[SyllablePart], stretches: Stretches) -> None:
        self._parts = parts
        self._stretches = stretches
        self._pace = _speech(stretches) / sum(part.syllables for part in parts)

    def make_cut(self, begin: Boundary, end: Boundary) -> Cut:
        """A piece, and whether its length, its tempo and its boundaries let it be used."""
        piece = self.piece(begin, end)
        seconds = _extent(self._stretches, begin, end)
        tempo = _speech(self._stretches[begin.place : end.place]) / (self._pace * piece.syllables)
        sound = SHORTEST <= seconds <= LONGEST and 1.0 / _TEMPO <= tempo <= _TEMPO
        return piece._replace(fit=sound and piece.confidence >= SUREST)

    def piece(self, begin: Boundary, end: Boundary) -> Cut:
        """Everything between two boundaries."""
        parts = self._parts[begin.part : end.part]
        first = float(self._stretches[begin.place, 0] * FRAME_SECONDS)
        last = float(self._stretches[end.place - 1, 1] * FRAME_SECONDS)
        return Cut(
            Span(parts[0].span.start, parts[-1].span.end),
            Seconds(max(0.0, first - LEAD)),
            Seconds(last + TAIL),
            sum(part.syllables for part in parts),
            min(begin.confidence, end.confidence),
        )


def _group(
    boundaries: Sequence[Boundary], parts: Sequence[SyllablePart], stretches: Stretches
) -> Sequence[Boundary]:
    """Boundaries at which to cut: pieces of a good length that end where it is sure."""
    costs, origins = [0.0], [0]
    for index in range(1, len(boundaries)):
        cost, origin = min(_ways(boundaries, index, costs, stretches))
        inside = 0.0 if parts[boundaries[index].part - 1].ends_sentence else _INSIDE
        costs.append(cost + inside + _DOUBT * (1.0 - boundaries[index].confidence))
        origins.append(origin)
    chosen = list[Boundary]()
    index = len(boundaries) - 1
    while index > 0:
        chosen.append(boundaries[index])
        index = origins[index]
    return [*boundaries[:1], *reversed(chosen)]


def _ways(
    boundaries: Sequence[Boundary], index: int, costs: Sequence[float], stretches: Stretches
) -> Iterator[tuple[float, int]]:
    """Costs of ending a piece at a boundary, with the boundary that it begins at."""
    for origin in range(index - 1, -1, -1):
        seconds = _extent(stretches, boundaries[origin], boundaries[index])
        if seconds > LONGEST and origin < index - 1:
            return
        unfit = 0.0 if SHORTEST <= seconds <= LONGEST else _UNFIT
        yield costs[origin] + unfit + math.log(max(seconds, 0.1) / _IDEAL) ** 2, origin


def _extent(stretches: Stretches, begin: Boundary, end: Boundary) -> float:
    """Seconds from the first sound to the last between two boundaries."""
    return float(stretches[end.place - 1, 1] - stretches[begin.place, 0]) * FRAME_SECONDS


def _speech(stretches: Stretches) -> float:
    """Seconds of speech in (S, 2) stretches."""
    return float((stretches[:, 1] - stretches[:, 0]).sum()) * FRAME_SECONDS
