"""Labels are found in files of ours, of others, and in broken ones."""

# mutagen is typed in part
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mutagen.flac import FLAC
from mutagen.id3 import ID3, TXXX, Encoding
from mutagen.oggopus import OggOpus

from huisheng.errors import InvalidLabel
from huisheng.labels.aigc import AigcLabel, make_label
from huisheng.labels.reading import read_label

LABEL = make_label()
JSON = LABEL.to_json()
OTHER = make_label().to_json()


def sound(container: str, codec: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(24_000, np.float32), 24_000, format=container, subtype=codec)
    return file.getvalue()


FLAC_FILE, OPUS_FILE, WAV_FILE = sound("FLAC", "PCM_16"), sound("OGG", "OPUS"), sound("WAV", "PCM_16")


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def wav(*labels: str, data_size: int | None = None) -> bytes:
    chunks = b"".join(chunk(b"AIGC", label.encode()) for label in labels)
    data = chunk(b"data", b"\0" * 100)
    if data_size is not None:
        data = b"data" + struct.pack("<I", data_size) + b"\0" * 100
    return b"RIFF\xff\xff\xff\xffWAVE" + chunk(b"fmt ", b"\0" * 16) + chunks + data


def id3(*labels: str, version: int = 4, encoding: Encoding = Encoding.UTF8) -> bytes:
    file = io.BytesIO()
    tags = ID3()
    for number, label in enumerate(labels):
        description = "AIGC" if number == 0 else "aigc"
        tags.add(TXXX(encoding=encoding, desc=description, text=[label]))
    tags.save(file, v2_version=version)
    return file.getvalue() + b"\xff\xfb" + b"\0" * 100


def flac(*labels: str) -> bytes:
    file = io.BytesIO(FLAC_FILE)
    tags = FLAC(file)
    tags["AIGC"] = list(labels)
    file.seek(0)
    tags.save(file)
    return file.getvalue()


def opus(*labels: str, before: str = "") -> bytes:
    file = io.BytesIO(OPUS_FILE)
    tags = OggOpus(file)
    tags["COMMENT"] = [before]
    tags["aigc"] = list(labels)
    file.seek(0)
    tags.save(file)
    return file.getvalue()


FILES = [wav(JSON), id3(JSON), flac(JSON), opus(JSON)]


@pytest.mark.parametrize("data", FILES, ids=["wav", "mp3", "flac", "opus"])
def test_a_label_written_by_another_program_is_found(data: bytes) -> None:
    assert read_label(data) == LABEL


@pytest.mark.parametrize("data", [WAV_FILE, FLAC_FILE, OPUS_FILE, b"", b"\0" * 50, b"\xff\xfb" * 9])
def test_a_file_without_a_label_has_none(data: bytes) -> None:
    assert read_label(data) is None


@pytest.mark.parametrize(
    "data",
    [wav(JSON, OTHER), id3(JSON, OTHER), flac(JSON, OTHER), opus(JSON, OTHER)],
    ids=["wav", "mp3", "flac", "opus"],
)
def test_two_labels_are_an_error(data: bytes) -> None:
    with pytest.raises(InvalidLabel, match="多个"):
        read_label(data)


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("encoding", [Encoding.LATIN1, Encoding.UTF16])
def test_id3_is_read_in_both_versions_and_in_old_encodings(version: int, encoding: Encoding) -> None:
    assert read_label(id3(JSON, version=version, encoding=encoding)) == LABEL


def test_an_unsynchronized_id3_tag_is_read() -> None:
    body = b"\x01" + "AIGC\0".encode("utf-16") + JSON.encode("utf-16")
    frame = b"TXXX" + struct.pack(">IH", len(body), 0) + body
    tag = frame.replace(b"\xff", b"\xff\x00")
    size = bytes([0, 0, len(tag) >> 7, len(tag) & 0x7F])

    assert read_label(b"ID3\x03\x00\x80" + size + tag) == LABEL


def test_a_label_behind_the_sound_of_a_wav_is_found() -> None:
    assert read_label(WAV_FILE + chunk(b"AIGC", JSON.encode())) == LABEL


def test_a_streamed_wav_with_sizes_unknown_is_read() -> None:
    assert read_label(wav(JSON, data_size=0xFFFF_FFFF)) == LABEL


def test_a_comment_packet_over_several_pages_is_read() -> None:
    assert read_label(opus(JSON, before="x" * 200_000)) == LABEL


def test_a_second_tag_counts_as_well() -> None:
    with pytest.raises(InvalidLabel):
        read_label(id3(JSON)[: -len(b"\xff\xfb") - 100] + id3(OTHER))


def test_a_flac_behind_an_id3_tag_is_read() -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x00"

    assert read_label(tag + flac(JSON)) == LABEL


def test_a_wrapped_label_is_read_from_a_file() -> None:
    assert read_label(wav('{"AIGC":' + JSON + "}")) == LABEL


@pytest.mark.parametrize("text", ["", "{", "\udcff", "标识"])
def test_a_damaged_label_is_an_error(text: str) -> None:
    body = text.encode("utf-8", "surrogateescape")

    with pytest.raises(InvalidLabel):
        read_label(b"RIFF\0\0\0\0WAVE" + chunk(b"AIGC", body))


def outcome(data: bytes) -> AigcLabel | None:
    try:
        return read_label(data)
    except InvalidLabel:
        return None


@given(st.sampled_from(FILES), st.integers(0, 2_000))
@settings(deadline=None)
def test_a_file_cut_anywhere_shows_its_label_or_none(data: bytes, length: int) -> None:
    assert outcome(data[:length]) in (LABEL, None)


@given(st.sampled_from(FILES), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8))
@settings(deadline=None)
def test_changed_bytes_never_break_the_reader(data: bytes, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(data[:4_000])
    for place, value in changes:
        changed[min(place, len(changed) - 1)] = value

    assert isinstance(outcome(bytes(changed)), AigcLabel | None)


@given(
    st.sampled_from(
        [b"RIFF", b"RIFF\0\0\0\0WAVE", b"fLaC", b"OggS", b"OggS\0\2", b"ID3", b"ID3\4\0\0\0\0\x7f\x7f"]
    ),
    st.binary(max_size=600),
)
@example(b"OggS\0\2" + b"\0" * 20 + b"\xff", b"\xff" * 600)
@example(b"ID3\3\0\xc0\x7f\x7f\x7f\x7f", b"\xff" * 600)
@example(b"fLaC\x84\xff\xff\xff", b"\xff" * 600)
@settings(deadline=None)
def test_noise_behind_a_signature_never_breaks_the_reader(signature: bytes, noise: bytes) -> None:
    assert outcome(signature + noise) is None
