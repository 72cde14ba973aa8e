"""A finished piece of speech: kept, encoded, shown."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.audio.encoding import FORMATS
from huisheng.errors import StorageError, UnsupportedFormat, UnsupportedSampleRate
from huisheng.labels.reading import read_label
from huisheng.runtime.speech import Speech, place_timings
from huisheng.types import AudioChunk, Span, Timing
from huisheng.units import SAMPLE_RATES, Hertz, Seconds

RATE = Hertz(24_000)


def tone(length: int = 4_800) -> Speech:
    samples = 0.3 * np.sin(np.arange(length) / 10).astype(np.float32)
    return Speech("啊", samples, RATE, (Timing(Span(0, 1), Seconds(0.0), Seconds(0.2)),))


def chunks(*lengths: int) -> Generator[AudioChunk]:
    for place, length in enumerate(lengths):
        timing = Timing(Span(place, place + 1), Seconds(0.01), Seconds(0.02))
        yield AudioChunk(np.full(length, place, dtype=np.float32), RATE, (timing,), Span(0, place + 1))


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=8))
def test_timings_are_placed_after_the_samples_of_earlier_chunks(lengths: list[int]) -> None:
    speech = Speech.collect("字" * len(lengths), chunks(*lengths))

    begun = np.cumsum([0, *lengths[:-1]]) / RATE
    np.testing.assert_allclose([timing.start for timing in speech.timings], begun + 0.01, atol=1e-9)
    assert [timing.span.start for timing in speech.timings] == list(range(len(lengths)))
    assert len(speech.samples) == sum(lengths)


def test_closing_what_is_placed_closes_the_chunks() -> None:
    source = chunks(10, 10, 10)
    readers = place_timings(source)

    next(readers)
    readers.close()

    assert next(source, None) is None


def test_duration_is_in_seconds() -> None:
    assert tone(12_000).duration == 0.5


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_that_can_carries_the_label(name: str) -> None:
    label = read_label(tone().encode(name))

    assert (label is not None) == FORMATS[name].labelled  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", ["wav", "flac"])
def test_a_lossless_file_holds_the_samples(name: str) -> None:
    heard, rate = soundfile.read(io.BytesIO(tone().encode(name)), dtype="float32")

    assert rate == RATE
    np.testing.assert_allclose(heard, tone().samples, atol=2 / 32_768)


@pytest.mark.slow
@settings(max_examples=30)
@given(st.integers(0, 3_000), st.sampled_from(SAMPLE_RATES), st.sampled_from(["wav", "flac"]))
def test_a_file_of_any_rate_declares_its_true_length(length: int, rate: Hertz, name: str) -> None:
    info = soundfile.info(io.BytesIO(tone(length + 1).encode(name, rate)))

    assert info.samplerate == rate
    assert abs(info.frames - (length + 1) * rate / RATE) <= 0.5  # an exact half may go either way


def test_the_producer_is_written_into_the_label() -> None:
    label = read_label(tone().encode("wav", producer="91110000MA0000000X"))

    assert label is not None
    assert "91110000MA0000000X" in label.to_json()


@pytest.mark.parametrize("suffix", ["wav", "mp3", "opus", "ogg", "flac", "pcm", "WAV"])
def test_the_suffix_of_a_file_is_its_format(tmp_path: Path, suffix: str) -> None:
    path = tone().save(tmp_path / f"speech.{suffix}")

    assert path.read_bytes()[:4] == tone().encode(suffix)[:4]


def test_save_says_where_the_file_is(tmp_path: Path) -> None:
    assert tone().save(str(tmp_path / "语音.wav")) == tmp_path / "语音.wav"


@pytest.mark.parametrize("name", ["speech", "speech.txt"])
def test_a_suffix_that_is_no_format_is_refused_and_nothing_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsupportedFormat):
        tone().save(tmp_path / name)

    assert not list(tmp_path.iterdir())


def test_a_rate_that_we_do_not_write_is_refused() -> None:
    with pytest.raises(UnsupportedSampleRate):
        tone().encode("wav", 11_025)


def test_a_folder_that_is_not_there_is_a_refusal_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="missing"):
        tone().save(tmp_path / "missing" / "speech.wav")


def test_a_notebook_shows_a_player_with_the_whole_file() -> None:
    html = tone()._repr_html_()

    data = base64.b64decode(html.split("base64,")[1].split('"')[0])
    assert soundfile.info(io.BytesIO(data)).frames == len(tone().samples)


@pytest.mark.parametrize("name", ["wav", "flac"])
def test_a_length_that_falls_between_two_samples_is_written_too(name: str) -> None:
    speech = Speech("好", np.zeros(1_000, dtype=np.float32), Hertz(24_000), ())  # 1837.5 samples at 44.1 kHz

    heard, _ = soundfile.read(io.BytesIO(speech.encode(name, 44_100)))

    assert len(heard) in (1_837, 1_838)


def test_the_earlier_name_of_encode_still_works() -> None:
    assert tone().encoded("pcm") == tone().encode("pcm")
