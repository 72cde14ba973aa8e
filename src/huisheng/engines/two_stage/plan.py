"""What one call of a network shall say: symbols, and for each the speaker, emotion, speed and pitch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.pitch import frequency_ratio
from huisheng.text.symbols.sambert import Symbol
from huisheng.types import PLAIN, Inflection, Mark, SpokenItem

Values: TypeAlias = NDArray[np.float32]
"""(L,) one value a symbol."""

Frames: TypeAlias = NDArray[np.int64]
"""(L,) frames that each symbol lasts."""

_SLOWEST: Final = 0.25
_FASTEST: Final = 10.0
"""Factors of the speed of a word, with that of the whole."""
_WIDEST: Final = 10.0
"""Factor of the melody's width of a word."""
_LONGEST: Final = 400
"""Frames of one symbol at most: about 5 s. A sound network never comes near it."""
_HEARD: Final = 0.5
"""Frames from which on the network means a sound to be heard: they round to one."""
_LAST_REST: Final = 8
"""Frames of the last break at most: the pause between sentences belongs to the caller."""
_USUAL_RATIO: Final = 1.25
"""Mean F0 over its deviation, both over all frames, unvoiced ones as 0: between 1.1 (men) and 1.3 (women)."""

_USUAL_ENERGY: Final = 1.0
"""Mean energy over its deviation: speech is silent a third of the time, and as loud as it is varied."""


class ItemFrames(NamedTuple):
    """The frames of an item: its place among the items, first frame, and the frame after its last."""

    item: int
    start: int
    end: int


class SymbolControls(NamedTuple):
    """What is asked of each of L symbols, on top of how the network says it.

    Attributes:
        rates: (L,) by which durations are divided.
        widths: (L,) factors of the distance of F0 from its mean.
        intervals: (L,) semitones that F0 is raised by.
        efforts: (L,) factors of energy.
    """

    rates: Values
    widths: Values
    intervals: Values
    efforts: Values


@dataclass(frozen=True)
class Plan:
    """One call. L symbols.

    Attributes:
        items: what is said.
        symbols: how it is spelt.
        ids: (L, fields) int64, as the encoder reads them.
        speakers: (L, S).
        emotions: (L, E).
        speed: of the whole, ratio.
        pitch: of the whole, semitones.
    """

    items: tuple[SpokenItem, ...]
    symbols: tuple[Symbol, ...]
    ids: NDArray[np.int64]
    speakers: NDArray[np.float32]
    emotions: NDArray[np.float32]
    speed: float
    pitch: float

    @cached_property
    def spoken(self) -> NDArray[np.bool_]:
        """Whether each symbol is a sound, not a break; of shape (L,)."""
        return np.array([not symbol.phone.startswith("#") for symbol in self.symbols])

    @cached_property
    def _inflections(self) -> list[Inflection]:
        """How each item is said on top of the whole; marks are plain."""
        return [PLAIN if isinstance(item, Mark) else item.inflection for item in self.items]

    @cached_property
    def controls(self) -> SymbolControls:
        """What is asked of every symbol, by the inflection of its item."""
        values = [
            (
                min(max(own.speed * self.speed, _SLOWEST), _FASTEST),
                min(own.range, _WIDEST),
                own.pitch + self.pitch,
                min(own.effort, _WIDEST),
            )
            for own in self._inflections
        ]
        places = [symbol.item for symbol in self.symbols]
        return SymbolControls(*np.array(values, dtype=np.float32)[places].T.copy())

    def melody(self, ratio: float | None, middle: float) -> tuple[Values, Values]:
        """Factor and bias (L,) of normalised F0 that raise and widen it.

        With F0 = m + d·x, width v and interval k, k·(c + v·(F0 − c)) around c = m + d·x̄ is, in x again,
        k·v·x + k·(1 − v)·x̄ + (k − 1)·m / d. Breaks, which have no F0, stay as they are.

        Args:
            ratio: m / d; None where the corpus is not known.
            middle: x̄, mean of normalised F0 over the spoken symbols.
        """
        ratios = [frequency_ratio(own.pitch + self.pitch) for own in self._inflections]
        interval = np.array(ratios, dtype=np.float32)[[symbol.item for symbol in self.symbols]]
        width = self.controls.widths
        known = _USUAL_RATIO if ratio is None else ratio
        bias = interval * (1.0 - width) * middle + (interval - 1.0) * known
        scale = np.where(self.spoken, interval * width, 1.0)
        return scale.astype(np.float32), np.where(self.spoken, bias, 0.0).astype(np.float32)

    def effort(self, ratio: float | None = None) -> tuple[Values, Values]:
        """Factor and bias (L,) of normalised energy: k·E is, in units of the corpus, k·x + (k − 1)·m / d.

        Args:
            ratio: m / d; None where the corpus is not known.
        """
        factor = self.controls.efforts
        return factor, (factor - 1.0) * np.float32(_USUAL_ENERGY if ratio is None else ratio)

    def frames(self, log_durations: Values) -> tuple[Frames, float]:
        """Whole frames of each symbol, and how long the longest is before rounding.

        A sound that the network lasts keeps a frame, however fast; the last break is cut short.

        Args:
            log_durations: (L,) log(frames + 1) as predicted, finite.

        Returns:
            (L,) frames; and frames in the longest, not a whole number.
        """
        own = np.expm1(np.minimum(log_durations.astype(np.float64), np.log1p(_LONGEST)))
        lasting = own / self.controls.rates
        least = self.spoken & (own >= _HEARD)
        frames = np.maximum(np.floor(np.minimum(lasting, _LONGEST) + 0.5), least).astype(np.int64)
        if not self.spoken[-1]:
            frames[-1] = min(frames[-1], _LAST_REST)
        return frames, float(lasting.max())

    def item_frames(self, frames: Frames) -> list[ItemFrames]:
        """The frames of each spoken item, by the (L,) frames of its sounds."""
        ends = np.cumsum(frames).tolist()
        known: dict[int, ItemFrames] = {}
        marks = [isinstance(item, Mark) for item in self.items]
        for place, (symbol, sounds) in enumerate(zip(self.symbols, self.spoken.tolist(), strict=True)):
            item = symbol.item
            if sounds and not marks[item]:
                start = known[item].start if item in known else ends[place] - int(frames[place])
                known[item] = ItemFrames(item, start, ends[place])
        return list(known.values())
