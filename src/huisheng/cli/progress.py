"""Show on stderr how far some work is."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Final, NoReturn, Self, TextIO

from tqdm import tqdm

MEGABYTE: Final = 1_000_000
_QUIET: Final = 1.0
"""Seconds that work may take without a bar."""


class ProgressBars:
    """One bar or line for each file, closed at the end whatever happens.

    Args:
        stream: where to show them.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._file = ""
        self._bar: tqdm[NoReturn] | None = None

    def progress(self, file: str, arrived: int, size: int) -> None:
        """Show the bytes that have arrived."""
        if file != self._file:
            self._begin(file, size)
        if self._bar is not None:
            self._bar.update(arrived - self._bar.n)
        if arrived == size:
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _begin(self, file: str, size: int) -> None:
        self._close()
        self._file = file
        if self._stream.isatty():
            self._bar = tqdm(total=size, desc=file, unit="B", unit_scale=True, file=self._stream, leave=True)
        else:
            print(f"正在下载 Downloading {file}（{size / MEGABYTE:.1f} MB）", file=self._stream, flush=True)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class RowProgress:
    """A bar on a terminal for work that takes longer than a second; nothing elsewhere.

    Args:
        label: what is done.
    """

    def __init__(self, label: str) -> None:
        self._bar: tqdm[NoReturn] = tqdm(
            desc=label,
            delay=_QUIET,
            disable=None,
            file=sys.stderr,
            leave=False,
            bar_format="{desc} {percentage:3.0f}% |{bar}| {postfix}",
        )

    def report(self, table: str, done: int, total: int) -> None:
        """Show how much is done, and where the work is."""
        self._bar.total = total
        self._bar.set_postfix_str(table, refresh=False)
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
