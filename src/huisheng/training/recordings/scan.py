"""One pass over a recording, in constant memory but for one value every 10 ms: what its sound is like."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.decoding import Channels, decoding
from huisheng.audio.resampling import StreamingResampler
from huisheng.types import Samples
from huisheng.units import Hertz, Seconds

Powers: TypeAlias = NDArray[np.float32]
"""(T,) mean square of each frame of 10 ms, its own mean taken off."""

Reals: TypeAlias = NDArray[np.float64]

RATE: Final = Hertz(24_000)
"""Sampling rate of all pieces."""

FRAME: Final = 240
"""Samples of a frame at `RATE`, 10 ms."""

LONGEST: Final = Seconds(12 * 3600.0)
"""Longest part of a file that is read."""

_WINDOW: Final = 960
"""Samples of a spectrum, 40 ms: bins of 25 Hz."""
_BAND: Final = 500
"""Hz, width of the bands whose levels are compared."""
_FAINTEST_BAND: Final = 1e-5
"""Share of the power of the strongest band, −50 dB. Fricatives' highest bands lie 20 to 40 dB lower than
vowels'."""

_FULL_SCALE: Final = 0.9995
_FLAT: Final = 4
"""Equal samples in a row. In 16 bits not even the top of a loud 100 Hz tone at 48 kHz has so many."""
_LOUD: Final = 0.25
"""Below it equal samples are a matter of few bits."""
_NEAR_PEAK: Final = 0.97
"""Share of the file's peak; flat tops lie at the level where an amplifier was saturated."""
_BINS: Final = 1024


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a recording tells.

    Attributes:
        sample_rate: of the file.
        seconds: length.
        offset: mean of the mono samples, of a full scale of 1.
        clipped: share of the file's samples at full scale or on flat tops, 0…1.
        difference: power of what the channels do not share over that of what they do, 0 for mono.
        bandwidth: Hz, upper edge of the highest band that holds anything, at most half of `RATE`.
        powers: (T,) of the mono sound at `RATE`.
    """

    sample_rate: Hertz
    seconds: Seconds
    offset: float
    clipped: float
    difference: float
    bandwidth: float
    powers: Powers


def scan(path: Path) -> Scan:
    """Read a recording from beginning to end, at most `LONGEST`.

    Raises:
        UnreadableAudio: it is no sound.
    """
    with decoding(path) as decoder:
        clipping, mixing = _Clipping(decoder.bounded), _Mixing()
        spectrum, frames = _Spectrum(), _Frames()
        resampler = StreamingResampler(decoder.sample_rate, RATE)
        length = 0
        for block in decoder.blocks():
            clipping.add(block)
            frames.add(resampler.process(mixing.mix(block)))
            spectrum.add(frames.latest)
            length += len(block)
            if length > LONGEST * decoder.sample_rate:
                break
        frames.add(resampler.flush())
    return Scan(
        sample_rate=decoder.sample_rate,
        seconds=Seconds(length / decoder.sample_rate),
        offset=frames.mean,
        clipped=clipping.share,
        difference=mixing.difference,
        bandwidth=spectrum.bandwidth,
        powers=frames.powers,
    )


def mono_blocks(path: Path) -> Generator[Samples]:
    """A recording again, as (N,) mono samples at `RATE`, block by block.

    Raises:
        UnreadableAudio: it is no sound.
    """
    with decoding(path) as decoder:
        resampler = StreamingResampler(decoder.sample_rate, RATE)
        for block in decoder.blocks():
            yield resampler.process(mono(block))
        yield resampler.flush()


def mono(block: Channels) -> Samples:
    """(N, C) samples as the (N,) mean of their channels."""
    return block.mean(axis=1, dtype=np.float32)


class _Mixing:
    """Mixes channels, and keeps account of how much they differ."""

    def __init__(self) -> None:
        self._shared = 0.0
        self._apart = 0.0

    @property
    def difference(self) -> float:
        return self._apart / max(self._shared, 1e-12)

    def mix(self, block: Channels) -> Samples:
        """(N, C) to (N,)."""
        middle = mono(block)
        if block.shape[1] > 1:
            self._shared += float(np.square(middle, dtype=np.float64).sum())
            self._apart += float(np.square(block - middle[:, None]).mean(axis=1, dtype=np.float64).sum())
        return middle


class _Frames:
    """Power of each frame, and the mean of all samples.

    Attributes:
        latest: (N,) what came last.
    """

    def __init__(self) -> None:
        self._rest = np.zeros(0, dtype=np.float32)
        self._powers: list[Powers] = []
        self._sum = 0.0
        self._count = 0
        self.latest: Samples = self._rest

    def add(self, samples: Samples) -> None:
        """(N,) the next of the stream."""
        self.latest = samples
        self._sum += float(samples.sum(dtype=np.float64))
        self._count += len(samples)
        joined = np.concatenate([self._rest, samples])
        whole = len(joined) // FRAME * FRAME
        frames = joined[:whole].reshape(-1, FRAME).astype(np.float64)  # (T, FRAME)
        self._powers.append(frames.var(axis=1).astype(np.float32))
        self._rest = joined[whole:]

    @property
    def mean(self) -> float:
        return self._sum / max(1, self._count)

    @property
    def powers(self) -> Powers:
        """(T,) of the whole frames so far."""
        return np.concatenate([np.zeros(0, dtype=np.float32), *self._powers])


class _Spectrum:
    """Mean power of the bands, by Welch's method without overlap."""

    def __init__(self) -> None:
        self._power = np.zeros(_WINDOW // 2)
        self._window = np.hanning(_WINDOW)

    def add(self, samples: Samples) -> None:
        """(N,) at `RATE`; what does not fill a window at the end is left out."""
        frames = samples[: len(samples) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
        spectra = np.abs(np.fft.rfft((frames - frames.mean(axis=1, keepdims=True)) * self._window))
        self._power += np.square(spectra[:, 1:]).sum(axis=0)

    @property
    def bandwidth(self) -> float:
        """Hz; 0 for silence."""
        bands = self._power.reshape(-1, _BAND * _WINDOW // RATE).sum(axis=1)  # (RATE / 2 / _BAND,)
        held = np.flatnonzero((bands > 0.0) & (bands >= bands.max() * _FAINTEST_BAND))
        return float((held[-1] + 1) * _BAND) if len(held) else 0.0


class _Clipping:
    """Counts samples at full scale and on flat tops below it.

    Args:
        bounded: whether full scale is where the file's samples end.
    """

    def __init__(self, bounded: bool) -> None:
        self._bounded = bounded
        self._full = 0
        self._count = 0
        self._peak = 0.0
        self._flat = np.zeros(_BINS + 1, dtype=np.int64)

    def add(self, block: Channels) -> None:
        """(N, C) the next of the stream."""
        size = np.abs(block)
        self._count += block.size
        self._peak = max(self._peak, float(size.max(initial=0.0)))
        full = (size >= _FULL_SCALE) & self._bounded
        self._full += int(full.sum())
        flat = _flat(block) & (size >= _LOUD) & ~full
        bins = np.minimum(size[flat] * _BINS, _BINS).astype(np.int64)
        self._flat += np.bincount(bins, minlength=_BINS + 1)

    @property
    def share(self) -> float:
        """0…1."""
        lowest = min(_BINS, int(self._peak * _NEAR_PEAK * _BINS))
        return (self._full + int(self._flat[lowest:].sum())) / max(1, self._count)


def _flat(block: Channels) -> NDArray[np.bool_]:
    """(N, C) whether a sample is one of `_FLAT` equal ones in a row."""
    flat = np.zeros(block.shape, dtype=np.bool_)
    if len(block) < _FLAT:
        return flat
    equal = np.equal(block[1:], block[:-1])  # (N − 1, C)
    begins = np.asarray(np.lib.stride_tricks.sliding_window_view(equal, _FLAT - 1, axis=0).all(axis=-1))
    for place in range(_FLAT):
        flat[place : len(begins) + place] |= begins
    return flat
