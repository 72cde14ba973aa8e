"""Ogg Opus as a stream: short pages, each of them valid."""

from __future__ import annotations

import io
import itertools
from typing import Any

import numpy as np
import pytest
from mutagen.oggopus import OggOpus

from huisheng.audio.encoding import ogg
from huisheng.audio.encoding.opus import OpusEncoder
from huisheng.types import Samples
from huisheng.units import SAMPLE_RATES, Hertz


def tone(rate: int, seconds: float = 2.0) -> Samples:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def stream(rate: Hertz, label: str = "") -> bytes:
    encoder = OpusEncoder(rate, label)
    return b"".join([*(encoder.encode(piece) for piece in np.split(tone(rate), 100)), encoder.flush()])


def pages(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    start = 0
    while header := ogg.read_page(data, start):
        found.append(data[start : header.end])
        start = header.end
    assert start == len(data)
    return found


def granule(page: bytes) -> int:
    return int.from_bytes(page[6:14], "little")


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_the_first_sound_is_out_after_200_ms(rate: Hertz) -> None:
    encoder = OpusEncoder(rate)
    step = rate // 50

    early = b"".join(encoder.encode(piece) for piece in np.split(tone(rate)[: 10 * step], 10))

    assert len(pages(early)) >= 3


def test_a_page_before_the_last_holds_at_most_100_ms() -> None:
    *ends, _ = [granule(page) for page in pages(stream(Hertz(24_000)))[2:]]

    assert max(b - a for a, b in itertools.pairwise([0, *ends])) <= 4_800


@pytest.mark.parametrize("label", ["", "{}", "x" * 1_000])
def test_every_page_has_a_right_checksum(label: str) -> None:
    for page in pages(stream(Hertz(24_000), label)):
        assert ogg.checksum(page[:22] + bytes(4) + page[26:]) == int.from_bytes(page[22:26], "little")


def test_pages_are_numbered_without_a_gap() -> None:
    numbers = [int.from_bytes(page[18:22], "little") for page in pages(stream(Hertz(24_000), "{}"))]

    assert numbers == list(range(len(numbers)))


def test_the_last_page_ends_the_stream() -> None:
    assert [page[5] & 4 for page in pages(stream(Hertz(24_000)))][-2:] == [0, 4]


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_another_reader_finds_length_and_label(rate: Hertz) -> None:
    file: Any = OggOpus(io.BytesIO(stream(rate, '{"Label":"1"}')))

    assert file.info.length == pytest.approx(2, abs=1 / rate)
    assert file["aigc"] == ['{"Label":"1"}']


@pytest.mark.parametrize("size", [0, 1, 254, 255, 256, 510, ogg.MAX_PACKET])
def test_a_page_of_any_size_is_read_back(size: int) -> None:
    page = ogg.page(b"x" * size, serial=7, sequence=1)

    assert ogg.read_page(page, 0) == (7, len(page))


def test_a_page_that_is_not_all_there_is_waited_for() -> None:
    page = ogg.page(b"x" * 300, serial=7, sequence=1)

    assert [length for length in range(len(page)) if ogg.read_page(page[:length], 0)] == []


def test_a_packet_too_long_for_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        ogg.page(b"x" * (ogg.MAX_PACKET + 1), serial=7, sequence=1)
