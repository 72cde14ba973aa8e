from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.text.asking import Peer
from benchmarks.text.cases import Task


def told_by_pypinyin(task: Task, question: str) -> str:
    """What the program answers; this peer is installed everywhere."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.text.peers", "pypinyin"],
        input=json.dumps({task: [question]}),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return json.loads(done.stdout)["answers"][task][0]


def test_the_reading_of_the_character_in_brackets_is_told_among_foreign_letters() -> None:
    assert told_by_pypinyin("polyphones", "他NBA[得]了，A1") == "de2"


def test_tones_are_told_as_heard_and_without_marks() -> None:
    assert told_by_pypinyin("sandhi", "不对，一定") == "bu2 dui4 yi2 ding4"


def test_a_question_that_cannot_be_answered_has_an_empty_answer() -> None:
    assert told_by_pypinyin("polyphones", "没有问") == ""


def test_a_peer_that_was_not_asked_has_no_sheets() -> None:
    assert Peer("g2pM", reason="没有网络").sheets == {}
