from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from benchmarks.emotion.takes import Ledger
from benchmarks.voice.work import compute_missing, in_order, show_progress

ASKED = {"三": ("3", 3), "四": ("4", 4)}


def pid(_: str) -> int:
    """The id of the process that works."""
    return os.getpid()


def halve(number: int) -> list[float]:
    """A half."""
    return [number / 2]


def test_one_job_needs_no_other_process() -> None:
    assert list(in_order(pid, ["a"], 1)) == [os.getpid()]


def test_results_of_several_processes_come_in_the_order_of_their_items() -> None:
    assert list(in_order(math.sqrt, [9.0, 1.0, 4.0], 2)) == [3.0, 1.0, 2.0]


def test_what_is_known_is_not_done_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.put("3", [7.0])

    assert dict(compute_missing(halve, ASKED, ledger, 1)) == {"三": [7.0], "四": [2.0]}


def test_what_is_done_is_known_at_once(tmp_path: Path) -> None:
    next(compute_missing(halve, ASKED, Ledger(tmp_path / "ledger.jsonl"), 1))

    assert Ledger(tmp_path / "ledger.jsonl").get("3") == [1.5]


def test_work_is_counted_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(show_progress("听", 2, "ab")) == ["a", "b"]
    assert capsys.readouterr().err == "\r听 1/2\r听 2/2\n"
