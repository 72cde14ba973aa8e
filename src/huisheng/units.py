"""Quantities with a unit in the type: a number alone never says what it measures."""

from __future__ import annotations

from typing import Final, NewType

Hertz = NewType("Hertz", int)
"""Samples a second."""

Seconds = NewType("Seconds", float)

Decibels = NewType("Decibels", float)

Semitones = NewType("Semitones", float)

SAMPLE_RATES: Final = tuple(Hertz(rate) for rate in (8_000, 16_000, 22_050, 24_000, 44_100, 48_000))
"""Every rate a caller may ask for."""
