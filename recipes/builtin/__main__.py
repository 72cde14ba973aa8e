"""`python -m recipes.builtin [STAGE …]`: the stages in order, or those that are named.

Each can be interrupted: what was done stays done.

plan     who says what, in which feeling: plan.jsonl
speak    the teacher says it: recordings/
prepare  what was spoken becomes a corpus: corpus/
vocoder, vocoder-judged, acoustic, acoustic-judged
         it is learned from: folders of the same names
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from huisheng.text.frontend import Frontend
from recipes.builtin import features, orders, speaking
from recipes.builtin.learning import LESSONS, learn
from recipes.builtin.speakers import recipes

HOME: Final = Path("~/.cache/huisheng/builtin")
_EVERY: Final = 20.0
"""Seconds between two lines of progress."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stages", nargs="*", metavar="STAGE", type=_stage, help=" ".join(STAGES))
    parser.add_argument("--home", type=Path, default=HOME, help="where everything lies, default %(default)s")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time, default %(default)s")
    options = parser.parse_args(arguments)
    home: Path = options.home.expanduser()
    home.mkdir(parents=True, exist_ok=True)
    for stage in options.stages or STAGES:
        STAGES[stage](home, options.jobs)
    return 0


def _stage(name: str) -> str:
    if name not in STAGES:
        raise argparse.ArgumentTypeError(f"{name} is none of {' '.join(STAGES)}")
    return name


def _plan(home: Path, _: int) -> None:
    planned = orders.plan(Frontend(), tuple(recipes()))
    orders.save(planned, home / "plan.jsonl")
    sys.stderr.write(f"{len(planned)} sentences\n")


def _speak(home: Path, jobs: int) -> None:
    planned = orders.load(home / "plan.jsonl")
    _show(speaking.speak_all(planned, home / "recordings", jobs), len(planned))


def _prepare(home: Path, jobs: int) -> None:
    planned = orders.load(home / "plan.jsonl")
    _show(features.prepare(planned, home / "recordings", home / "corpus", jobs), len(planned))


def _learn(name: str, home: Path, _: int) -> None:
    best = learn(home, name)
    sys.stderr.write(f"{name}: {best:.4f}\n")


def _show(done: Iterator[int], total: int) -> None:
    """Progress on standard error, now and then."""
    begun, last = time.monotonic(), 0.0
    first: int | None = None
    for count in done:
        now = time.monotonic()
        first = count if first is None else first
        if now - last > _EVERY or count == total:
            left = (now - begun) / max(1, count - first) * (total - count)
            sys.stderr.write(f"{count}/{total}, {left / 60:.0f} min left\n")
            last = now


STAGES: Final[dict[str, Callable[[Path, int], None]]] = {
    "plan": _plan,
    "speak": _speak,
    "prepare": _prepare,
    **{name: partial(_learn, name) for name in LESSONS},
}

if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
