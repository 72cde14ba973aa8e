"""WAV, byte by byte, and as Python's own reader sees it."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest

from huisheng.audio.encoding.wav import UNKNOWN_SIZE, WavEncoder, header
from huisheng.units import SAMPLE_RATES, Hertz

RATE = Hertz(24_000)
RAMP = np.linspace(-0.5, 0.5, 1_001, dtype=np.float32)


def file(frames: int | None, label: str = "") -> bytes:
    encoder = WavEncoder(RATE, label, frames)
    return encoder.encode(RAMP) + encoder.flush()


def test_a_header_without_a_label_is_the_classic_one() -> None:
    assert header(RATE, frames=100) == (
        b"RIFF\xec\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0data\xc8\0\0\0"
    )


def test_a_stream_leaves_both_sizes_open() -> None:
    sizes = struct.unpack_from("<I", header(RATE), 4) + struct.unpack_from("<I", header(RATE), 40)

    assert sizes == (UNKNOWN_SIZE, UNKNOWN_SIZE)


def test_a_length_over_four_gigabytes_leaves_both_sizes_open() -> None:
    assert header(RATE, frames=1 << 31) == header(RATE)


@pytest.mark.parametrize("label", ["", "{}", "{1}"])
def test_the_sizes_are_those_of_the_file(label: str) -> None:
    data = file(len(RAMP), label)

    assert struct.unpack_from("<I", data, 4) == (len(data) - 8,)


@pytest.mark.parametrize("label", ["{}", "{1}"])
def test_the_label_stands_before_the_sound_at_an_even_place(label: str) -> None:
    data = header(RATE, label)

    assert data[36:40] == b"AIGC"
    assert data.index(b"data") == 44 + 2 * ((len(label) + 1) // 2)


@pytest.mark.parametrize("label", ["", '{"Label":"1"}'])
@pytest.mark.parametrize("frames", [None, len(RAMP)])
def test_the_wave_module_reads_every_sample(label: str, frames: int | None) -> None:
    with wave.open(io.BytesIO(file(frames, label))) as reader:
        samples = np.frombuffer(reader.readframes(10_000), "<i2")

    np.testing.assert_allclose(samples / 32_768, RAMP, atol=1 / 65_536)


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_the_wave_module_reads_rate_and_length(rate: Hertz) -> None:
    encoder = WavEncoder(rate, frames=len(RAMP))

    with wave.open(io.BytesIO(encoder.encode(RAMP) + encoder.flush())) as reader:
        facts = (reader.getframerate(), reader.getnframes(), reader.getnchannels(), reader.getsampwidth())

    assert facts == (rate, len(RAMP), 1, 2)
