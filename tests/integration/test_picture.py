"""The picture of the page can be taken by its command."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from tools.showcase.picture import FILE, HEIGHT, SCALE, WIDTH, main

LARGEST = 300_000
"""Bytes: the README loads it."""


def size(picture: Path) -> tuple[int, int]:
    """Width and height from the first chunk of a PNG (RFC 2083, 4.1.1), pixels."""
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


@pytest.mark.browser
def test_the_command_takes_a_picture_of_the_page(tmp_path: Path) -> None:
    picture = tmp_path / "page.png"

    assert main([str(picture)]) == 0
    assert size(picture) == (WIDTH * SCALE, HEIGHT * SCALE)


def test_the_committed_picture_is_small() -> None:
    assert size(FILE) == (WIDTH * SCALE, HEIGHT * SCALE)
    assert FILE.stat().st_size <= LARGEST
