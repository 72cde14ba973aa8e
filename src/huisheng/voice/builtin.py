"""The package that comes with the program: a part of it that is neither downloaded nor removed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

BUILTIN: Final = "builtin"
"""Its name, which no package of the user's may have."""

_FOLDER: Final = Path(__file__).parents[1] / "voices"


def builtin_folder() -> Path:
    """A folder of packages like the user's own; only an update of the program changes it."""
    return _FOLDER
