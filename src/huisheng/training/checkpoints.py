"""The state of a training on disk: the last one whole, so that it goes on at the very step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final, TypeAlias

import torch

from huisheng.errors import CorpusError

State: TypeAlias = dict[str, Any]
"""Tensors and plain values, nested."""

LAST: Final = "last.pt"
BEST: Final = "best.pt"


def save(state: Mapping[str, Any], folder: Path, name: str = LAST) -> None:
    """Write a state, in place of the one before it at once."""
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / f".{name}.tmp"
    torch.save(dict(state), staged)
    staged.replace(folder / name)


def load(folder: Path, name: str = LAST) -> State | None:
    """A state; None where there is none.

    Raises:
        CorpusError: it is damaged.
    """
    path = folder / name
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, UnpicklingError) as error:
        raise CorpusError(str(path)) from error
