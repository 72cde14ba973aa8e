"""libsndfile: signals wait while it works, and a file that it writes comes out as a stream.

libsndfile reads and writes through callbacks into Python. An exception cannot pass through C code: what a
signal handler raises inside a callback (KeyboardInterrupt) is printed and lost, and C goes on with half of
what was asked for. So signals that come meanwhile wait until it has returned.

It also wants a file that seeks. Its FLAC and MP3 writers go back to their header when they close, which a
response that is already on its way cannot follow; here such late corrections are dropped, and the encoders
see to it that the first version of the header is right.
"""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final, TypeAlias

import numpy as np
import soundfile
from numpy.typing import NDArray

from huisheng.units import Hertz

DEFERRED: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""Signals by which programs are asked to end."""

_Handler: TypeAlias = Callable[[int, FrameType | None], object]


@contextmanager
def defer_interrupts() -> Generator[None]:
    """Within this, handlers of `DEFERRED` that are written in Python wait; they run when the block ends.

    Handlers run on the main thread only, so elsewhere there is nothing to do.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    deferral = _Deferral()
    try:
        deferral.begin()
        yield
    finally:
        deferral.end()


class _Deferral:
    """A handler that stands in for those of the process."""

    def __init__(self) -> None:
        self._handlers: dict[int, _Handler] = {}
        self._received: list[tuple[int, FrameType | None]] = []
        self._ended = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Note a signal, or pass it on where the block has ended already."""
        if self._ended:
            self._handlers[number](number, frame)
        else:
            self._received.append((number, frame))

    def begin(self) -> None:
        """Replace every handler that is written in Python."""
        for number in DEFERRED:
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self)

    def end(self) -> None:
        """Put the handlers back and call those whose signals came."""
        self._ended = True
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for number, frame in self._received:
            self._handlers[number](number, frame)


SET_OGG_PAGE_LATENCY_MS: Final = 0x1302
"""Number of libsndfile's command SFC_SET_OGG_PAGE_LATENCY_MS (sndfile.h); its argument is a double."""


class _AppendOnly:
    """A file for libsndfile: what is appended is kept until taken, what overwrites is dropped."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._position = 0
        self._length = 0

    def write(self, data: bytes) -> int:
        """Append, or ignore when the position is before the end."""
        if self._position == self._length:
            self._pending += data
        self._position += len(data)
        self._length = max(self._length, self._position)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Demanded by libsndfile's interface, never called while it writes these formats."""
        raise io.UnsupportedOperation(f"read({size})")

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move as any file does."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}[whence]
        self._position = origin + offset
        return self._position

    def tell(self) -> int:
        """The position."""
        return self._position

    def take(self) -> bytes:
        """What was appended since the last call."""
        data = bytes(self._pending)
        self._pending.clear()
        return data


class SequentialWriter:
    """One file that libsndfile writes, given out as it grows.

    A file without any sound is refused by decoders (libsndfile does not even begin one), so an empty stream
    is written as one sample of silence.

    Args:
        container: libsndfile's major format, such as `OGG`.
        codec: its subtype, such as `OPUS`.
        sample_rate: one that the codec can hold.
        compression_level: at a constant rate, 0 most bits … 1 fewest; None for libsndfile's own choice.
    """

    def __init__(
        self, container: str, codec: str, sample_rate: Hertz, compression_level: float | None = None
    ) -> None:
        self._sink = _AppendOnly()
        with defer_interrupts():
            self._file = soundfile.SoundFile(
                self._sink,  # pyright: ignore[reportArgumentType]  # any object with these methods will do
                "w",
                samplerate=sample_rate,
                channels=1,
                format=container,
                subtype=codec,
                compression_level=compression_level,
                bitrate_mode=None if compression_level is None else "CONSTANT",
            )
        self.frames = 0

    def set_page_latency(self, milliseconds: float) -> None:
        """Close an Ogg page whenever it holds this much sound (by itself libsndfile takes a second)."""
        value = soundfile._ffi.new("double *", milliseconds)
        soundfile._snd.sf_command(
            self._file._file, SET_OGG_PAGE_LATENCY_MS, value, soundfile._ffi.sizeof("double")
        )

    def write(self, samples: NDArray[np.float32] | NDArray[np.int16]) -> bytes:
        """Take samples of shape (N,), give the bytes that are ready."""
        if len(samples):
            with defer_interrupts():
                self._file.write(samples)
            self.frames += len(samples)
        return self._sink.take()

    def close(self) -> bytes:
        """Finish the file and give its last bytes."""
        with defer_interrupts():
            if not self.frames:
                self._file.write(np.zeros(1, dtype=np.float32))
            self._file.close()
        return self._sink.take()
