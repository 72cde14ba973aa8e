"""MP3 as a stream: the tag in front, then nothing but whole frames at one rate."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile
from mutagen.id3 import ID3
from mutagen.mp3 import MP3, BitrateMode

from huisheng.audio.encoding.mp3 import QUALITIES, Mp3Encoder, id3
from huisheng.units import SAMPLE_RATES, Hertz


def stream(rate: Hertz, label: str = "", seconds: int = 2) -> bytes:
    sound = (0.3 * np.sin(2 * np.pi * 440 * np.arange(seconds * rate) / rate)).astype(np.float32)
    encoder = Mp3Encoder(rate, label)
    return b"".join([*(encoder.encode(piece) for piece in np.split(sound, 50)), encoder.flush()])


def test_every_rate_has_a_quality() -> None:
    assert tuple(QUALITIES) == SAMPLE_RATES


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_the_rate_of_bits_is_constant_and_as_the_table_says(rate: Hertz) -> None:
    file: Any = MP3(io.BytesIO(stream(rate)))

    assert file.info.bitrate == QUALITIES[rate].bits
    assert file.info.bitrate_mode in (BitrateMode.CBR, BitrateMode.UNKNOWN)


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_the_first_frame_is_sound_and_not_an_empty_index(rate: Hertz) -> None:
    first = stream(rate)[:200]

    assert first[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xe3")
    assert any(first[4:40])


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_a_file_is_longer_than_its_sound_by_at_most_three_frames(rate: Hertz) -> None:
    samples, _ = soundfile.read(io.BytesIO(stream(rate)))

    frame = 1_152 if rate > 24_000 else 576
    assert 0 <= len(samples) - 2 * rate <= 3 * frame


def test_a_longer_file_is_longer_by_its_sound() -> None:
    rate = Hertz(24_000)

    assert len(stream(rate, seconds=9)) - len(stream(rate, seconds=3)) == 6 * QUALITIES[rate].bits // 8


@pytest.mark.parametrize("label", ["{}", "x" * 127, "x" * 20_000])
def test_another_reader_finds_the_label(label: str) -> None:
    tags: Any = ID3(io.BytesIO(id3(label) + stream(Hertz(24_000))))

    assert tags.getall("TXXX:AIGC")[0].text == [label]


def test_the_tag_comes_before_any_sound() -> None:
    encoder = Mp3Encoder(Hertz(24_000), "{}")

    assert encoder.encode(np.zeros(1, dtype=np.float32)) == id3("{}")
