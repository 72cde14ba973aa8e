"""How fast a machine speaks, and the file in which `huisheng doctor --tune` leaves it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal, TypeAlias

SPEED: Final = "speed.toml"
"""In our folder for data."""

CHARACTERS_A_SECOND_OF_SOUND: Final = 4
"""A character of Mandarin takes about a quarter of a second (docs/guides/operations.md)."""

_LARGEST: Final = 4096
"""Bytes of the file that are read."""

_SLOWEST: Final = Decimal("0.001")
_FASTEST: Final = Decimal(1_000_000)
"""Characters a second."""

SpeedSource: TypeAlias = Literal["given", "measured", "assumed"]
"""By the user; by `doctor --tune` or just now; nowhere, so that of the reference machine stands in."""


@dataclass(frozen=True, slots=True)
class MachineSpeed:
    """What a machine speaks when all of it works.

    Attributes:
        characters_per_second: over 0.
        source: whence this is known.
    """

    characters_per_second: Fraction
    source: SpeedSource

    @classmethod
    def of_real_time_factor(cls, factor: Fraction) -> MachineSpeed:
        """The speed at so many seconds of the whole machine for a second of sound."""
        return cls(CHARACTERS_A_SECOND_OF_SOUND / factor, "given")

    @property
    def real_time_factor(self) -> Fraction:
        """Seconds of the whole machine for a second of sound."""
        return CHARACTERS_A_SECOND_OF_SOUND / self.characters_per_second


ASSUMED: Final = MachineSpeed(Fraction(300), "assumed")
"""Less than half of what two cores of a server do (docs/benchmarks.md): low rather than high."""


def read_speed(folder: Path) -> MachineSpeed | None:
    """The speed that was measured on this machine.

    Args:
        folder: ours, for data.

    Returns:
        None where there is none, or where the file is not as `format_speed` writes it.
    """
    try:
        with (folder / SPEED).open("rb") as file:
            written = tomllib.loads(file.read(_LARGEST).decode("utf-8"))
        speed = Decimal(written["characters_per_second"])
        is_possible = _SLOWEST <= speed <= _FASTEST
    except (OSError, ValueError, RecursionError, KeyError, TypeError, InvalidOperation):
        return None  # it can be measured again at any time
    return MachineSpeed(Fraction(speed), "measured") if is_possible else None


def format_speed(characters_per_second: float) -> str:
    """The content of the file."""
    return f'# huisheng doctor --tune\ncharacters_per_second = "{characters_per_second:.3f}"\n'
