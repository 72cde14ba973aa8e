"""Which pause of a recording ends which clause of its transcript, by durations alone.

The time of speech between two pauses is compared with the syllables that the text has there; most
clauses end with a pause and most pauses end a clause; those that end sentences are the longest. A Viterbi
search finds the best path; the forward and backward sums over all paths say how sure each of its boundaries
is (Rabiner 1989, "A tutorial on hidden Markov models").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.training.recordings.activity import FRAME_SECONDS, Stretches
from huisheng.training.recordings.syllables import SyllablePart

Reals: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
"""(P,) pauses: place p is before stretch p, so 0 is the beginning and S the end of the speech."""

TOGETHER: Final = 5
"""Clauses that are said without a pause between them at most."""

_JOINED: Final = 1.0
_JOINED_SENTENCE: Final = 3.0
"""Costs of the end of a clause, and of a sentence, without a pause; in nats, as all that follow."""

_STRAY: Final = 1.0
"""Cost of a pause inside a clause."""

_SYLLABLE: Final = 0.35
"""Standard deviation of a syllable's duration beside its mean; those of neighbours are independent."""
_TEMPO: Final = 0.16
"""The same of a part's tempo, which all its syllables share."""
_EDGES: Final = 0.06
"""Seconds. The same of where speech seems to begin and end."""

_SLOWER: Final = 3.0
"""How much longer than expected a part is looked for."""

_PAUSE_WEIGHT: Final = 1.5
"""Gain for a sentence's end at a pause e times as long as one between clauses and sentences."""
_MOST_FOR_PAUSE: Final = 2.0
_CLAUSE_SHARE: Final = -0.5
"""What a clause's end gains of that: long pauses are less likely there."""

_BEAM: Final = 80.0
"""Below the best state by so much, one is given up."""
_WIDEST: Final = 160
"""States of one clause's end."""

_LOWEST: Final = -1e300
"""Stands for −∞ where a difference is taken."""


class Boundary(NamedTuple):
    """Where a part ends.

    Attributes:
        part: parts before it.
        place: stretches of speech before it.
        confidence: 0…1, the share of all paths, by their likelihood, that go through it.
    """

    part: int
    place: int
    confidence: float


class _Layer(NamedTuple):
    """All places where one part may end.

    Attributes:
        places: (P,) ascending.
        total: (P,) logarithm of the sum over the paths that lead there.
        best: (P,) that of the best of them.
        origins: (P, 2) part and index of the place that the best path comes from.
    """

    places: Places
    total: Reals
    best: Reals
    origins: Places


class _Speech(NamedTuple):
    """A recording as the search sees it.

    Attributes:
        before: (S + 1,) seconds of speech before each place.
        gains: (S + 1,) for the end of a sentence there.
        syllables: (K + 1,) before each part and at the end.
        joined: (K + 1,) costs of all ends before each part if no pause were there.
        shares: (K + 1,) what the end of each part has of the gains.
        pace: seconds of a syllable.
    """

    before: Reals
    gains: Reals
    syllables: Places
    joined: Reals
    shares: Reals
    pace: float


def align(parts: Sequence[SyllablePart], stretches: Stretches) -> tuple[Boundary, ...]:
    """Find the pause that ends each clause.

    Args:
        parts: K clauses of a text, each with syllables.
        stretches: (S, 2) of speech in the recording.

    Returns:
        The beginning, every end of a clause that falls into a pause, and the end; ascending in both. Nothing
        when the text cannot be laid over the speech.
    """
    if not len(stretches) or not parts:
        return ()
    speech = _speech(parts, stretches)
    layers = _forward(speech)
    if not len(layers[-1].places) or not np.isfinite(layers[-1].best[-1]):
        return ()
    backward = _backward(speech, layers)
    whole = float(layers[-1].total[-1])
    path = list[Boundary]()
    part, index = len(parts), len(layers[-1].places) - 1
    while part:
        path.append(_boundary(layers, backward, whole, part, index))
        part, index = (int(origin) for origin in layers[part].origins[index])
    return (Boundary(0, 0, 1.0), *reversed(path))


def _boundary(layers: list[_Layer], backward: list[Reals], whole: float, part: int, index: int) -> Boundary:
    through = float(layers[part].total[index] + backward[part][index]) - whole
    return Boundary(part, int(layers[part].places[index]), min(1.0, math.exp(min(0.0, through))))


def _speech(parts: Sequence[SyllablePart], stretches: Stretches) -> _Speech:
    lengths = (stretches[:, 1] - stretches[:, 0]) * FRAME_SECONDS
    before = np.concatenate([[0.0], np.cumsum(lengths)])
    counts = np.cumsum([0, *(part.syllables for part in parts)]).astype(np.int64)
    joined = np.cumsum([0.0, *(_JOINED_SENTENCE if part.ends_sentence else _JOINED for part in parts)])
    shares = np.array([0.0, *(1.0 if part.ends_sentence else _CLAUSE_SHARE for part in parts)])
    pauses = (stretches[1:, 0] - stretches[:-1, 1]).astype(np.float64) * FRAME_SECONDS  # (S − 1,)
    gains = np.zeros(len(stretches) + 1)
    gains[1:-1] = _gains(pauses, sum(part.ends_sentence for part in parts[:-1]))
    return _Speech(before, gains, counts, joined, shares, float(before[-1]) / int(counts[-1]))


def _gains(pauses: Reals, sentences: int) -> Reals:
    """(S − 1,) for each pause: none for one as long as the shortest of as many as sentences end."""
    if not len(pauses) or not sentences:
        return np.zeros(len(pauses))
    usual = float(np.sort(pauses)[::-1][min(sentences, len(pauses)) - 1])
    return np.clip(_PAUSE_WEIGHT * np.log(pauses / usual), -_MOST_FOR_PAUSE, _MOST_FOR_PAUSE)


def _forward(speech: _Speech) -> list[_Layer]:
    """A layer for the beginning and for the end of each part."""
    nothing = np.zeros(1)
    layers = [_Layer(np.zeros(1, np.int64), nothing, nothing, np.zeros((1, 2), np.int64))]
    for part in range(1, len(speech.syllables)):
        layers.append(_prune(_layer(speech, layers, part), last=part == len(speech.syllables) - 1))
    return layers


def _layer(speech: _Speech, layers: list[_Layer], part: int) -> _Layer:
    """Everywhere that `part` may end, whatever the part before it."""
    origins = range(max(0, part - TOGETHER), part)
    reached = [_reach(speech, layers[origin].places, origin, part) for origin in origins]
    places = np.unique(np.concatenate(reached))
    total = np.full(len(places), -np.inf)
    best, sources = total.copy(), np.zeros((len(places), 2), np.int64)
    for origin in origins:
        if not len(layers[origin].places) or not len(places):
            continue
        scores = _scores(speech, layers[origin].places, places, origin, part)  # (Q, P)
        total = np.logaddexp(total, _log_sum(layers[origin].total[:, None] + scores, axis=0))
        along = layers[origin].best[:, None] + scores
        winners = along.argmax(axis=0)
        score = along[winners, np.arange(len(places))]
        better = score > best
        best = np.where(better, score, best)
        sources[better] = np.stack([np.full(len(places), origin), winners], axis=1)[better]
    return _Layer(places, total, best, sources)


def _reach(speech: _Speech, places: Places, origin: int, part: int) -> Places:
    """(P,) where parts after `origin` up to `part` may end if they begin at one of (Q,) places."""
    if not len(places):
        return places
    expected = speech.pace * float(speech.syllables[part] - speech.syllables[origin])
    furthest = speech.before[places[-1]] + _SLOWER * expected + 1.0
    end = int(np.searchsorted(speech.before, furthest, side="right"))
    if part == len(speech.syllables) - 1:
        return np.array([len(speech.before) - 1] if end >= len(speech.before) else [], dtype=np.int64)
    return np.arange(int(places[0]) + 1, min(end, len(speech.before) - 1), dtype=np.int64)


def _scores(speech: _Speech, begins: Places, ends: Places, origin: int, part: int) -> Reals:
    """(Q, P) log-likelihood that the parts after `origin` up to `part` lie between (Q,) and (P,) places."""
    count = float(speech.syllables[part] - speech.syllables[origin])
    spoken = speech.before[ends][None, :] - speech.before[begins][:, None]
    deviation = speech.pace * math.sqrt(count * _SYLLABLE**2 + (count * _TEMPO) ** 2) + _EDGES
    scores = -0.5 * np.square((spoken - count * speech.pace) / deviation)
    scores -= speech.joined[part - 1] - speech.joined[origin]
    scores += _STRAY * (begins[:, None] + 1 - ends[None, :])
    scores += speech.shares[part] * speech.gains[ends][None, :]
    return np.where(ends[None, :] > begins[:, None], scores, -np.inf)


def _prune(layer: _Layer, last: bool) -> _Layer:
    """Without the places that no likely path goes through."""
    if last or not len(layer.places):
        return layer
    floor = max(float(layer.best.max()) - _BEAM, _LOWEST)
    if len(layer.places) > _WIDEST:
        floor = max(floor, float(np.partition(layer.best, -_WIDEST)[-_WIDEST]))
    kept = layer.best >= floor
    return _Layer(layer.places[kept], layer.total[kept], layer.best[kept], layer.origins[kept])


def _backward(speech: _Speech, layers: list[_Layer]) -> list[Reals]:
    """For each layer the (P,) logarithms of the sums over the paths from there to the end."""
    sums = [np.full(len(layer.places), -np.inf) for layer in layers]
    sums[-1][:] = 0.0
    for origin in range(len(layers) - 2, -1, -1):
        for part in range(origin + 1, min(origin + TOGETHER, len(layers) - 1) + 1):
            if len(layers[part].places) and len(layers[origin].places):
                scores = _scores(speech, layers[origin].places, layers[part].places, origin, part)
                onward = _log_sum(scores + sums[part][None, :], axis=1)
                sums[origin] = np.logaddexp(sums[origin], onward)
    return sums


def _log_sum(values: Reals, axis: int) -> Reals:
    """Logarithm of the sum of exponentials of (Q, P) values over one axis, without overflow."""
    highest = np.maximum(values.max(axis=axis, keepdims=True), _LOWEST)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(values - highest).sum(axis=axis)) + highest.squeeze(axis)
