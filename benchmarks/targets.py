"""What figures are held against: targets, and the table of them that every report has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from benchmarks.sections import table

_HEAD: Final = ("目标 target", "要求 asked for", "实测 measured", "")
_LARGE: Final = 999.5
"""From here on a figure is written whole, with commas: three digits would round it to `1e+03`."""


class Target(NamedTuple):
    """What is asked of a figure.

    Attributes:
        name: what is limited.
        limit: the most that is accepted, or the least.
        measured: None where it could not be measured.
        unit: of both; empty without one.
        at_least: whether the limit is the least.
        undisturbed: the figure of the rounds that were disturbed least; None where there is no such thing.
        valid: whether the machine was quiet enough for it to mean anything.
    """

    name: str
    limit: float
    measured: float | None
    unit: str
    at_least: bool = False
    undisturbed: float | None = None
    valid: bool = True

    @property
    def met(self) -> bool:
        """Whether it was measured, and well, and is good enough either way."""
        return self.valid and self.accepts(self.measured) and not self.unsettled

    @property
    def unsettled(self) -> bool:
        """Whether the figure and that of the least disturbed rounds disagree."""
        return self.undisturbed is not None and self.accepts(self.measured) != self.accepts(self.undisturbed)

    def accepts(self, value: float | None) -> bool:
        """Whether a figure is on the right side of the limit; one that is not known is not."""
        if value is None:
            return False
        return value >= self.limit if self.at_least else value <= self.limit


def target_table(targets: Iterable[Target]) -> str:
    """A row each: what is asked for, what was measured, and the verdict."""
    return table(_HEAD, map(_row, targets))


def _row(target: Target) -> tuple[str, str, str, str]:
    asked = f"{'≥' if target.at_least else '≤'} {_write(target.limit, target.unit)}"
    return target.name, asked, _write_measured(target, target.measured), _verdict(target)


def _verdict(target: Target) -> str:
    if target.measured is None:
        return "未测 not measured"
    if not target.valid:
        return "**不可信：机器在忙，请空闲时再测 the machine was busy**"
    if target.unsettled:
        least = _write_measured(target, target.undisturbed)
        return f"**未定 unsettled：最小值之比 by the least {least}**"
    return "达到 met" if target.met else "**未达到 not met**"


def _write_measured(target: Target, value: float | None) -> str:
    """A figure and its unit, with as many digits as it takes to be on its own side of the limit."""
    if value is None:
        return "—"
    more = 0
    while target.accepts(float(format(value, _precision(value, more)))) is not target.accepts(value):
        more += 1
    return _write(value, target.unit, more)


def _write(value: float, unit: str, more: int = 0) -> str:
    """A figure, with some `more` digits than usual, and its unit."""
    return f"{value:,{_precision(value, more)}} {unit}".rstrip()


def _precision(value: float, more: int) -> str:
    """The format of a figure: three significant digits or all before the point, and some `more`."""
    return f".{more}f" if abs(value) >= _LARGE else f".{3 + more}g"
