"""Speakers and emotions as the vectors that a network reads: rows of its tables, and between them.

An emotion at an intensity is a point on the line from the neutral row through the category's: 0 is neutral, 1
as trained or as strong as the package says, 2 twice as far as trained. Several emotions, or several speakers,
are a weighted sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.graphs import Axes, contradiction, fits
from huisheng.errors import UnknownEmotion, UnknownVoice
from huisheng.text.symbols.sambert import category
from huisheng.types import Emotion
from huisheng.voice.load import VoicePackage

Vector: TypeAlias = NDArray[np.float32]
"""(C,)"""

_NEUTRAL: Final = "emotion_neutral"


class Table:
    """Rows by name.

    Args:
        names: of the rows.
        rows: (R, C).
    """

    def __init__(self, names: Sequence[str], rows: NDArray[np.float32]) -> None:
        self._places = {name: place for place, name in enumerate(names)}
        self._rows = rows

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the rows."""
        return tuple(self._places)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def row(self, name: str) -> Vector:
        """(C,) of a name that is in the table."""
        return self._rows[self._places[name]]


def read_rows(package: VoicePackage, file: str, shape: Axes) -> NDArray[np.float32]:
    """A table of a package.

    Args:
        package: that holds it.
        file: its name there, `.npy`.
        shape: that it must have.

    Raises:
        VoicePackageError: it is no table of finite numbers, is empty or has another shape.
    """
    try:
        with package.path(file).open("rb") as stream:
            rows = np.lib.format.read_array(stream, allow_pickle=False)
    except (
        ValueError,
        EOFError,
        OSError,
        MemoryError,
        OverflowError,
    ) as error:  # a header may claim any size
        raise contradiction(package) from error
    with np.errstate(over="ignore"):  # what is too large for float32 is not finite, and refused
        table = rows.astype(np.float32) if rows.dtype.kind == "f" else None
    if table is None or not table.size or not fits(table.shape, shape) or not np.isfinite(table).all():
        raise contradiction(package)
    return table


def emotion_vector(table: Table, emotion: Emotion, strengths: Mapping[str, float]) -> Vector:
    """(C,) of an emotion, or of several at once: each moves away from neutral by its intensity.

    Args:
        table: of all categories.
        emotion: that is asked for.
        strengths: category → how far from neutral it is at intensity 1; 1 for those that are not there.

    Raises:
        UnknownEmotion: the voice has no category for one of them.
    """
    neutral = table.row(_NEUTRAL) if _NEUTRAL in table else table.row(table.names[0])
    vector: Vector = neutral
    for name, intensity in emotion.parts:
        named = category(name)
        if named not in table and intensity and named != _NEUTRAL:
            raise UnknownEmotion(name, table.names)
        if named in table:
            moved = reach(intensity, strengths.get(named, 1.0))
            vector = np.add(vector, moved * (table.row(named) - neutral), dtype=np.float32)
    return vector


def reach(intensity: float, strength: float) -> float:
    """How far from neutral an emotion is, 1 as learned: 0 at intensity 0, its strength at 1, 2 at 2, straight
    between. Farther than 2 nothing was learned.
    """
    return strength * intensity if intensity <= 1.0 else strength + (2.0 - strength) * (intensity - 1.0)


def speaker_vector(table: Table, shares: Mapping[str, float]) -> Vector:
    """(C,) of one speaker, or of several by their shares, which are scaled to add up to 1.

    Raises:
        UnknownVoice: one of them is not in the package, or the shares add up to nothing.
    """
    total = sum(shares.values())
    unknown = next((name for name in shares if name not in table), "" if total > 0.0 else "+".join(shares))
    if unknown or total <= 0.0:
        raise UnknownVoice(unknown, table.names)
    rows = [table.row(name) * (share / total) for name, share in shares.items()]
    return np.stack(rows).sum(axis=0, dtype=np.float32)
