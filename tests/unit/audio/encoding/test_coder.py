"""A stream becomes a file whose header tells the truth."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.audio.encoding import FORMATS, AudioFormat, Coder, Coding, declare_length
from huisheng.audio.resampling import resample
from huisheng.labels.aigc import make_label
from huisheng.labels.reading import read_label
from huisheng.types import Samples
from huisheng.units import SAMPLE_RATES, Hertz

SOURCE = Hertz(24_000)
TONE = (0.3 * np.sin(np.arange(30_000) / 9)).astype(np.float32)
LABEL = make_label().to_json()


def record(coding: Coding, samples: Samples, size: int) -> bytes:
    coder, file = Coder(coding, SOURCE), io.BytesIO()
    for start in range(0, len(samples), size):
        file.write(coder.encode(samples[start : start + size]))
    file.write(coder.flush())
    declare_length(file, coding, coder.frames)
    return file.getvalue()


@settings(max_examples=25)
@given(
    st.sampled_from(["wav", "flac"]),
    st.sampled_from(SAMPLE_RATES),
    st.integers(10, 30_000),
    st.integers(500, 9_000),
)
def test_a_lossless_file_declares_as_many_samples_as_it_holds(
    name: AudioFormat, rate: Hertz, length: int, size: int
) -> None:
    data = record(Coding(name, rate, LABEL), TONE[:length], size)

    info = soundfile.info(io.BytesIO(data))
    heard, _ = soundfile.read(io.BytesIO(data))
    assert info.frames == len(heard)
    assert abs(len(heard) - length * rate / SOURCE) <= 0.5  # a tie may go either way


@pytest.mark.parametrize("name", ["wav", "flac"])
def test_the_samples_are_those_of_the_stream_resampled(name: AudioFormat) -> None:
    data = record(Coding(name, Hertz(16_000), LABEL), TONE, 1_234)

    heard, _ = soundfile.read(io.BytesIO(data), dtype="float32")
    np.testing.assert_allclose(heard, resample(TONE, SOURCE, Hertz(16_000)), atol=2 / 32_768)


@pytest.mark.parametrize("name", FORMATS)
def test_the_label_is_still_there_when_the_length_is_declared(name: AudioFormat) -> None:
    label = read_label(record(Coding(name, SOURCE, LABEL), TONE, 5_000))

    assert (label.to_json() if label else "") == (LABEL if FORMATS[name].labelled else "")


@pytest.mark.parametrize("name", ["mp3", "opus", "pcm"])
def test_a_format_without_the_field_is_left_as_it_is(name: AudioFormat) -> None:
    coding = Coding(name, SOURCE, LABEL)
    file = io.BytesIO(b"untouched")

    declare_length(file, coding, 30_000)

    assert file.getvalue() == b"untouched"


@pytest.mark.parametrize("name", FORMATS)
def test_a_stream_without_samples_is_a_file_of_no_samples(name: AudioFormat) -> None:
    coder = Coder(Coding(name, SOURCE, LABEL), SOURCE)

    coder.flush()

    assert coder.frames == 0
