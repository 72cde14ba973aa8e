"""States that a model expects for a text: each has a spectrum and a mean number of frames."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huisheng.acoustic.length_regulator import whole_frames
from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.tuning.inference import predict
from huisheng.tuning.symbols import SymbolSequence

Reals = NDArray[np.float64]

LEAD: Final = -1
"""Owner of the silence before a text, which belongs to no symbol."""

_MOST_STATES: Final = 3
"""Most states of a symbol: its beginning, middle and end."""
_SHORTEST: Final = 2
"""Frames of a state that is one of several."""
_SILENCE: Final = 12.0
"""Frames that a pause usually lasts."""
_PAUSE: Final = 4
"""Frames from which on a predicted break is a pause."""
_LIKELY, _UNLIKELY = 0.8, 0.15
"""Odds of a pause where one was predicted, and where none was."""


class States(NamedTuple):
    """S states in a row.

    Attributes:
        means: (S, M) spectrum, −4…4; arbitrary for a silence.
        owners: (S,) symbol of each, `LEAD` for the silence before.
        kinds: (S,) which part of which phone it is, below `count_kinds`; 0 for a silence.
        lengths: (S,) frames that each usually lasts.
        silent: (S,) whether it is a silence, which may be skipped.
        odds: (S,) probability that it is not skipped.
    """

    means: Reals
    owners: NDArray[np.int64]
    kinds: NDArray[np.int64]
    lengths: Reals
    silent: NDArray[np.bool_]
    odds: Reals


def reverse(line: States) -> States:
    """The same sounds in the opposite order, with the silences where they were, as a wrong text."""
    places = np.flatnonzero(~line.silent)
    order = np.arange(len(line.owners))
    order[places] = places[::-1]
    return line._replace(means=line.means[order], kinds=line.kinds[order], lengths=line.lengths[order])


def count_kinds(model: ParallelSamBert) -> int:
    """Number of kinds of states."""
    return model.config.vocabulary.phones * _MOST_STATES


def expected_states(model: ParallelSamBert, line: SymbolSequence, speaker: int, emotion: int) -> States:
    """The states that a model predicts for L symbols, one speaker and one emotion."""
    output = predict(model, line.ids, speaker, emotion)
    durations = whole_frames(output.log_durations.expm1().clamp(min=0.0))[0].numpy()
    mel = output.mel[0].numpy().astype(np.float64)
    if not len(mel):
        mel = np.zeros((1, model.config.mels))
    rows = [_silence(LEAD, _LIKELY, mel)]
    starts = np.cumsum(durations) - durations
    for owner, (start, frames) in enumerate(zip(starts, durations, strict=True)):
        if line.spoken[owner]:
            first = min(int(start), len(mel) - 1)
            part = mel[first : max(first + 1, int(start + frames))]
            rows += _sounding(part, owner, int(line.ids[owner, 0]))
        else:
            rows.append(_silence(owner, _LIKELY if frames >= _PAUSE else _UNLIKELY, mel))
    means, owners, kinds, lengths, silent, odds = zip(*rows, strict=True)
    return States(
        *(np.stack(means), np.array(owners), np.array(kinds)),
        *(np.array(lengths), np.array(silent), np.array(odds)),
    )


class _State(NamedTuple):
    """One of `States`."""

    mean: Reals
    owner: int
    kind: int
    length: float
    silent: bool
    odds: float


def _silence(owner: int, odds: float, mel: Reals) -> _State:
    return _State(np.zeros(mel.shape[1]), owner, 0, _SILENCE, silent=True, odds=odds)


def _sounding(mel: Reals, owner: int, phone: int) -> list[_State]:
    """The states of a sound with these predicted frames, (T, M)."""
    count = min(_MOST_STATES, max(1, len(mel) // _SHORTEST))
    parts = enumerate(np.array_split(mel, count))
    return [
        _State(
            part.mean(axis=0), owner, phone * _MOST_STATES + place, len(mel) / count, silent=False, odds=1.0
        )
        for place, part in parts
    ]
