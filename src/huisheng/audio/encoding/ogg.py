"""Ogg pages (RFC 3533): enough to replace one header page of a stream."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

CAPTURE: Final = b"OggS"
HEADER: Final = struct.Struct("<4sBBqIIIB")
"""Capture pattern, version, flags, granule position, serial, sequence, checksum, number of segments."""

MAX_PACKET: Final = 255 * 255 - 1
"""Longest packet that one page holds, in bytes."""


def _remainder(byte: int) -> int:
    value = byte << 24
    for _ in range(8):
        value = (value << 1) ^ (0x04C1_1DB7 if value & 0x8000_0000 else 0)
    return value & 0xFFFF_FFFF


_REMAINDERS: Final = tuple(_remainder(byte) for byte in range(256))


def checksum(page: bytes) -> int:
    """CRC-32 of a page whose checksum field is zero: polynomial 0x04C11DB7, not reflected, from 0."""
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFF_FFFF) ^ _REMAINDERS[value >> 24 ^ byte]
    return value


def page(packet: bytes, serial: int, sequence: int) -> bytes:
    """A header page that holds one whole packet (granule position 0, no flags).

    Raises:
        ValueError: the packet is over `MAX_PACKET` bytes.
    """
    if len(packet) > MAX_PACKET:
        raise ValueError(f"a packet of {len(packet)} bytes does not fit into one page")
    full, rest = divmod(len(packet), 255)
    segments = bytes([255] * full + [rest])

    def pack(crc: int) -> bytes:
        return HEADER.pack(CAPTURE, 0, 0, 0, serial, sequence, crc, len(segments)) + segments + packet

    return pack(checksum(pack(0)))


class PageHeader(NamedTuple):
    """The two facts of a page that we need.

    Attributes:
        serial: of the logical stream.
        end: first byte after the page.
    """

    serial: int
    end: int


def read_page(data: bytes | bytearray, start: int) -> PageHeader | None:
    """The page that begins at byte `start`; None while it is not all there."""
    if len(data) < start + HEADER.size:
        return None
    _, _, _, _, serial, _, _, segments = HEADER.unpack_from(data, start)
    body = start + HEADER.size + segments
    end = body + sum(data[start + HEADER.size : body])
    return PageHeader(serial, end) if len(data) >= end else None
