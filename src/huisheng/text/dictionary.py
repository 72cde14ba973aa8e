"""Large dictionaries compiled into one compact file each, so that the front-end is ready at once.

The sources (a word list of 350,000 words, readings, English pronunciations) take seconds to digest. A
`Dictionary` is what remains: the entries as UTF-8 lines, grouped in blocks by the first characters of
the key. Opening it reads one file and an index; a block becomes a Python dictionary when a word in it is
asked for. The file is plain text behind a header with version, source and checksum: a damaged, foreign or
outdated file is never used, but built again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from platformdirs import user_cache_dir

from huisheng.errors import SetupError

_FORMAT: Final = "huisheng-dictionary 1"

Entries = Iterable[tuple[str, str]]
"""Keys and values; neither holds a tab or a line break."""


@dataclass(frozen=True, slots=True)
class Block:
    """The entries whose keys begin alike, and the length of the longest key."""

    entries: Mapping[str, str]
    longest: int


class Dictionary:
    """A read-only mapping of strings, parsed block by block. Safe to use from several threads.

    Args:
        body: lines `key TAB value`, sorted by key.
        index: head of the keys → first and last byte of its block in `body`.
        head_length: how many characters of a key choose its block.
    """

    def __init__(self, body: bytes, index: Mapping[str, tuple[int, int]], head_length: int) -> None:
        self._body = body
        self._index = index
        self._head_length = head_length
        self._blocks: dict[str, Block] = {}

    def get(self, key: str) -> str | None:
        """The value of `key`, None when it has none."""
        return self.block(key).entries.get(key)

    def block(self, key: str) -> Block:
        """Every entry whose key begins like `key`."""
        head = key[: self._head_length]
        return self._blocks.get(head) or self._blocks.setdefault(head, self._parse(head))

    def _parse(self, head: str) -> Block:
        start, end = self._index.get(head, (0, 0))
        keys, values = _columns(self._body[start:end])
        shared: dict[str, str] = {}  # equal values are one string
        entries = dict(zip(keys, map(shared.setdefault, values, values), strict=True))
        return Block(entries, max(map(len, keys), default=0))


@dataclass(frozen=True, slots=True)
class DictionarySource:
    """Where a dictionary comes from.

    Attributes:
        name: of the compiled file.
        fingerprint: changes whenever the data behind it does; one word.
        head_length: how many characters of a key choose its block.
        build: reads the data, slowly.
    """

    name: str
    fingerprint: str
    head_length: int
    build: Callable[[], Entries]


def open_dictionary(source: DictionarySource, folder: Path | None = None) -> Dictionary:
    """The compiled dictionary of `source`, compiling it when there is none or it does not fit.

    Args:
        source: name, fingerprint and builder.
        folder: where compiled files live; the user's cache folder by default. It need not be writable.

    Raises:
        SetupError: the data behind it is not installed.
    """
    path = (folder or Path(user_cache_dir("huisheng"), "text")) / f"{source.name}.dictionary"
    compiled = _read(path)
    dictionary = _decode(source, compiled)
    if dictionary is not None:
        return dictionary
    compiled = _encode(source)
    _write(path, compiled)
    fresh = _decode(source, compiled)
    if fresh is None:
        raise SetupError(
            "词典编译失败，请重新安装绘声。", "A dictionary cannot be compiled; reinstall Huisheng."
        )
    return fresh


def data_file(package: str, *parts: str) -> Path:
    """A data file inside an installed package, found without running the package's code.

    Raises:
        SetupError: the package or the file is not installed.
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, *parts)
        if path.is_file():
            return path
    raise SetupError(
        f"缺少词典数据 {package}，请重新安装绘声。",
        f"The dictionary data of {package} is missing; reinstall Huisheng.",
    )


def _encode(source: DictionarySource) -> bytes:
    """Header line, index lines, body lines."""
    index: list[str] = []
    blocks: list[bytes] = []
    entries = sorted(source.build(), key=lambda entry: entry[0])
    for head, group in groupby(entries, key=lambda entry: entry[0][: source.head_length]):
        block = "".join(f"{key}\t{value}\n" for key, value in group).encode("utf-8")
        index.append(f"{head}\t{len(block)}\n")
        blocks.append(block)
    content = "".join(index).encode("utf-8"), b"".join(blocks)
    return _header(source, *content) + content[0] + content[1]


def _header(source: DictionarySource, index: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(index))
    fields = (_FORMAT, source.name, source.fingerprint, len(index), len(body), f"{checksum:08x}")
    return " ".join(map(str, fields)).encode("utf-8") + b"\n"


def _decode(source: DictionarySource, compiled: bytes) -> Dictionary | None:
    """The dictionary in these bytes; None when they are damaged or of another source or version."""
    header, _, content = compiled.partition(b"\n")
    sizes = header.split(b" ")[-3:-1]
    if len(sizes) != 2 or not sizes[0].isdigit():
        return None
    index, body = content[: int(sizes[0])], content[int(sizes[0]) :]
    if header + b"\n" != _header(source, index, body):
        return None
    return Dictionary(body, _offsets(index), source.head_length)


def _offsets(index: bytes) -> dict[str, tuple[int, int]]:
    heads, lengths = _columns(index)
    return dict(zip(heads, pairwise(accumulate(map(int, lengths), initial=0)), strict=True))


def _columns(lines: bytes) -> tuple[list[str], list[str]]:
    """The cells of lines `key TAB value`: keys, and values. There may be many thousands."""
    cells = lines.decode("utf-8").replace("\n", "\t").split("\t")
    return cells[:-1:2], cells[1::2]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # absent or unreadable are the same: it will be built
        return b""


def _write(path: Path, compiled: bytes) -> None:
    """Publish in one step, so that a reader never sees half a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                file.write(compiled)
                file.close()
                Path(file.name).replace(path)
            finally:
                Path(file.name).unlink(missing_ok=True)
    except OSError:  # a cache that cannot be kept costs time, nothing else
        return
