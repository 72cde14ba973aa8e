"""Two folders change places in one step, so that neither of them is ever missing."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any, Final

_HERE: Final = -100
"""AT_FDCWD of Linux (fcntl.h): a relative path counts from the current folder."""

_SWAP: Final = 2
"""RENAME_EXCHANGE of renameat2(2) (linux/fs.h) and RENAME_SWAP of renamex_np(2) (macOS, sys/stdio.h)."""


def exchange(one: Path, other: Path) -> bool:
    """Give each of two folders, or links, the path of the other.

    Returns:
        Whether it was done. Not where one of them is missing, and not where the system, its C library or the
        file system knows no such step.
    """
    paths = os.fsencode(one), os.fsencode(other)
    if sys.platform not in {"linux", "darwin"}:
        return False
    library: Any = ctypes.CDLL(None)
    try:
        if sys.platform == "darwin":
            return library.renamex_np(*paths, _SWAP) == 0
        return library.renameat2(_HERE, paths[0], _HERE, paths[1], _SWAP) == 0
    except AttributeError:  # a C library from before the call
        return False
