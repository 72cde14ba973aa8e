"""Forced alignment: which frame of a recording belongs to which symbol.

As in `acoustic.alignment`, distances between recording and model give odds and monotonic search decides. But
here no gradient is needed: the model already knows how sounds follow each other, only not in this voice. So
its spectra are adapted to the recordings, first band by band, then each sound by the frames that were aligned
with it (maximum a posteriori, Gauvain & Lee 1994, IEEE Trans. Speech and Audio Processing 2(2)). Its
durations are a weak prior, and a pause may last 0 frames, which a search that skips no state cannot find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huisheng.tuning.states import LEAD, Reals, States

_WEIGHT: Final = 10.0
"""Number of independent bands among the M, whose neighbours are correlated."""
_QUIET: Final = 0.05
"""Share of the frames of recordings that are silence, at the least."""
_LEAST_LENGTH: Final = 1.25
"""Least mean frames of a state, so that staying is never impossible."""
_LEAST_VARIANCE: Final = 0.05
_TRUST: Final = 30.0
"""Frames of a kind of sound that count as much as the model's prediction."""
_LEAST_DEVIATION: Final = 0.1
"""Least deviation of a band, in units of the spectrogram: 1 is 12.5 dB."""


@dataclass(frozen=True, slots=True, eq=False)
class Adaptation:
    """Maps spectra of a model to those of recordings.

    Attributes:
        factors, offsets: (M,) a model's band x becomes factor · x + offset.
        shifts: (K, M) added to that for each kind of state.
        variances: (M,) of the recordings around that.
        silence: (M,) spectrum of silence in the recordings.
    """

    factors: Reals
    offsets: Reals
    shifts: Reals
    variances: Reals
    silence: Reals

    def apply(self, means: Reals, kinds: NDArray[np.int64]) -> Reals:
        """(N, M) spectra of a model and (N,) kinds → (N, M) spectra as in the recordings."""
        return means * self.factors + self.offsets + self.shifts[kinds]


class ForcedAlignment(NamedTuple):
    """One recording of T frames and its line of L symbols.

    Attributes:
        path: (T,) the state of each frame.
        lead: frames of silence before the first symbol.
        durations: (L,) int64 frames of each symbol; their sum and `lead` are T.
        score: mean log-likelihood of a frame.
    """

    path: NDArray[np.int64]
    lead: int
    durations: NDArray[np.int64]
    score: float


def initial_adaptation(mels: Sequence[Reals], expected: Sequence[States], kinds: int) -> Adaptation:
    """The adaptation by means and deviations alone, before anything is aligned.

    Args:
        mels: of recordings, (T, M) each.
        expected: states of the same texts.
        kinds: K, number of kinds of states.
    """
    frames = np.concatenate(mels)
    energy = frames.mean(axis=1)
    quiet = np.sort(energy)[max(0, round(_QUIET * len(energy)) - 1)]
    silence = frames[energy <= quiet].mean(axis=0)
    loud = frames[energy > (silence.mean() + np.quantile(energy, 0.9)) / 2.0]
    sounds = np.concatenate([one.means[~one.silent] for one in expected])
    factors, offsets = _match_moments(sounds, loud if len(loud) else frames)
    variances = np.maximum(loud.var(axis=0) if len(loud) else frames.var(axis=0), _LEAST_VARIANCE)
    return Adaptation(factors, offsets, np.zeros((kinds, frames.shape[1])), variances, silence)


class AlignedRecording(NamedTuple):
    """A recording, (T, M), the states that the model expects, and the alignment of the two."""

    mel: Reals
    expected: States
    alignment: ForcedAlignment


def update_adaptation(recordings: Sequence[AlignedRecording], previous: Adaptation) -> Adaptation:
    """The adaptation estimated from recordings that were aligned by the previous one."""
    paths = [one.alignment.path for one in recordings]
    silent = np.concatenate([one.expected.silent[path] for one, path in zip(recordings, paths, strict=True)])
    means = np.concatenate([one.expected.means[path] for one, path in zip(recordings, paths, strict=True)])
    kinds = np.concatenate([one.expected.kinds[path] for one, path in zip(recordings, paths, strict=True)])
    frames = np.concatenate([one.mel for one in recordings])
    silence = frames[silent].mean(axis=0) if silent.any() else previous.silence
    means, kinds, frames = means[~silent], kinds[~silent], frames[~silent]
    factors, offsets = _match_moments(means, frames)
    difference = frames - (means * factors + offsets)
    totals, counts = np.zeros_like(previous.shifts), np.bincount(kinds, minlength=len(previous.shifts))
    np.add.at(totals, kinds, difference)
    shifts = totals / (counts[:, None] + _TRUST)
    variances = np.maximum((difference - shifts[kinds]).var(axis=0), _LEAST_VARIANCE)
    return Adaptation(factors, offsets, shifts, variances, silence)


def _match_moments(sounds: Reals, recorded: Reals) -> tuple[Reals, Reals]:
    """(M,) factors and offsets that give (N, M) of a model the mean and deviation of (N′, M) recordings."""
    factors = recorded.std(axis=0) / np.maximum(sounds.std(axis=0), _LEAST_DEVIATION)
    return factors, recorded.mean(axis=0) - factors * sounds.mean(axis=0)


def align(mel: Reals, expected: States, adaptation: Adaptation) -> ForcedAlignment | None:
    """The likeliest path; None where the recording has fewer frames than the sounds have states.

    Args:
        mel: (T, M) of a recording.
        expected: states of its text.
        adaptation: of the states to the recordings.
    """
    path, total = _best_path(_log_odds(mel, expected, adaptation), expected)
    if not np.isfinite(total):
        return None
    owners = expected.owners[path]
    symbols = int(expected.owners.max()) + 1
    durations = np.bincount(owners[owners != LEAD], minlength=symbols)
    return ForcedAlignment(path, int((owners == LEAD).sum()), durations, total / len(mel))


def _log_odds(mel: Reals, expected: States, adaptation: Adaptation) -> Reals:
    """(T, M) frames → (T, S) log density in each state: diagonal Gaussians without common constants."""
    sounds = adaptation.apply(expected.means, expected.kinds)
    means = np.where(expected.silent[:, None], adaptation.silence, sounds)
    scale = np.sqrt(adaptation.variances)
    frames, targets = mel / scale, means / scale
    squares = np.square(frames).sum(axis=1)[:, None] + np.square(targets).sum(axis=1)
    return -0.5 * _WEIGHT * (squares - 2.0 * frames @ targets.T) / mel.shape[1]


def _best_path(log_odds: Reals, expected: States) -> tuple[NDArray[np.int64], float]:
    """Viterbi search from the first state to the last; silences may be skipped.

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
    last = _last_state(best, without)
    return _trace_back(moves, last), float(best[last])


def _last_state(best: Reals, without: Reals) -> int:
    """The state that the best path ends in: the last, or the one before it where that is a silence."""
    if len(best) > 1 and best[-2] + without[-1] > best[-1]:
        return len(best) - 2
    return len(best) - 1


def _trace_back(moves: NDArray[np.int64], last: int) -> NDArray[np.int64]:
    """(T, S) number of states that each best path moved by → (T,) the path."""
    path = np.empty(len(moves), dtype=np.int64)
    path[-1] = last
    for frame in range(len(moves) - 1, 0, -1):
        path[frame - 1] = path[frame] - moves[frame, path[frame]]
    return path
