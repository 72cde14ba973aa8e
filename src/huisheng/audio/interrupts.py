"""Signals that come while C code calls back into Python wait until it has returned.

An exception cannot pass through C code: what a signal handler raises inside a callback (KeyboardInterrupt)
is printed and lost, and C goes on with half of what it asked for.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final, TypeAlias

DEFERRED: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""Signals by which programs are asked to end."""

_Handler: TypeAlias = Callable[[int, FrameType | None], object]


@contextmanager
def interrupts_deferred() -> Generator[None]:
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
