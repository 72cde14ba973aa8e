from __future__ import annotations

from pathlib import Path

from benchmarks.emotion.takes import Ledger, Take


def test_a_ledger_remembers_across_runs(tmp_path: Path) -> None:
    Ledger(tmp_path / "results.jsonl").put("a", [1.0, -2.5])

    assert Ledger(tmp_path / "results.jsonl").get("a") == [1.0, -2.5]


def test_a_line_cut_off_by_an_interruption_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text('["a", [1.0]]\n["b", [2.', encoding="utf-8")

    ledger = Ledger(path)
    ledger.put("c", [3.0])

    assert path.read_text(encoding="utf-8") == '["a", [1.0]]\n["c", [3.0]]\n'


def test_what_is_not_in_the_ledger_is_not_known(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "results.jsonl").get("a") is None


def test_the_neutral_of_a_take_is_the_same_words_by_the_same_voice() -> None:
    assert Take("a", "sad", 2.0, "甲").neutral == Take("a", "neutral", 1.0, "甲")
