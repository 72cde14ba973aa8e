"""Finds the AIGC label in the bytes of a file: WAV, MP3, FLAC, Ogg (Opus, Vorbis).

Files come from strangers. Every length is checked against what is there, nothing is read twice, and what
breaks off is taken as far as it goes: a file cut short still shows its label.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from huisheng.errors import InvalidLabel
from huisheng.labels.aigc import AigcLabel, parse

KEY: Final = b"AIGC"


def read_label(data: bytes) -> AigcLabel | None:
    """The label of a file.

    Args:
        data: the whole file, or enough of its beginning to hold the metadata.

    Returns:
        None when the container is unknown or holds no label.

    Raises:
        InvalidLabel: the label is damaged, or there is more than one, which the standard forbids.
    """
    labels = [label for starts, find in CONTAINERS if data.startswith(starts) for label in find(data)]
    if len(labels) > 1:
        raise InvalidLabel(
            "文件中有多个 AIGC 标识，按标准只能保留一个。",
            "The file holds more than one AIGC label; the standard allows one.",
        )
    return _parse(labels[0]) if labels else None


def _parse(label: bytes) -> AigcLabel:
    try:
        text = label.decode("utf-8").strip("\0 \r\n\t\ufeff")
    except UnicodeDecodeError as error:
        raise InvalidLabel(
            "文件中的 AIGC 标识编码有误。", "The AIGC label is not encoded in UTF-8."
        ) from error
    return parse(text)


def _in_wav(data: bytes) -> Iterator[bytes]:
    """Bodies of the RIFF chunks called `AIGC`."""
    position = 12 if data[8:12] == b"WAVE" else len(data)
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        if name == KEY:
            yield data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def _in_flac(data: bytes) -> Iterator[bytes]:
    """From the metadata blocks of type 4 (RFC 9639, section 8)."""
    position, last = 4, False
    while not last and position + 4 <= len(data):
        last, kind = bool(data[position] & 0x80), data[position] & 0x7F
        end = position + 4 + int.from_bytes(data[position + 1 : position + 4], "big")
        if kind == 4:
            yield from _in_comments(data[position + 4 : end])
        position = end


def _in_comments(block: bytes) -> Iterator[bytes]:
    """From a Vorbis comment block; names do not mind case."""
    position = 4 + _number(block, 0)
    count = _number(block, position)
    position += 4
    while count > 0 and position + 4 <= len(block):
        end = position + 4 + _number(block, position)
        name, _, value = block[position + 4 : end].partition(b"=")
        if name.upper() == KEY:
            yield value
        position, count = end, count - 1


def _number(block: bytes, position: int) -> int:
    """32 bits, little end first; what is missing counts as 0."""
    return int.from_bytes(block[position : position + 4], "little")


COMMENT_PACKETS: Final = (b"OpusTags", b"\x03vorbis")


def _in_ogg(data: bytes) -> Iterator[bytes]:
    """From the comment packets; every chained or parallel stream may have one."""
    for packet in _header_packets(data):
        for start in COMMENT_PACKETS:
            if packet.startswith(start):
                yield from _in_comments(packet[len(start) :])


def _header_packets(data: bytes) -> Iterator[bytes]:
    """The second packet of each logical stream (RFC 3533), as far as it goes."""
    packets: dict[int, list[bytearray]] = {}
    for page in _pages(data):
        if page.flags & FIRST_PAGE:
            packets[page.serial] = []
        elif page.serial not in packets:
            continue
        begun = packets[page.serial]
        for number, part in enumerate(page.parts):
            if number == 0 and page.flags & CONTINUED and begun:
                begun[-1] += part
            else:
                begun.append(bytearray(part))
        if len(begun) > 2 or (len(begun) == 2 and not page.continues):
            yield bytes(packets.pop(page.serial)[1])
    yield from (bytes(begun[1]) for begun in packets.values() if len(begun) == 2)


CONTINUED: Final = 1
FIRST_PAGE: Final = 2


class _Page(NamedTuple):
    """A page of Ogg.

    Attributes:
        flags: `CONTINUED`, `FIRST_PAGE`.
        serial: of the logical stream.
        parts: packets, the first and the last perhaps in part.
        continues: whether the last goes on on the next page.
    """

    flags: int
    serial: int
    parts: list[bytes]
    continues: bool


def _pages(data: bytes) -> Iterator[_Page]:
    """The pages that follow each other from the beginning; a segment under 255 bytes ends a packet."""
    position = 0
    while data[position : position + 4] == b"OggS" and position + 27 <= len(data):
        flags, serial, segments = data[position + 5], _number(data, position + 14), data[position + 26]
        start = position + 27 + segments
        lacing = data[position + 27 : start]
        ends = [start, *(start + size for size in accumulate(lacing))]
        breaks = [ends[index + 1] for index, length in enumerate(lacing) if length < 255]
        continues = bool(lacing) and lacing[-1] == 255
        bounds = [start, *breaks, *(ends[-1:] if continues else [])]
        yield _Page(flags, serial, [data[a:b] for a, b in pairwise(bounds)], continues)
        position = ends[-1]


def _in_id3(data: bytes) -> Iterator[bytes]:
    """From the TXXX frames of every ID3v2.3 or 2.4 tag at the beginning; FLAC may follow a tag as well."""
    position = 0
    while data[position : position + 3] == b"ID3" and position + 10 <= len(data):
        version, flags = data[position + 3], data[position + 5]
        end = position + 10 + _syncsafe(data[position + 6 : position + 10])
        if version in FRAME_SIZES:
            yield from _in_frames(_tag_body(data[position + 10 : end], version, flags), version)
        position = end + (10 if flags & FOOTER else 0)
    if data[position : position + 4] == b"fLaC":
        yield from _in_flac(data[position:])


FOOTER: Final = 0x10
EXTENDED: Final = 0x40
UNSYNCHRONIZED: Final = 0x80


def _syncsafe(number: bytes) -> int:
    """Seven bits a byte, the highest left empty."""
    value = 0
    for byte in number:
        value = value << 7 | byte & 0x7F
    return value


def _plain(number: bytes) -> int:
    return int.from_bytes(number, "big")


FRAME_SIZES: Final[dict[int, Callable[[bytes], int]]] = {3: _plain, 4: _syncsafe}
"""How each version writes the size of a frame."""


def _tag_body(body: bytes, version: int, flags: int) -> bytes:
    """The frames of a tag, without unsynchronization (2.3: of the whole tag) and extended header."""
    if flags & UNSYNCHRONIZED and version == 3:
        body = _synchronize(body)
    if flags & EXTENDED:
        size = FRAME_SIZES[version](body[:4])
        body = body[size + 4 if version == 3 else max(size, 4) :]
    return body


def _synchronize(body: bytes) -> bytes:
    return body.replace(b"\xff\x00", b"\xff")


def _in_frames(body: bytes, version: int) -> Iterator[bytes]:
    position = 0
    while position + 10 <= len(body) and body[position]:
        size = FRAME_SIZES[version](body[position + 4 : position + 8])
        content = body[position + 10 : position + 10 + size]
        if body[position : position + 4] == b"TXXX":
            yield from _in_user_text(_frame_content(content, version, body[position + 9]))
        position += 10 + size


def _frame_content(content: bytes, version: int, flags: int) -> bytes:
    """A frame of version 2.4 may be unsynchronized by itself, and may begin with its true length."""
    if version == 4 and flags & 1:
        content = content[4:]
    return _synchronize(content) if version == 4 and flags & 2 else content


CODECS: Final = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
"""Encoding of a text frame, by its first byte."""


def _in_user_text(content: bytes) -> Iterator[bytes]:
    """Description and value of a TXXX frame."""
    if not content or content[0] not in CODECS:
        return
    text = content[1:].decode(CODECS[content[0]], errors="replace")
    description, _, value = text.partition("\0")
    if description.lstrip("\ufeff").upper() == KEY.decode():
        yield value.lstrip("\ufeff").encode("utf-8")


CONTAINERS: Final[tuple[tuple[bytes, Callable[[bytes], Iterator[bytes]]], ...]] = (
    (b"RIFF", _in_wav),
    (b"fLaC", _in_flac),
    (b"OggS", _in_ogg),
    (b"ID3", _in_id3),
)
"""First bytes of a file, and where its label is looked for."""
