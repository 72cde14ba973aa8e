"""`python -m recipes.builtin [STAGE …]`: the stages in order, or those that are named.

Each can be interrupted: what was done stays done.

plan     speaker, text and emotion of every sentence: plan.jsonl
speak    the teacher speaks it: recordings/
hear     a recognizer listens to it, to what is riskiest first: heard.jsonl
cover    what the plan covers, and what it lacks: COVERAGE.md beside this file
prepare  what was spoken, and not heard to be bad, becomes a corpus: corpus/
vocoder, vocoder-judged, acoustic, acoustic-judged
         the trainings: folders of the same names
export   the trained networks become the package that comes with the program
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.emotion.ear import NoEar, install

from huisheng.text.frontend import Frontend
from recipes.builtin import coverage, features, hearing, planning, shipping, speaking
from recipes.builtin.learning import STAGES as TRAININGS
from recipes.builtin.learning import train
from recipes.builtin.speakers import recipes

HOME: Final = Path("~/.cache/huisheng/builtin")
_EVERY: Final = 20.0
"""Seconds between two lines of progress."""


class Task(NamedTuple):
    """What a stage is given.

    Attributes:
        home: where everything lies.
        jobs: processes.
        limit: recordings that are heard at most; 0 for all.
        recorded: whether only what was spoken is looked at.
    """

    home: Path
    jobs: int
    limit: int
    recorded: bool

    @property
    def plan(self) -> list[planning.PlannedUtterance]:
        """The utterances that the first stage planned."""
        return planning.load(self.home / "plan.jsonl")

    @property
    def recordings(self) -> Path:
        """Folder of what was spoken."""
        return self.home / "recordings"

    @property
    def checks(self) -> hearing.RecordingChecks:
        """What was heard of it."""
        return hearing.RecordingChecks(self.recordings, self.home / "heard.jsonl")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stages; 1 when the listening environment cannot be installed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stages", nargs="*", metavar="STAGE", type=_stage, help=" ".join(STAGES))
    parser.add_argument("--home", type=Path, default=HOME, help="where everything lies, default %(default)s")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time, default %(default)s")
    parser.add_argument("--limit", type=int, default=0, help="recordings to hear, the riskiest; 0 for all")
    parser.add_argument("--recorded", action="store_true", help="cover what was spoken so far")
    options = parser.parse_args(arguments)
    task = Task(options.home.expanduser(), options.jobs, options.limit, options.recorded)
    task.home.mkdir(parents=True, exist_ok=True)
    try:
        for stage in options.stages or STAGES:
            STAGES[stage](task)
    except NoEar as error:
        sys.stderr.write(f"错误：评测环境装不上（{error}）。 The ear cannot be installed.\n")
        return 1
    return 0


def _stage(name: str) -> str:
    if name not in STAGES:
        raise argparse.ArgumentTypeError(f"{name} is none of {' '.join(STAGES)}")
    return name


def _plan(task: Task) -> None:
    planned = planning.make_plan(Frontend(), tuple(recipes()))
    planning.save(planned, task.home / "plan.jsonl")
    sys.stderr.write(f"{len(planned)} sentences\n")


def _speak(task: Task) -> None:
    planned = task.plan
    _show(speaking.speak_all(planned, task.recordings, task.jobs), len(planned))


def _hear(task: Task) -> None:
    install()
    asked = hearing.riskiest(task.plan, task.recordings)[: task.limit or None]
    heard = hearing.hear_all(asked, task.recordings, task.checks, task.jobs)
    _show((count for count, _ in enumerate(heard, start=1)), len(asked))
    _tell(task.checks.faults(asked))


def _cover(task: Task) -> None:
    corpus = coverage.read(task.plan, task.recordings, Frontend())
    spoken = [each for each in corpus if each.seconds]
    coverage.PAGE.write_text(coverage.page(spoken if task.recorded else corpus), encoding="utf-8")


def _prepare(task: Task) -> None:
    planned = task.plan
    bad = task.checks.faults(planned)
    _tell(bad)
    good = [utterance for utterance in planned if utterance.id not in bad]
    _show(features.prepare(good, task.recordings, task.home / "corpus", task.jobs), len(good))


def _train(name: str, task: Task) -> None:
    best = train(task.home, name)
    sys.stderr.write(f"{name}: {best:.4f}\n")


def _export(task: Task) -> None:
    sys.stderr.write(f"{shipping.ship(task.home)}\n")


def _tell(bad: Mapping[str, Sequence[str]]) -> None:
    """How many recordings are not learned from, and why."""
    reasons = Counter(fault for faults in bad.values() for fault in faults)
    why = "".join(f", {count} for {name}" for name, count in sorted(reasons.items()))
    sys.stderr.write(f"{len(bad)} recordings left out{why}\n")


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


STAGES: Final[dict[str, Callable[[Task], None]]] = {
    "plan": _plan,
    "speak": _speak,
    "hear": _hear,
    "cover": _cover,
    "prepare": _prepare,
    **{name: partial(_train, name) for name in TRAININGS},
    "export": _export,
}

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what it has begun is ended as after Ctrl-C
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
