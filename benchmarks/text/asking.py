"""The peers and their processes, seen from this side: `peers.py` is the other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.environment import EVALUATION, PYTHON, NoEnvironment, last_line
from benchmarks.text.cases import Case, Part, Task, read
from benchmarks.text.natural import Paragraph
from benchmarks.text.natural_scoring import Score, score_alike
from benchmarks.text.peers import PEERS, RUNNING, SILENT
from benchmarks.text.scoring import Sheet, score_all

_PROGRAM = "benchmarks.text.peers"


@dataclass(frozen=True, slots=True)
class Peer:
    """Another front-end.

    Attributes:
        name: of its package.
        version: of its package; empty when it could not be asked.
        reason: why it could not.
        sheets: its tasks; none when it could not be asked.
        running: its readings of running text; None when it gives none.
    """

    name: str
    version: str = ""
    reason: str = ""
    sheets: Mapping[Task, Sheet] = field(default_factory=dict[Task, Sheet])
    running: Score | None = None


def ask_all(part: Part, running: Sequence[Paragraph]) -> list[Peer]:
    """Every peer on one part of the cases and on running text, one after another."""
    try:
        EVALUATION.install()
    except NoEnvironment as error:
        return [Peer(name, reason=str(error)) for name in PEERS]
    return [_ask(name, part, running) for name in PEERS]


def _ask(name: str, part: Part, running: Sequence[Paragraph]) -> Peer:
    cases: dict[Task, Sequence[Case]] = {task: read(task, part) for task in PEERS[name]}
    questions = {task: [case.question for case in its] for task, its in cases.items()}
    if name in RUNNING:
        questions["running"] = [paragraph.text for paragraph in running]
    done = subprocess.run(
        [str(PYTHON), "-m", _PROGRAM, name],
        check=False,
        input=json.dumps(questions),
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        return Peer(name, reason=last_line(done.stderr))
    answer = json.loads(done.stdout)
    answers = answer["answers"]
    sheets: dict[Task, Sheet] = {task: score_all(task, its, answers[task]) for task, its in cases.items()}
    read_all = name in RUNNING
    told = score_alike(running, [_readings(each) for each in answers["running"]]) if read_all else None
    return Peer(name, answer["version"], sheets=sheets, running=told)


def _readings(answer: str) -> list[str]:
    """A reading for each character, empty where there is none."""
    return ["" if each == SILENT else each for each in answer.split()]
