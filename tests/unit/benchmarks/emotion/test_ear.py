"""Questions go to several processes and answers come in order; a few lines stand for such a process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import pytest
from benchmarks.emotion import ear
from benchmarks.emotion.ear import NoEar, answers

ECHO: Final = """
import json, sys
for line in sys.stdin:
    path, text = json.loads(line)
    print(json.dumps([float(path), float(len(text))]), flush=True)
"""
"""Answers with the name of the file, a number, and the length of the text."""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the ear's interpreter runs."""
    script = tmp_path / "echo.py"
    script.write_text(ECHO, encoding="ascii")
    monkeypatch.setattr(ear, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(ear, "_SCRIPT", script)
    return script


QUESTIONS: Final = [(Path(str(number)), "字" * number) for number in range(5)]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.usefixtures("program")
def test_answers_come_in_the_order_of_the_questions_however_many_listen(jobs: int) -> None:
    assert list(answers(QUESTIONS, jobs)) == [[float(number), float(number)] for number in range(5)]


@pytest.mark.usefixtures("program")
def test_a_file_is_asked_for_when_an_ear_is_ready_for_it() -> None:
    left = iter(QUESTIONS)

    heard = answers(left, 2)

    assert next(heard) == [0.0, 0.0]
    assert next(left) == QUESTIONS[2]
    heard.close()


@pytest.mark.usefixtures("program")
def test_nothing_to_hear_needs_no_ear() -> None:
    assert list(answers([], 0)) == []


def test_an_ear_that_has_ended_is_told(program: Path) -> None:
    program.write_text("", encoding="ascii")

    with pytest.raises(NoEar, match="意外退出"):
        list(answers(QUESTIONS, 1))
