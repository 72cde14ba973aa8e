"""Bars on a terminal, lines elsewhere."""

from __future__ import annotations

import io

from huisheng.cli.progress import ProgressBars


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def report(stream: io.StringIO) -> str:
    with ProgressBars(stream) as bars:
        for arrived in (0, 500_000, 1_000_000, 1_000_000):
            bars.progress("one.whl", arrived, 1_000_000)
        bars.progress("two.whl", 0, 2_000_000)
    return stream.getvalue()


def test_a_file_elsewhere_is_one_line_with_its_size() -> None:
    lines = report(io.StringIO()).splitlines()

    assert lines == ["正在下载 Downloading one.whl（1.0 MB）", "正在下载 Downloading two.whl（2.0 MB）"]


def test_a_bar_that_is_full_is_left_on_a_line_of_its_own() -> None:
    shown = report(Terminal())

    assert "one.whl: 100%" in shown
    assert shown.count("\n") == 2
