"""Recordings are read as far as they go, and nothing that a header claims is believed."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from huisheng.audio.decoding import MOST_CHANNELS, SUFFIXES, AudioDecoder, decoding
from huisheng.errors import UnreadableAudio
from huisheng.types import Samples

RATE = 24_000
TONE = (0.3 * np.sin(2.0 * np.pi * 440.0 * np.arange(3 * RATE) / RATE)).astype(np.float32)
SUBTYPES = {".wav": "PCM_16", ".flac": "PCM_24", ".ogg": "VORBIS", ".opus": "OPUS", ".mp3": None}


def write(path: Path, samples: Samples = TONE, subtype: str | None = None, kind: str | None = None) -> Path:
    soundfile.write(path, samples, RATE, subtype=subtype, format=kind)
    return path


def collect(path: Path) -> Samples:
    with decoding(path) as decoder:
        return np.concatenate(list(decoder.blocks()))[:, 0]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_back_what_was_written(tmp_path: Path, suffix: str) -> None:
    kind = "OGG" if suffix == ".opus" else None

    read = collect(write(tmp_path / f"a{suffix}", subtype=SUBTYPES[suffix], kind=kind))

    middle = slice(RATE, 2 * RATE)  # encoders with loss shift and shape the beginning
    assert len(read) == pytest.approx(len(TONE), abs=2_500)
    assert np.sqrt(np.square(read[middle]).mean()) == pytest.approx(0.3 / np.sqrt(2.0), rel=0.05)


def test_channels_stay_apart(tmp_path: Path) -> None:
    with decoding(write(tmp_path / "a.wav", np.stack([TONE, -TONE], axis=1), "FLOAT")) as decoder:
        block = next(decoder.blocks())

    assert decoder.channels == block.shape[1] == 2
    np.testing.assert_array_equal(block[:, 0], -block[:, 1])


@pytest.mark.parametrize(("subtype", "bounded"), [("PCM_16", True), ("PCM_24", True), ("FLOAT", False)])
def test_only_integers_end_at_full_scale(tmp_path: Path, subtype: str, bounded: bool) -> None:
    with decoding(write(tmp_path / "a.wav", subtype=subtype)) as decoder:
        assert decoder.bounded is bounded


def wav(path: Path, channels: int = 1, rate: int = RATE, claimed: int = 4) -> Path:
    """A header, and two samples whatever it claims."""
    layout = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    head = b"RIFF" + struct.pack("<I", min(claimed + 36, 0xFFFF_FFFF)) + b"WAVEfmt " + struct.pack("<I", 16)
    path.write_bytes(head + layout + b"data" + struct.pack("<I", claimed) + b"\x01\0\x02\0")
    return path


def test_a_header_that_promises_gigabytes_gives_what_is_there(tmp_path: Path) -> None:
    assert len(collect(wav(tmp_path / "a.wav", claimed=0xFFFF_FFF0))) == 2


@pytest.mark.parametrize(
    ("channels", "rate"), [(MOST_CHANNELS + 1, RATE), (1, 0), (1, 1_000_000_000), (0, RATE)]
)
def test_a_header_that_no_recording_has_is_refused(tmp_path: Path, channels: int, rate: int) -> None:
    with pytest.raises(UnreadableAudio):
        collect(wav(tmp_path / "a.wav", channels=channels, rate=rate))


@pytest.mark.parametrize("content", [b"", b"R", b"RIFF", "妈妈。".encode() * 1000, bytes(10_000)])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_no_sound_is_refused_with_its_cause(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)

    with pytest.raises(UnreadableAudio, match=f"a{suffix}") as caught:
        collect(path)

    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    samples = TONE.copy()
    samples[RATE] = value

    with pytest.raises(UnreadableAudio, match="非数值"):
        collect(write(tmp_path / "a.wav", samples, "FLOAT"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableAudio):
        collect(tmp_path / "a.wav")


@pytest.mark.parametrize("name", [b"a\nb.wav", "录音.wav".encode("gbk")])
def test_a_name_of_any_bytes_is_read_and_named_in_one_line(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    write(tmp_path / "plain.wav").rename(path)
    assert len(collect(path)) == len(TONE)
    path.write_bytes(b"no sound")

    with pytest.raises(UnreadableAudio) as caught:
        collect(path)

    assert caught.value.message.isprintable()


def test_the_file_is_closed_at_the_end(tmp_path: Path) -> None:
    with decoding(write(tmp_path / "a.wav")) as decoder:
        pass

    with pytest.raises(UnreadableAudio):
        next(AudioDecoder.blocks(decoder))
