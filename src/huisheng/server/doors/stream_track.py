"""The sound of one context: passages that were synthesized one by one become one stream and one file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

from huisheng.audio.encoding import Coder, Coding
from huisheng.runtime.output import Output
from huisheng.types import AudioChunk, Timing
from huisheng.units import Hertz, Seconds


@dataclass(frozen=True, slots=True)
class EncodedSound:
    """Sound that is ready to be sent.

    Attributes:
        encoded: the next bytes of the file, at least one.
        timings: of the characters in it: positions in the whole text, seconds from the first sample.
        spoken_until: position in the text that is reached with it.
    """

    encoded: bytes
    timings: tuple[Timing, ...]
    spoken_until: int


class Track:
    """Volume, limiter, pauses, resampling and encoding of all passages as one. For one thread at a time.

    Args:
        coding: of the file.
        sample_rate: of the chunks that come.
        volume: in decibels.
    """

    def __init__(self, coding: Coding, sample_rate: Hertz, volume: float) -> None:
        self._output = Output(sample_rate, volume)
        self._coder = Coder(coding, sample_rate)
        self._elapsed = 0.0
        self._pause = 0.0
        self._bytes = b""
        self._timings: list[Timing] = []
        self._spoken_until = 0

    @property
    def duration(self) -> Seconds:
        """The length of the sound so far."""
        return Seconds(self._elapsed)

    def add(self, chunk: AudioChunk, start: int) -> EncodedSound | None:
        """Add the next chunk of a passage that begins at `start`, after the pause that is due before it."""
        self._append_pause()
        self._take(self._output.process(chunk), start)
        self._spoken_until = max(self._spoken_until, start + chunk.span.end)
        return self._ready()

    def add_pause(self, seconds: float) -> None:
        """End a passage: so much silence belongs before the next."""
        self._pause = seconds

    def flush_pause(self) -> EncodedSound | None:
        """Write the pause that is due now: it brings out what filters and encoders hold back."""
        self._append_pause()
        return self._ready()

    def finish(self) -> EncodedSound | None:
        """End the file: its last bytes."""
        self._take(self._output.flush())
        self._bytes += self._coder.flush()
        return self._ready()

    def _append_pause(self) -> None:
        pause, self._pause = self._pause, 0.0
        for silence in self._output.pause(pause):
            self._take(silence)

    def _take(self, piece: AudioChunk, start: int = 0) -> None:
        for timing in piece.timings:
            placed = timing.shifted(self._elapsed)
            self._timings.append(replace(placed, span=timing.span.shifted(start)))
        self._elapsed += piece.duration
        self._bytes += self._coder.encode(piece.samples)

    def _ready(self) -> EncodedSound | None:
        """Encoders work in frames: until there are bytes, timings wait for them."""
        if not self._bytes:
            return None
        sound = EncodedSound(self._bytes, tuple(self._timings), self._spoken_until)
        self._bytes = b""
        self._timings.clear()
        return sound


class Progress:
    """How far a context has got, in characters of its text."""

    def __init__(self) -> None:
        self.sent_until = 0
        self._played: float | None = None
        self._ends: list[float] = []
        self._positions: list[int] = []

    def note_sent(self, sound: EncodedSound) -> None:
        """A message with sound was sent."""
        self._note(sound.timings)
        self.sent_until = sound.spoken_until

    def note_played(self, seconds: float) -> None:
        """The listener has heard the sound so far."""
        self._played = seconds

    @property
    def heard_until(self) -> int | None:
        """The end of the last characters whose sound had ended; None where the client has not reported."""
        if self._played is None:
            return None
        heard = bisect_right(self._ends, self._played)
        if heard == 0:
            return 0
        return self.sent_until if heard == len(self._ends) else self._positions[heard - 1]

    def _note(self, timings: Iterable[Timing]) -> None:
        for timing in timings:
            self._ends.append(max([timing.end, *self._ends[-1:]]))
            self._positions.append(max([timing.span.end, *self._positions[-1:]]))
