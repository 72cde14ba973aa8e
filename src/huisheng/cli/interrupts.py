"""Ctrl-C and requests to end: a command stops, takes back what it was writing, and says one sentence.

Loads next to nothing: until this is at work, Python answers Ctrl-C with a traceback.
"""

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False

if TYPE_CHECKING:
    from types import FrameType, TracebackType

NUMBERS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that end a command."""

_REPEAT_INTERVAL = 2.0
"""Seconds after which a second signal counts: the clean-up after the first may take some."""

_INTERRUPTED = "已中断。 Interrupted."
_TERMINATED = "已终止。 Terminated."


class Interrupts:
    """Handles the signals that end a command, for the length of a `with` block; then they are ignored, since
    the process is about to end.

    Until `watch` is called, a signal ends the process at once: nothing has been written that must be taken
    back. From then on it raises KeyboardInterrupt with its number.
    """

    def __init__(self) -> None:
        self.received = 0
        """Number of the last signal, 0 before the first."""
        self._since = 0.0
        self._watched = False

    def __enter__(self) -> Interrupts:
        for number in NUMBERS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and background jobs ask for
                signal.signal(number, self)
        sys.unraisablehook = self._unraisable
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _ignore()

    def __call__(self, number: int, _: FrameType | None) -> None:
        """Take a signal; one that follows within `_REPEAT_INTERVAL` is the same request."""
        now = time.monotonic()
        if self.received and now - self._since < _REPEAT_INTERVAL:
            return
        self.received, self._since = number, now
        if not self._watched:
            tell(number)
            os._exit(status(number))
        raise KeyboardInterrupt(number)

    def watch(self) -> None:
        """From now on a signal raises, since there may be something to take back."""
        self._watched = True

    def check(self) -> None:
        """Raise what a destructor or another place without a caller has swallowed.

        Raises:
            KeyboardInterrupt: a signal came.
        """
        if self.received:
            raise KeyboardInterrupt(self.received)

    def _unraisable(self, lost: sys.UnraisableHookArgs) -> None:
        """Drop an interrupt that is swallowed, which `check` raises; print all else as Python does."""
        if not isinstance(lost.exc_value, KeyboardInterrupt):
            sys.__unraisablehook__(lost)


def check() -> None:
    """Call `Interrupts.check` of the active handler, if any.

    Raises:
        KeyboardInterrupt: a signal came.
    """
    for number in NUMBERS:
        handler = signal.getsignal(number)
        if isinstance(handler, Interrupts):
            handler.check()


def commit() -> None:
    """The last moment: raise what came; from here on the command is done, and signals change nothing.

    Raises:
        KeyboardInterrupt: a signal came.
    """
    check()
    _ignore()


def release() -> None:
    """Give the signals their default handlers of Python again, for the next to handle them."""
    for number in NUMBERS:
        if isinstance(signal.getsignal(number), Interrupts):
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)


def number_of(error: KeyboardInterrupt) -> int:
    """The signal that an interrupt came of; SIGINT where it does not say."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else signal.SIGINT


def status(number: int) -> int:
    """The exit status for a signal, as shells count."""
    return 128 + number


def tell(number: int) -> None:
    """Print one sentence on stderr, without anything that could wait for a lock."""
    sentence = _INTERRUPTED if number == signal.SIGINT else _TERMINATED
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    os.write(2, f"{sentence}\n".encode(encoding, "backslashreplace"))


def _ignore() -> None:
    for number in NUMBERS:
        if isinstance(signal.getsignal(number), Interrupts):
            signal.signal(number, signal.SIG_IGN)
