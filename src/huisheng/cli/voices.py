"""`huisheng voices`: what can be spoken with, and the packages that it takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from huisheng.cli import voices_audition, voices_installed, voices_new, voices_train, voices_vocoder


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Declare `voices` and its actions; each action names its function."""
    parser = commands.add_parser("voices", help="音色与语音包 voices and their packages")
    parser.set_defaults(act=_print_voices)
    actions = parser.add_subparsers(metavar="ACTION", title="操作 actions")
    voices_new.add_actions(actions)
    voices_vocoder.add_actions(actions)
    voices_installed.add_actions(actions)
    voices_audition.add_actions(actions)
    voices_train.add_actions(actions)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Do the action; without one, print the voices."""
    act: Callable[[argparse.Namespace], int] = arguments.act
    return act(arguments)


def _print_voices(_: argparse.Namespace) -> int:
    """One voice a line: id, name, gender, description."""
    from huisheng.engines import make_engine

    for voice in make_engine().capabilities.voices:
        print(f"{voice.id}\t{voice.name}\t{voice.gender}\t{voice.description}")
    return 0
