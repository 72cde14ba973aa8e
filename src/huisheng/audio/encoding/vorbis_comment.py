"""The metadata that FLAC and Opus share: names and texts (Vorbis I specification, section 5)."""

from __future__ import annotations

import struct
from typing import Final

VENDOR: Final = b"huisheng"
"""Names the program that wrote the file."""


def comments(label: str) -> bytes:
    """The comment header without framing: vendor, then the label under the name `AIGC`, if there is one."""
    entries = [b"AIGC=" + label.encode("ascii")] if label else []
    return _with_length(VENDOR) + struct.pack("<I", len(entries)) + b"".join(map(_with_length, entries))


def _with_length(text: bytes) -> bytes:
    return struct.pack("<I", len(text)) + text
