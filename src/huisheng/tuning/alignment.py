"""Which frame of a recording belongs to which symbol.

As in `acoustic.alignment`, distances between recording and model give odds and monotonic search decides. But
here nothing is learned by gradients: the model already knows how sounds follow each other, only not in this
voice. So its spectra are moved to where those of the recordings lie, first band by band, then each sound by
what was found to belong to it (maximum a posteriori, Gauvain & Lee 1994, IEEE Trans. Speech and Audio
Processing 2(2)). Its durations are a weak prior, and a pause may last no time at all, which a search that
skips nothing cannot say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huisheng.tuning.states import LEAD, Reals, States

_WEIGHT: Final = 10.0
"""Bands that tell something new of the M, whose neighbours are alike."""
_QUIET: Final = 0.05
"""Share of the frames of recordings that are silence, at the least."""
_LEAST_LENGTH: Final = 1.25
"""Frames of a state, so that to stay is never impossible."""
_LEAST_VARIANCE: Final = 0.05
_TRUST: Final = 30.0
"""Frames of a kind of sound that count as much as what the model says of it."""
_LEAST_DEVIATION: Final = 0.1
"""Of a band, in units of the spectrogram: 1 is 12.5 dB."""


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How the spectra of a model and of recordings go together.

    Attributes:
        factors, offsets: (M,) a model's band x is heard as factor · x + offset.
        shifts: (K, M) added to that for each kind of state.
        variances: (M,) of what is heard around that.
        silence: (M,) spectrum of the recordings' silence.
    """

    factors: Reals
    offsets: Reals
    shifts: Reals
    variances: Reals
    silence: Reals

    def heard(self, means: Reals, kinds: NDArray[np.int64]) -> Reals:
        """(N, M) of a model and (N,) kinds → (N, M) as the recordings have it."""
        return means * self.factors + self.offsets + self.shifts[kinds]


class Alignment(NamedTuple):
    """One recording of T frames and its line of L symbols.

    Attributes:
        frames: (T,) the state of each frame.
        lead: frames of silence before the first symbol.
        durations: (L,) int64 frames of each symbol; their sum and `lead` are T.
        score: mean log-likelihood of a frame.
    """

    frames: NDArray[np.int64]
    lead: int
    durations: NDArray[np.int64]
    score: float


def first_likeness(mels: Sequence[Reals], expected: Sequence[States], kinds: int) -> Likeness:
    """From means and deviations alone, before anything is aligned.

    Args:
        mels: of recordings, (T, M) each.
        expected: of the same lines.
        kinds: K, of states.
    """
    frames = np.concatenate(mels)
    effort = frames.mean(axis=1)
    quiet = np.sort(effort)[max(0, round(_QUIET * len(effort)) - 1)]
    silence = frames[effort <= quiet].mean(axis=0)
    loud = frames[effort > (silence.mean() + np.quantile(effort, 0.9)) / 2.0]
    sounds = np.concatenate([one.means[~one.silent] for one in expected])
    factors, offsets = _matched(sounds, loud if len(loud) else frames)
    variances = np.maximum(loud.var(axis=0) if len(loud) else frames.var(axis=0), _LEAST_VARIANCE)
    return Likeness(factors, offsets, np.zeros((kinds, frames.shape[1])), variances, silence)


class Pair(NamedTuple):
    """A recording, (T, M), with what the model says of its line, and how the two were aligned."""

    mel: Reals
    expected: States
    found: Alignment


def likeness(pairs: Sequence[Pair], before: Likeness) -> Likeness:
    """From what an alignment with the likeness before found to belong together."""
    paths = [pair.found.frames for pair in pairs]
    silent = np.concatenate([one.expected.silent[path] for one, path in zip(pairs, paths, strict=True)])
    means = np.concatenate([one.expected.means[path] for one, path in zip(pairs, paths, strict=True)])
    kinds = np.concatenate([one.expected.kinds[path] for one, path in zip(pairs, paths, strict=True)])
    frames = np.concatenate([one.mel for one in pairs])
    silence = frames[silent].mean(axis=0) if silent.any() else before.silence
    means, kinds, frames = means[~silent], kinds[~silent], frames[~silent]
    factors, offsets = _matched(means, frames)
    difference = frames - (means * factors + offsets)
    totals, counts = np.zeros_like(before.shifts), np.bincount(kinds, minlength=len(before.shifts))
    np.add.at(totals, kinds, difference)
    shifts = totals / (counts[:, None] + _TRUST)
    variances = np.maximum((difference - shifts[kinds]).var(axis=0), _LEAST_VARIANCE)
    return Likeness(factors, offsets, shifts, variances, silence)


def _matched(sounds: Reals, heard: Reals) -> tuple[Reals, Reals]:
    """(M,) factors and offsets that give (N, M) of a model the mean and deviation of (N′, M) recordings."""
    factors = heard.std(axis=0) / np.maximum(sounds.std(axis=0), _LEAST_DEVIATION)
    return factors, heard.mean(axis=0) - factors * sounds.mean(axis=0)


def align(mel: Reals, expected: States, known: Likeness) -> Alignment | None:
    """The likeliest path; None where the recording has fewer frames than sounds have states.

    Args:
        mel: (T, M) of a recording.
        expected: of its line.
        known: how the two go together.
    """
    path, total = _best_path(_log_odds(mel, expected, known), expected)
    if not np.isfinite(total):
        return None
    owners = expected.owners[path]
    symbols = int(expected.owners.max()) + 1
    durations = np.bincount(owners[owners != LEAD], minlength=symbols)
    return Alignment(path, int((owners == LEAD).sum()), durations, total / len(mel))


def _log_odds(mel: Reals, expected: States, known: Likeness) -> Reals:
    """(T, S) of each frame in each state: diagonal Gaussians, without what all of them have in common."""
    sounds = known.heard(expected.means, expected.kinds)
    means = np.where(expected.silent[:, None], known.silence, sounds)
    scale = np.sqrt(known.variances)
    heard, wanted = mel / scale, means / scale
    squares = np.square(heard).sum(axis=1)[:, None] + np.square(wanted).sum(axis=1)
    return -0.5 * _WEIGHT * (squares - 2.0 * heard @ wanted.T) / mel.shape[1]


def _best_path(log_odds: Reals, expected: States) -> tuple[NDArray[np.int64], float]:
    """Viterbi's search from the first state to the last; silences may be left out.

    Args:
        log_odds: (T, S).
        expected: S states, no two silences beside each other.

    Returns:
        (T,) the state of each frame, and the log-likelihood of the path, −∞ where there is none.
    """
    lengths = np.maximum(expected.lengths, _LEAST_LENGTH)
    stay, leave = np.log(1.0 - 1.0 / lengths), np.log(1.0 / lengths)
    entering = np.log(expected.odds)  # (S,)
    without = np.where(expected.silent, np.log1p(-np.minimum(expected.odds, 0.999)), -np.inf)
    count = len(lengths)
    best = np.full(count, -np.inf)
    best[0] = entering[0] + log_odds[0, 0]
    if count > 1:
        best[1] = without[0] + log_odds[0, 1]
    moves = np.zeros(log_odds.shape, dtype=np.int64)
    for frame in range(1, len(log_odds)):
        ways = np.full((3, count), -np.inf)
        ways[0] = best + stay
        ways[1, 1:] = best[:-1] + leave[:-1] + entering[1:]
        ways[2, 2:] = best[:-2] + leave[:-2] + without[1:-1]
        moves[frame] = ways.argmax(axis=0)
        best = ways.max(axis=0) + log_odds[frame]
    last = _last(best, without)
    return _traced(moves, last), float(best[last])


def _last(best: Reals, without: Reals) -> int:
    """The state that the best path ends in: the last, or the one before it where that is a silence."""
    if len(best) > 1 and best[-2] + without[-1] > best[-1]:
        return len(best) - 2
    return len(best) - 1


def _traced(moves: NDArray[np.int64], last: int) -> NDArray[np.int64]:
    """(T, S) states that each came from how many before → (T,) the path."""
    path = np.empty(len(moves), dtype=np.int64)
    path[-1] = last
    for frame in range(len(moves) - 1, 0, -1):
        path[frame - 1] = path[frame] - moves[frame, path[frame]]
    return path
