"""The sound path behind the engines: levels of words, one sample rate, volume and limiter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.joining import silence
from huisheng.audio.loudness import Limiter, amplitude
from huisheng.audio.resampling import StreamingResampler
from huisheng.types import AudioChunk, Samples, Span, Timing, VoiceInfo
from huisheng.units import SAMPLE_RATES, Hertz

Reals: TypeAlias = NDArray[np.float64]

_RAMP: Final = 0.02
"""Seconds that a word takes to pass from the level before it to its own, so that no step is heard."""


def common_rate(voices: Iterable[VoiceInfo]) -> Hertz:
    """The lowest rate of files at which none of the voices, at least one, loses anything."""
    highest = max(voice.sample_rate for voice in voices)
    return next((rate for rate in SAMPLE_RATES if rate >= highest), SAMPLE_RATES[-1])


class Leveller:
    """Brings each word of an utterance to its own level, however the utterance is cut.

    What comes before the first word has the level of the first, what comes after the last that of the last.

    Args:
        levels: decibels to add for each stretch of the source.
    """

    def __init__(self, levels: Mapping[Span, float]) -> None:
        self._levels = levels
        self._starts: list[float] = []
        self._gains: list[float] = []
        self._taken = 0

    def process(self, chunk: AudioChunk) -> AudioChunk:
        """The next piece of the utterance, its words at their levels; its timings tell which begin in it."""
        begin = self._taken / chunk.sample_rate
        self._taken += len(chunk.samples)
        self._starts += [begin + timing.start for timing in chunk.timings]
        self._gains += [amplitude(self._levels.get(timing.span, 0.0)) for timing in chunk.timings]
        if all(gain == 1.0 for gain in self._gains):
            return chunk
        times = begin + np.arange(len(chunk.samples)) / chunk.sample_rate
        gains = _smooth(times, np.array(self._starts), np.array(self._gains))
        return replace(chunk, samples=chunk.samples * gains)


class RateConverter:
    """Brings the chunks of one utterance from their sample rate to another.

    About 40 ms are held back until the end. Timings stay true to the sound: they may lie behind their chunk.

    Args:
        source: rate of the chunks.
        rate: of the chunks that are returned.
    """

    def __init__(self, source: Hertz, rate: Hertz) -> None:
        self._rate = rate
        self._resampler = StreamingResampler(source, rate)
        self._taken = 0.0
        self._given = 0
        self._span = Span(0, 0)

    def process(self, chunk: AudioChunk) -> AudioChunk:
        """The next chunk at the new rate."""
        samples, self._span = self._resampler.process(chunk.samples), chunk.span
        ahead = self._taken - self._given / self._rate
        self._taken += chunk.duration
        self._given += len(samples)
        timings = tuple(timing.shifted(ahead) for timing in chunk.timings)
        return AudioChunk(samples, self._rate, timings, self._span)

    def flush(self) -> AudioChunk:
        """What was held back."""
        return AudioChunk(self._resampler.flush(), self._rate, (), self._span)


class Output:
    """Volume, limiter, and timings that stay true through its delay.

    Args:
        sample_rate: of everything that goes through.
        volume: decibels to add to everything.
    """

    def __init__(self, sample_rate: Hertz, volume: float) -> None:
        self.sample_rate = sample_rate
        self._gain = amplitude(volume)
        self._limiter = Limiter(sample_rate)
        self._taken = 0
        self._given = 0
        self._span = Span(0, 0)

    def process(self, chunk: AudioChunk) -> AudioChunk:
        """The next piece; some of its sound comes with those after it."""
        self._span = chunk.span
        ahead = (self._taken - self._given) / self.sample_rate
        self._taken += len(chunk.samples)
        samples = self._limiter.process(chunk.samples * self._gain)
        return self._piece(samples, tuple(timing.shifted(ahead) for timing in chunk.timings))

    def pause(self, seconds: float) -> Iterator[AudioChunk]:
        """Silence; nothing where there is none."""
        if seconds > 0.0:
            yield self.process(
                AudioChunk(silence(seconds, self.sample_rate), self.sample_rate, (), self._span)
            )

    def flush(self) -> AudioChunk:
        """What was held back."""
        return self._piece(self._limiter.flush(), ())

    def _piece(self, samples: Samples, timings: tuple[Timing, ...]) -> AudioChunk:
        self._given += len(samples)
        return AudioChunk(samples, self.sample_rate, timings, self._span)


def _smooth(times: Reals, starts: Reals, gains: Reals) -> Samples:
    """(N,) at times (N,) the mean over the ramp before them of steps to `gains` (W,) at `starts` (W,), as a
    difference of their integral: however short a word is, no slope is steeper than that of one ramp.
    """
    first = min(times.min(initial=0.0), starts[0]) - _RAMP
    last = max(times.max(initial=0.0), starts[-1])
    edges = np.concatenate([[first], starts[1:], [last + _RAMP]])
    integral = np.concatenate([[0.0], np.cumsum(gains * np.diff(edges))])
    now, before = np.interp(times, edges, integral), np.interp(times - _RAMP, edges, integral)
    return ((now - before) / _RAMP).astype(np.float32)
