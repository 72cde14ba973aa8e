"""Samples to files, the same however they are cut."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huisheng.audio.encoding import AudioFormat, Coder, Coding
from huisheng.labels.aigc import make_label
from huisheng.runtime.audio_store.store import AudioStore
from huisheng.runtime.work.speech import FileRecording
from huisheng.types import Samples
from huisheng.units import Hertz

RATE = Hertz(24_000)
NOISE = (np.random.default_rng(1).standard_normal(9_000) * 0.1).astype(np.float32)
LABEL = make_label().to_json()


@pytest.fixture
def store(tmp_path: Path) -> AudioStore:
    return AudioStore(tmp_path, timedelta(hours=1), 1 << 20)


def record(store: AudioStore, coding: Coding, *parts: Samples) -> bytes:
    with store.draft(".audio") as draft:
        recording = FileRecording(draft, coding, RATE)
        for part in parts:
            recording.add(part)
        recording.finish()
    with store.find(recording.name) as audio:
        return audio.path.read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(cuts=st.lists(st.integers(0, len(NOISE)), max_size=5).map(sorted))
@pytest.mark.parametrize("target", [24_000, 16_000])
def test_a_file_is_the_same_however_the_samples_are_cut(
    store: AudioStore, target: int, cuts: list[int]
) -> None:
    coding = Coding("wav", Hertz(target), LABEL)

    assert record(store, coding, *np.split(NOISE, cuts)) == record(store, coding, NOISE)


@pytest.mark.parametrize("audio_format", ["wav", "flac"])
@pytest.mark.parametrize("target", [24_000, 16_000])
def test_the_header_tells_the_true_length(store: AudioStore, audio_format: AudioFormat, target: int) -> None:
    content = record(store, Coding(audio_format, Hertz(target), LABEL), NOISE)

    assert soundfile.info(io.BytesIO(content)).frames == len(NOISE) * target // RATE
    assert b"\xff\xff\xff\xff" not in content[:200]


@pytest.mark.parametrize("audio_format", ["wav", "flac"])
def test_the_corrected_file_still_decodes_to_the_samples(
    store: AudioStore, audio_format: AudioFormat
) -> None:
    content = record(store, Coding(audio_format, RATE, LABEL), NOISE)

    samples, _ = soundfile.read(io.BytesIO(content), dtype="float32")

    np.testing.assert_allclose(samples, NOISE, atol=1 / 32_768)


def test_frames_are_counted_at_the_rate_of_the_result() -> None:
    coder = Coder(Coding("pcm", Hertz(48_000), ""), RATE)

    coder.encode(NOISE)
    coder.flush()

    assert coder.frames == 2 * len(NOISE)
