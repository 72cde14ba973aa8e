"""What a FLAC header says when the sound is still to come."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from mutagen.flac import FLAC, StreamInfo

from huisheng.audio.encoding.flac import FlacEncoder
from huisheng.units import Hertz

SOUND = np.sin(np.arange(24_000) / 20).astype(np.float32)


def stream(label: str = "", frames: int | None = None) -> bytes:
    encoder = FlacEncoder(Hertz(24_000), label, frames)
    return b"".join([*(encoder.encode(piece) for piece in np.split(SOUND, 50)), encoder.flush()])


def info(data: bytes) -> StreamInfo:
    file: Any = FLAC(io.BytesIO(data))
    return file.info


def test_a_stream_declares_its_total_unknown() -> None:
    assert info(stream()).total_samples == 0


@pytest.mark.parametrize("label", ["", '{"Label":"1"}'])
def test_a_known_total_is_declared(label: str) -> None:
    assert info(stream(label, len(SOUND))).total_samples == len(SOUND)


def test_rate_channels_and_bits_are_declared() -> None:
    facts = info(stream(frames=len(SOUND)))

    assert (facts.sample_rate, facts.channels, facts.bits_per_sample) == (24_000, 1, 16)


def test_another_reader_finds_the_label() -> None:
    assert FLAC(io.BytesIO(stream('{"Label":"1"}')))["AIGC"] == ['{"Label":"1"}']


def test_sound_comes_while_more_goes_in() -> None:
    encoder = FlacEncoder(Hertz(24_000))

    header, *blocks = [encoder.encode(SOUND[start : start + 480]) for start in range(0, 9_600, 480)]

    assert header.startswith(b"fLaC")
    assert len([block for block in blocks if block]) == 2
