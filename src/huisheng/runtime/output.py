"""The sound path behind the engines."""

from __future__ import annotations

from collections.abc import Iterator

from huisheng.audio.joining import silence
from huisheng.audio.loudness import Limiter
from huisheng.types import AudioChunk, Samples, Span, Timing
from huisheng.units import Hertz


class Output:
    """Volume, limiter, and timings that stay true through its delay.

    Args:
        sample_rate: of everything that goes through.
        gain: factor.
    """

    def __init__(self, sample_rate: Hertz, gain: float) -> None:
        self.sample_rate = sample_rate
        self._gain = gain
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
