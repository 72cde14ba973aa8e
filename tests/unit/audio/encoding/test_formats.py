"""What every format keeps: the sound, its length, the label, and the stream."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.audio.encoding import ALIASES, FORMATS, AudioFormat, Encoder, find_format, make_encoder
from huisheng.audio.resampling import resample
from huisheng.errors import UnsupportedFormat, UnsupportedSampleRate
from huisheng.labels.aigc import make_label
from huisheng.labels.reading import read_label
from huisheng.types import Samples
from huisheng.units import SAMPLE_RATES, Hertz

LABEL = make_label()
CONTAINERS: tuple[AudioFormat, ...] = ("wav", "mp3", "opus", "flac")
EXACT: tuple[AudioFormat, ...] = ("wav", "flac")
FAITHFUL = {"wav": 80.0, "flac": 80.0, "mp3": 15.0, "opus": 15.0}
"""Least signal-to-noise ratio of the chirp, dB."""

every_rate = pytest.mark.parametrize("rate", SAMPLE_RATES)
every_container = pytest.mark.parametrize("name", CONTAINERS)


def chirp(rate: int, seconds: float = 1.0) -> Samples:
    """(N,) a glide from 200 to 800 Hz that swells and fades, like a syllable."""
    moments = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * (200 * moments + 300 * moments**2 / seconds)
    return (0.5 * np.sin(np.pi * moments / seconds) * np.sin(phase)).astype(np.float32)


def encode(encoder: Encoder, pieces: Iterable[Samples]) -> bytes:
    return b"".join([*map(encoder.encode, pieces), encoder.flush()])


def decode(data: bytes) -> tuple[Samples, int]:
    """All samples and their rate. soundfile's own `read` first asks for the length, which a stream lacks."""
    room = np.zeros(200_000, dtype=np.float32)
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        target = soundfile._ffi.from_buffer("float[]", room)
        length: int = soundfile._snd.sf_readf_float(file._file, target, len(room))
        return room[:length], file.samplerate


def align(sound: Samples, original: Samples) -> Samples:
    """`sound` without the codec's delay: moved to where it resembles `original` most."""
    likeness = np.correlate(sound, original, mode="valid")
    return sound[likeness.argmax() :][: len(original)]


def signal_to_noise(sound: Samples, original: Samples) -> float:
    return float(10 * np.log10(np.square(original).sum() / np.square(sound - original).sum()))


@every_rate
@every_container
def test_the_sound_survives(name: AudioFormat, rate: Hertz) -> None:
    original = chirp(rate)

    sound, coded_rate = decode(encode(make_encoder(name, rate), [original]))

    same_rate = resample(original, rate, Hertz(coded_rate))
    assert signal_to_noise(align(sound, same_rate), same_rate) > FAITHFUL[name]


@every_rate
@pytest.mark.parametrize("name", ["wav", "flac", "opus"])
@pytest.mark.parametrize("length", [1, 479, 480, 9_601])
def test_the_length_is_exact(name: AudioFormat, rate: Hertz, length: int) -> None:
    sound, coded_rate = decode(encode(make_encoder(name, rate), [chirp(rate, 2)[:length]]))

    assert abs(len(sound) - length * coded_rate / rate) <= 0.5


@every_rate
@every_container
def test_the_label_is_read_back(name: AudioFormat, rate: Hertz) -> None:
    data = encode(make_encoder(name, rate, label=LABEL.to_json()), [chirp(rate)])

    assert read_label(data) == LABEL


@every_container
def test_a_label_leaves_the_sound_alone(name: AudioFormat) -> None:
    labelled = encode(make_encoder(name, 24_000, label=LABEL.to_json()), [chirp(24_000)])
    bare = encode(make_encoder(name, 24_000), [chirp(24_000)])

    np.testing.assert_array_equal(decode(labelled)[0], decode(bare)[0])


@every_container
def test_without_a_label_there_is_none(name: AudioFormat) -> None:
    assert read_label(encode(make_encoder(name, 24_000), [chirp(24_000)])) is None


@every_container
def test_the_label_comes_with_the_first_bytes(name: AudioFormat) -> None:
    encoder = make_encoder(name, 24_000, label=LABEL.to_json())

    assert read_label(encoder.encode(chirp(24_000)[:4_800])) == LABEL


@pytest.mark.slow
@every_container
@given(cuts=st.lists(st.integers(0, 24_000)).map(sorted))
@settings(max_examples=20, deadline=None)
def test_the_sound_is_the_same_however_the_stream_is_cut(name: AudioFormat, cuts: list[int]) -> None:
    whole = encode(make_encoder(name, 24_000), [chirp(24_000)])

    pieces = encode(make_encoder(name, 24_000), np.split(chirp(24_000), cuts))

    np.testing.assert_array_equal(decode(pieces)[0], decode(whole)[0])


@pytest.mark.parametrize("name", FORMATS)
def test_single_samples_make_the_same_file(name: AudioFormat) -> None:
    original = chirp(24_000, 0.1)

    pieces = encode(make_encoder(name, 24_000), np.split(original, len(original)))

    whole = encode(make_encoder(name, 24_000), [original])
    assert len(pieces) == len(whole)


@every_rate
@every_container
@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_no_sound_makes_a_valid_file(name: AudioFormat, rate: Hertz, pieces: int) -> None:
    encoder = make_encoder(name, rate, label=LABEL.to_json())

    data = encode(encoder, [np.zeros(0, dtype=np.float32)] * pieces)

    assert read_label(data) == LABEL
    assert np.abs(decode(data)[0]).max(initial=0.0) < 0.001


@every_container
def test_silence_stays_silent(name: AudioFormat) -> None:
    sound, _ = decode(encode(make_encoder(name, 24_000), [np.zeros(24_000, dtype=np.float32)]))

    assert np.abs(sound).max() < 1e-4


@every_container
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -4.0])
def test_samples_that_make_no_sense_make_a_valid_file(name: AudioFormat, value: float) -> None:
    samples = chirp(24_000)
    samples[10_000:10_100] = value

    sound, _ = decode(encode(make_encoder(name, 24_000), [samples]))

    assert np.isfinite(sound).all()


@pytest.mark.parametrize("name", EXACT)
def test_a_known_length_is_declared(name: AudioFormat) -> None:
    data = encode(make_encoder(name, 24_000, frames=24_000), [chirp(24_000)])

    assert soundfile.info(io.BytesIO(data)).frames == 24_000


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("length", [0, 23_999])
def test_a_promise_that_is_not_kept_is_an_error(name: AudioFormat, length: int) -> None:
    encoder = make_encoder(name, 24_000, frames=24_000)
    encoder.encode(chirp(24_000)[:length])

    with pytest.raises(ValueError, match="promises"):
        encoder.flush()


@pytest.mark.parametrize("name", ["pcm", "wav", "flac"])
def test_formats_of_sixteen_bits_hold_the_same_samples(name: AudioFormat) -> None:
    data = encode(make_encoder(name, 24_000), [chirp(24_000)])

    sound = np.frombuffer(data, "<i2") / 32_768 if name == "pcm" else decode(data)[0]

    np.testing.assert_array_equal(sound, np.rint(chirp(24_000) * 32_768) / 32_768)


@pytest.mark.parametrize("name", FORMATS)
def test_an_encoder_says_what_the_table_says(name: AudioFormat) -> None:
    encoder = make_encoder(name, 24_000)

    assert (encoder.media_type, encoder.suffix) == (FORMATS[name].media_type, FORMATS[name].suffix)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_held_back_does_not_grow_with_the_stream(name: AudioFormat) -> None:
    encoder = make_encoder(name, 24_000)

    for _ in range(20):
        encoder.encode(chirp(24_000))

    assert len(encoder.flush()) < 10_000


@pytest.mark.parametrize(
    ("name", "meant"), [*ALIASES.items(), ("MP3", "mp3"), (".flac", "flac"), ("OGG", "opus")]
)
def test_an_alias_means_its_format(name: str, meant: AudioFormat) -> None:
    assert find_format(name) == meant


@pytest.mark.parametrize("name", ["", "aac", "wav ", "../wav", "波形"])
def test_an_unknown_format_is_refused_with_those_that_exist(name: str) -> None:
    with pytest.raises(UnsupportedFormat) as refusal:
        make_encoder(name, 24_000)

    assert refusal.value.known == tuple(FORMATS)


@pytest.mark.parametrize("rate", [0, -1, 7_999, 11_025, 96_000])
def test_an_unknown_rate_is_refused(rate: int) -> None:
    with pytest.raises(UnsupportedSampleRate):
        make_encoder("wav", rate)


@pytest.mark.parametrize(
    ("name", "instead"), [("aac", "mp3"), (".AAC", "mp3"), ("m4a", "mp3"), ("webm", "opus")]
)
def test_a_format_that_is_often_asked_for_is_refused_with_the_one_to_use(name: str, instead: str) -> None:
    with pytest.raises(UnsupportedFormat) as refusal:
        find_format(name)

    assert f"请改用 {instead}，" in refusal.value.message
    assert f"Use {instead}." in refusal.value.english
