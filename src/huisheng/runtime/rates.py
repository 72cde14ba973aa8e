"""One stream, one sample rate: the voices in it may have several."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from huisheng.audio.resampling import StreamingResampler
from huisheng.types import AudioChunk, Span, VoiceInfo
from huisheng.units import SAMPLE_RATES, Hertz


def common_rate(voices: Iterable[VoiceInfo]) -> Hertz:
    """The lowest rate of files at which none of the voices, at least one, loses anything."""
    highest = max(voice.sample_rate for voice in voices)
    return next((rate for rate in SAMPLE_RATES if rate >= highest), SAMPLE_RATES[-1])


def converted(chunks: Iterable[AudioChunk], rate: Hertz) -> Generator[AudioChunk]:
    """One utterance at another rate; chunks that have it already pass as they are.

    About 40 ms are held back until the end. Timings stay true to the sound: they may lie behind their chunk.

    Args:
        chunks: all of one rate.
        rate: of what is yielded.
    """
    resampler: StreamingResampler | None = None
    taken, given, span = 0.0, 0, Span(0, 0)
    for chunk in chunks:
        if chunk.sample_rate == rate:
            yield chunk
            continue
        resampler = resampler or StreamingResampler(chunk.sample_rate, rate)
        samples, span = resampler.process(chunk.samples), chunk.span
        ahead = taken - given / rate
        yield AudioChunk(samples, rate, tuple(timing.shifted(ahead) for timing in chunk.timings), span)
        taken += chunk.duration
        given += len(samples)
    if resampler:
        yield AudioChunk(resampler.flush(), rate, (), span)
