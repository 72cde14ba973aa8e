"""`huisheng`: one table of commands, and what the shell is told when one of them fails."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from huisheng.cli import doctor, read, serve, speak, train, voices
from huisheng.errors import HuishengError

FAILED: Final = 1
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells count."""


class Command(Protocol):
    """What the module of a command gives."""

    @staticmethod
    def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
        """Declare the command's name, help and arguments."""
        ...

    @staticmethod
    def run(arguments: argparse.Namespace) -> int:
        """Do it; the result is the exit status."""
        ...


COMMANDS: Final[tuple[Command, ...]] = (speak, read, voices, serve, train, doctor)
"""In the order of the help page."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: after the program's name; those of the process when None.

    Returns:
        The exit status: 0 done, 1 failed, 130 interrupted. Wrong usage leaves with 2.
    """
    _never_fail_to_print()
    try:
        return _run(arguments)
    except HuishengError as error:
        print(f"错误：{error.message}\nerror: {error.english}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("已中断。 Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return FAILED


def _run(arguments: Sequence[str] | None) -> int:
    try:
        chosen = _parser().parse_args(arguments)
        status: int = chosen.run(chosen)
        return status
    finally:
        sys.stdout.flush()  # here, and not when the interpreter ends, a broken pipe can be caught


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="huisheng", description="绘声：中文语音合成。 Chinese text in, emotional speech out."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="命令 commands")
    for command in COMMANDS:
        command.add_parser(commands).set_defaults(run=command.run)
    return parser


def _never_fail_to_print() -> None:
    """A console whose encoding lacks a character gets an escape instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _abandon_stdout() -> None:
    """The reader is gone: what is still buffered goes nowhere, so that the interpreter ends quietly."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
