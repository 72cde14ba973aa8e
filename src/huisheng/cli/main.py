"""`huisheng`: what the shell is told when a command ends, well or not."""

from __future__ import annotations

import sys

from huisheng.cli.interrupts import Interrupts, number_of, status, tell

FAILED = 1


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: after the program's name; those of the process when None, whose signals are then handled.

    Returns:
        The exit status: 0 done, 1 failed, 129 hung up, 130 interrupted, 143 asked to end. Wrong usage
        leaves with 2.
    """
    if arguments is not None:
        return _ended(arguments, Interrupts())
    with Interrupts() as interrupts:
        return _ended(None, interrupts)


def _ended(arguments: list[str] | None, interrupts: Interrupts) -> int:
    """Run it to its end, or to an interrupt."""
    try:
        return _run(arguments, interrupts)
    except KeyboardInterrupt as error:
        tell(number_of(error))
        return status(number_of(error))


def _run(arguments: list[str] | None, interrupts: Interrupts) -> int:
    """Run it; tell what is wrong with the request or the installation, unless an interrupt is the reason."""
    from huisheng.cli import commands
    from huisheng.errors import HuishengError

    try:
        ended = commands.run(arguments, interrupts.watch)
    except Exception as error:
        interrupts.check()
        if isinstance(error, BrokenPipeError):
            commands.abandon_stdout()
            return FAILED
        if not isinstance(error, HuishengError):
            raise
        print(f"错误：{error.message}\nerror: {error.english}", file=sys.stderr)
        return FAILED
    interrupts.check()
    return ended
