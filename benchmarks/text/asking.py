"""The peers and their processes, seen from this side: `peers.py` is the other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.environment import EVALUATION, PYTHON, NoEnvironment, last_line
from benchmarks.text.cases import Case, Part, Task, read
from benchmarks.text.peers import PEERS
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
    """

    name: str
    version: str = ""
    reason: str = ""
    sheets: Mapping[Task, Sheet] = field(default_factory=dict[Task, Sheet])


def ask_all(part: Part) -> list[Peer]:
    """Every peer on one part of the cases, one after another."""
    try:
        EVALUATION.install()
    except NoEnvironment as error:
        return [Peer(name, reason=str(error)) for name in PEERS]
    return [_ask(name, part) for name in PEERS]


def _ask(name: str, part: Part) -> Peer:
    cases: dict[Task, Sequence[Case]] = {task: read(task, part) for task in PEERS[name]}
    done = subprocess.run(
        [str(PYTHON), "-m", _PROGRAM, name],
        check=False,
        input=json.dumps({task: [case.question for case in its] for task, its in cases.items()}),
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        return Peer(name, reason=last_line(done.stderr))
    answer = json.loads(done.stdout)
    sheets: dict[Task, Sheet] = {
        task: score_all(task, its, answer["answers"][task]) for task, its in cases.items()
    }
    return Peer(name, answer["version"], sheets=sheets)
