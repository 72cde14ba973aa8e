"""What figures are held against."""

from __future__ import annotations

import pytest
from benchmarks.targets import Target, target_table


@pytest.mark.parametrize(
    ("measured", "at_least", "met"),
    [
        *((4.9, False, True), (5.0, False, True), (5.1, False, False), (None, False, False)),
        *((4.9, True, False), (5.0, True, True), (5.1, True, True), (None, True, False)),
    ],
)
def test_a_target_is_met_on_its_side_of_the_limit_if_measured(
    measured: float | None, at_least: bool, met: bool
) -> None:
    assert Target("", 5.0, measured, "", at_least).met is met


@pytest.mark.parametrize(("undisturbed", "met"), [(1.1, True), (0.9, False)])
def test_a_target_is_met_only_if_the_least_disturbed_rounds_agree(undisturbed: float, met: bool) -> None:
    assert Target("", 1.0, 1.07, "×", at_least=True, undisturbed=undisturbed).met is met


def test_a_target_that_was_measured_on_a_busy_machine_is_not_met() -> None:
    assert not Target("", 5.0, 9.0, "×", at_least=True, valid=False).met


@pytest.mark.parametrize(
    ("target", "row"),
    [
        (Target("a", 5.0, 4.567, "ms"), "| a | ≤ 5 ms | 4.57 ms | 达到 met |"),
        (Target("a", 95.0, 91.0, "%", at_least=True), "| a | ≥ 95 % | 91 % | **未达到 not met** |"),
        (Target("a", 0.05, None, ""), "| a | ≤ 0.05 | — | 未测 not measured |"),
        (Target("a", 5000.0, 1234.6, "/s"), "| a | ≤ 5,000 /s | 1,235 /s | 达到 met |"),
        (Target("a", 5000.0, 999.6, "/s"), "| a | ≤ 5,000 /s | 1,000 /s | 达到 met |"),
        (Target("a", 5000.0, 999.4, "/s"), "| a | ≤ 5,000 /s | 999 /s | 达到 met |"),
    ],
)
def test_a_row_tells_limit_figure_and_verdict(target: Target, row: str) -> None:
    assert target_table([target]).splitlines()[2] == row


@pytest.mark.parametrize(
    ("target", "row"),
    [
        (Target("a", 95.0, 94.96, "%", at_least=True), "| a | ≥ 95 % | 94.96 % | **未达到 not met** |"),
        (Target("a", 95.0, 94.996, "%", at_least=True), "| a | ≥ 95 % | 94.996 % | **未达到 not met** |"),
        (Target("a", 5.0, 5.004, "ms"), "| a | ≤ 5 ms | 5.004 ms | **未达到 not met** |"),
        (Target("a", 1000.0, 1000.4, "/s"), "| a | ≤ 1,000 /s | 1,000.4 /s | **未达到 not met** |"),
    ],
)
def test_a_figure_that_would_be_rounded_to_the_limit_is_told_to_the_digit(target: Target, row: str) -> None:
    assert target_table([target]).splitlines()[2] == row


def test_a_row_of_unsettled_rounds_tells_the_least() -> None:
    row = target_table([Target("a", 1.0, 1.07, "×", at_least=True, undisturbed=0.9)])

    assert "unsettled" in row
    assert "0.9 ×" in row


def test_a_row_of_a_busy_machine_is_marked() -> None:
    assert "the machine was busy" in target_table([Target("a", 1.0, 9.0, "×", at_least=True, valid=False)])
