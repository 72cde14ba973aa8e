"""Numbers on the command lines of benchmarks."""

from __future__ import annotations

import argparse


def count(text: str) -> int:
    """A whole number of at least 1, for `type=` of an argument."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def positive(text: str) -> float:
    """A number above 0, for `type=` of an argument."""
    if (number := float(text)) <= 0.0:
        raise argparse.ArgumentTypeError("more than 0")
    return number
