"""Our own data files: UTF-8, tab-separated, one row a line, `#` begins a comment line."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from importlib import resources


def rows(package: str, name: str) -> Iterator[tuple[str, ...]]:
    """The rows of `data/<name>` inside `package`, without blank lines and comments."""
    for line in _text(package, name).splitlines():
        if line.strip() and not line.startswith("#"):
            yield tuple(cell.strip() for cell in line.split("\t"))


def checksum(package: str, name: str) -> int:
    """CRC-32 of `data/<name>`: changes whenever the file does, with any line ends."""
    return zlib.crc32(_text(package, name).encode("utf-8"))


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath("data", name).read_text(encoding="utf-8")
