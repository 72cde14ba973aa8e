"""HTTP/1.1 answers, read while they arrive (RFC 9112). A client library would eat the cores of the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

_LINE: Final = b"\r\n"


class Malformed(Exception):
    """What came is no answer of HTTP, or broke off in the middle."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers, whose names are in lower case."""

    status: int
    headers: Mapping[str, str]


class Body(Protocol):
    """How the end of a body is told."""

    @property
    def ended(self) -> bool:
        """Whether all of it has come."""
        ...

    def decode(self, data: bytes) -> bytes:
        """The content in the next bytes."""
        ...

    def close(self) -> None:
        """Nothing more comes.

        Raises:
            Malformed: there should.
        """
        ...


class Chunked:
    """Pieces, each after its length (RFC 9112, 7.1)."""

    def __init__(self) -> None:
        self._kept = b""
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether the last chunk has come."""
        return self._ended

    def decode(self, data: bytes) -> bytes:
        """The content of every chunk that is complete by now."""
        self._kept += data
        content: list[bytes] = []
        while not self._ended and (chunk := self._next()) is not None:
            content.append(chunk)
            self._ended = not chunk
        return b"".join(content)

    def close(self) -> None:
        """Nothing more comes."""
        if not self._ended:
            raise Malformed("no last chunk")

    def _next(self) -> bytes | None:
        """The next chunk, empty for the last; None while it has not all come."""
        line, found, rest = self._kept.partition(_LINE)
        if not found:
            return None
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError as error:
            raise Malformed("no length of a chunk") from error
        if len(rest) < size + len(_LINE):
            return None
        self._kept = rest[size + len(_LINE) :]
        return rest[:size]


class Counted:
    """A body whose length was told before it (RFC 9112, 6.2)."""

    def __init__(self, length: int) -> None:
        self._missing = length

    @property
    def ended(self) -> bool:
        """Whether as many bytes have come."""
        return self._missing <= 0

    def decode(self, data: bytes) -> bytes:
        """The bytes as they are."""
        self._missing -= len(data)
        return data

    def close(self) -> None:
        """Nothing more comes."""
        if not self.ended:
            raise Malformed(f"{self._missing} bytes are missing")


class UntilClosed:
    """A body that ends with the connection (RFC 9112, 6.3)."""

    ended = False

    def decode(self, data: bytes) -> bytes:
        """The bytes as they are."""
        return data

    def close(self) -> None:
        """Nothing more comes: that is the end."""


def read_head(head: bytes) -> Head:
    """Status line and headers, up to the empty line.

    Raises:
        Malformed: it is no answer of HTTP.
    """
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isdecimal():
        raise Malformed("no status line")
    pairs = (line.partition(":") for line in lines)
    return Head(int(rest[:3]), {name.strip().lower(): value.strip() for name, _, value in pairs})


def body_of(head: Head) -> Body:
    """What reads the body that follows."""
    if "chunked" in head.headers.get("transfer-encoding", "").lower():
        return Chunked()
    length = head.headers.get("content-length", "")
    return Counted(int(length)) if length.isdecimal() else UntilClosed()
