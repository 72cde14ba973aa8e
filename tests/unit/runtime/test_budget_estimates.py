"""What a text will take, before it is spoken."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from huisheng.audio.encoding import FORMATS, AudioFormat, Coder, Coding
from huisheng.labels.aigc import make_label
from huisheng.runtime.budget import estimate_bytes, estimate_length, minimum_bytes
from huisheng.text.markup.script import MarkupVocabulary, Script, read
from huisheng.types import Samples
from huisheng.units import SAMPLE_RATES, Hertz

SECONDS = 3


def script(text: str) -> Script:
    return read(text, "none", MarkupVocabulary())


def noise(count: int) -> Samples:
    return np.random.default_rng(0).uniform(-1.0, 1.0, count).astype(np.float32)


def swept(count: int) -> Samples:
    """A square wave that rises through all pitches."""
    return np.sign(np.sin(np.cumsum(np.linspace(0.01, 3.0, count)))).astype(np.float32)


def test_a_character_takes_a_quarter_of_a_second() -> None:
    assert estimate_length(script("好" * 1_900), 1.0).expected == 475.0


def test_twice_the_speed_takes_half_the_time() -> None:
    text = script("好" * 100)

    assert estimate_length(text, 2.0).expected == estimate_length(text, 1.0).expected / 2.0


@pytest.mark.slow
@pytest.mark.parametrize("sample_rate", SAMPLE_RATES)
@pytest.mark.parametrize("audio_format", FORMATS)
@pytest.mark.parametrize("sound", [noise, swept])
def test_no_file_is_larger_than_estimated(
    audio_format: AudioFormat, sample_rate: Hertz, sound: Callable[[int], Samples]
) -> None:
    coder = Coder(Coding(audio_format, sample_rate, make_label().to_json()), sample_rate)

    size = len(coder.encode(sound(SECONDS * sample_rate))) + len(coder.flush())

    assert size <= estimate_bytes(SECONDS, audio_format, sample_rate)


@pytest.mark.parametrize("audio_format", ["wav", "pcm", "mp3"])
def test_the_estimate_of_a_constant_rate_is_no_more_than_a_header_over(audio_format: AudioFormat) -> None:
    rate = Hertz(24_000)
    coder = Coder(Coding(audio_format, rate, ""), rate)

    size = len(coder.encode(noise(60 * rate))) + len(coder.flush())

    assert estimate_bytes(60, audio_format, rate) - size < 5_000


@pytest.mark.parametrize("sample_rate", SAMPLE_RATES)
@pytest.mark.parametrize("audio_format", FORMATS)
def test_no_file_is_smaller_than_it_is_at_least(audio_format: AudioFormat, sample_rate: Hertz) -> None:
    coder = Coder(Coding(audio_format, sample_rate, ""), sample_rate)
    silence = np.zeros(SECONDS * sample_rate, np.float32)

    size = len(coder.encode(silence)) + len(coder.flush())

    assert minimum_bytes(SECONDS, audio_format, sample_rate) <= size
