"""Files that a command writes: all of them whole, or none at all."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, Final, Self, TextIO

from huisheng.cli import interrupts
from huisheng.errors import RequestError
from huisheng.runtime.files import Draft, draft, storage

STANDARD_OUTPUT: Final = Path("-")


class Outputs(contextlib.ExitStack):
    """The outputs of a command. Files that were not published are removed at the end; earlier ones stay."""

    def __init__(self) -> None:
        super().__init__()
        self._drafts: list[Draft] = []
        self.prints = False
        """Whether standard output is one of them: then nothing else may be printed."""

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def open(self, path: Path) -> BinaryIO:
        """Standard output, a device or pipe, or a file that takes its name when it is published.

        Raises:
            RequestError: it is open already.
            StorageError: it cannot be written.
        """
        if path == STANDARD_OUTPUT:
            return self._standard_output()
        with storage(path):
            if not is_file(path) and not path.is_dir():
                return self.enter_context(path.open("wb"))
        if any(path.resolve() == earlier.target for earlier in self._drafts):
            raise RequestError(
                f"两个输出文件都是 {path}，请换一个名称。", f"Two files shall be {path}; name one otherwise."
            )
        made = self.enter_context(draft(path))
        self._drafts.append(made)
        return made.file

    def _standard_output(self) -> BinaryIO:
        if self.prints:
            raise RequestError(
                "两个输出都是标准输出（-），请把其中一个改为文件。",
                "Two outputs shall be standard output (-); name a file for one of them.",
            )
        self.prints = True
        return sys.stdout.buffer

    def publish(self) -> None:
        """Give all files their names. The command is done then: no signal interrupts it any more.

        Raises:
            KeyboardInterrupt: a signal came before.
            StorageError: a file cannot be written.
        """
        interrupts.commit()
        for made in self._drafts:
            made.publish()


def is_file(path: Path) -> bool:
    """Whether it is a file, or will be: elsewhere nothing is taken back and no name replaced."""
    return path != STANDARD_OUTPUT and (path.is_file() or not path.exists())


@contextlib.contextmanager
def whole_file(path: Path) -> Generator[TextIO]:
    """A text file that takes its name when the block ends well; otherwise what was there before stays.

    Raises:
        StorageError: it cannot be written; told before the block begins where that can be known.
    """
    with draft(path) as made:
        with storage(path):
            text = io.TextIOWrapper(made.file, encoding="utf-8", newline="\n")
            yield text
            text.detach().flush()
        interrupts.commit()
        made.publish()
