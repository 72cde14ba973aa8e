"""Times of use that only grow, whatever is done to the clock on the wall."""

from __future__ import annotations

import time
from collections.abc import Callable


class UsageClock:
    """Nanoseconds that put uses in their order, here and on what other processes wrote.

    The wall clock is read once, at the start. From there the time that has passed is counted, and stamps that
    are ahead are caught up with: they are of a process that has read a later wall clock, or of before a jump.

    Args:
        wall: nanoseconds since the epoch, as the system has it.
        elapsed: nanoseconds, never backwards.
    """

    def __init__(
        self, wall: Callable[[], int] = time.time_ns, elapsed: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._elapsed = elapsed
        self._origin = wall() - elapsed()

    def now(self) -> int:
        """A stamp for what is used now."""
        return self._origin + self._elapsed()

    def follow(self, newest: int) -> None:
        """Give no stamp before this one, which was seen."""
        self._origin = max(self._origin, newest - self._elapsed())
