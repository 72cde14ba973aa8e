"""The texts that are spoken, by their length."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("texts.txt")

LENGTHS: Final = (5, 20, 50, 100, 200)
"""Characters of the source, marks included."""


def read_texts() -> Mapping[int, tuple[str, ...]]:
    """Length → the texts of that length, from texts.txt."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    texts = [line for line in lines if not line.startswith("#")]
    return {length: tuple(text for text in texts if len(text) == length) for length in LENGTHS}
