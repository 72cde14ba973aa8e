"""The commands of `huisheng`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from huisheng import __version__
from huisheng.cli import doctor, read, serve, speak, train, voices


class Command(Protocol):
    """The interface of a command's module."""

    @staticmethod
    def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
        """Declare the command's name, help and arguments."""
        ...

    @staticmethod
    def run(arguments: argparse.Namespace) -> int:
        """Run the command; returns the exit status."""
        ...


COMMANDS: Final[tuple[Command, ...]] = (speak, read, voices, serve, train, doctor)
"""In the order of the help page."""


def run(arguments: Sequence[str] | None, begin: Callable[[], None]) -> int:
    """Run one command.

    Args:
        arguments: after the program's name; those of the process when None.
        begin: called when the command is known, before it does anything.

    Raises:
        HuishengError: what is wrong with the request or the installation.
        BrokenPipeError: the reader of stdout is gone.
    """
    _never_fail_to_print()
    try:
        chosen = parser().parse_args(arguments)
        begin()
        status: int = chosen.run(chosen)
        return status
    finally:
        sys.stdout.flush()  # here, and not when the interpreter ends, a broken pipe can be caught


def parser() -> argparse.ArgumentParser:
    """The command line with every command."""
    whole = argparse.ArgumentParser(
        prog="huisheng", description="绘声：中文语音合成。 Chinese text in, emotional speech out."
    )
    whole.add_argument("--version", action="version", version=f"huisheng {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND", title="命令 commands")
    for command in COMMANDS:
        command.add_parser(commands).set_defaults(run=command.run)
    return whole


def _never_fail_to_print() -> None:
    """A console whose encoding lacks a character gets an escape instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon_stdout() -> None:
    """The reader is gone: what is still buffered goes nowhere, so that the interpreter ends quietly."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
