"""Locks on open files (flock(2)): they end with the descriptor, so also with a process that is killed.

On Windows, and on file systems without such locks, nothing is locked. Windows does not remove a file that is
open, which protects the same files.
"""

from __future__ import annotations

import sys
from contextlib import suppress

if sys.platform == "win32":

    def acquire(descriptor: int, *, shared: bool = False) -> None:
        """Nothing to do."""

    def is_free(descriptor: int) -> bool | None:  # noqa: ARG001 (the same arguments everywhere)
        """Unknown."""
        return None

else:
    import fcntl

    def acquire(descriptor: int, *, shared: bool = False) -> None:
        """Lock an open file until it is closed; waits while another has it.

        Args:
            descriptor: of the file.
            shared: other shared locks may be held at the same time.
        """
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)

    def is_free(descriptor: int) -> bool | None:
        """Whether no one else has locked an open file; then it is locked now. None where that is unknown."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True
