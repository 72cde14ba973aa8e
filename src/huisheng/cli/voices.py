"""`huisheng voices`: what can be spoken with."""

from __future__ import annotations

import argparse


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Declare nothing: it has actions alone."""


def run(_: argparse.Namespace) -> int:
    """Without an action: one voice a line, with its id, name, gender and description."""
    from huisheng.engines import make_engine

    for voice in make_engine().capabilities.voices:
        print(f"{voice.id}\t{voice.name}\t{voice.gender}\t{voice.description}")
    return 0
