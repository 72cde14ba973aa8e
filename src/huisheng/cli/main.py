"""`huisheng`: runs a command and returns its exit status."""

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
        return _run_until_interrupt(arguments, Interrupts())
    with Interrupts() as interrupts:
        return _run_until_interrupt(None, interrupts)


def _run_until_interrupt(arguments: list[str] | None, interrupts: Interrupts) -> int:
    """Run the command to its end, or to an interrupt."""
    try:
        return _run(arguments, interrupts)
    except KeyboardInterrupt as error:
        tell(number_of(error))
        return status(number_of(error))


def _run(arguments: list[str] | None, interrupts: Interrupts) -> int:
    """Run the command; print what is wrong with the request or the installation."""
    from huisheng.cli import commands
    from huisheng.errors import HuishengError

    try:
        exit_status = commands.run(arguments, interrupts.watch)
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
    return exit_status
