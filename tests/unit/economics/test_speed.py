"""The stored speed of a machine: read back as it was measured, and never trusted where it is damaged."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from huisheng.economics.speed import SPEED, MachineSpeed, format_speed, read_speed


def test_what_was_measured_is_read_back(tmp_path: Path) -> None:
    (tmp_path / SPEED).write_text(format_speed(123.4567), encoding="utf-8")

    assert read_speed(tmp_path) == MachineSpeed(Fraction(123_457, 1_000), "measured")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"characters_per_second = [",
        b"[[" * 2_000,
        b"characters_per_second = {}",
        b'characters_per_second = "fast"',
        b'characters_per_second = "nan"',
        b'characters_per_second = "0"',
        b'characters_per_second = "1e999999999"',
        b'characters_per_second = "1e-999999999"',
    ],
)
def test_a_damaged_file_is_no_speed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SPEED).write_bytes(content)

    assert read_speed(tmp_path) is None


def test_without_a_file_there_is_no_speed(tmp_path: Path) -> None:
    assert read_speed(tmp_path) is None
