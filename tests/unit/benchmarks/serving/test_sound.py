import numpy as np
import pytest
from benchmarks.serving.sound import NotSound, WaveReader
from hypothesis import given
from hypothesis import strategies as st

from huisheng.audio.encoding.wav import WavEncoder
from huisheng.units import Hertz

LABEL = '{"Label":"1"}'


def recording(label: str, frames: int | None) -> bytes:
    encoder = WavEncoder(Hertz(16_000), label, frames)
    return encoder.encode(np.zeros(1600, dtype=np.float32)) + encoder.flush()


@given(st.integers(0, 400), st.sampled_from(["", LABEL]), st.sampled_from([None, 1600]))
def test_headers_and_labels_are_no_sound_wherever_they_are_cut(
    place: int, label: str, frames: int | None
) -> None:
    data = recording(label, frames)
    reader = WaveReader()

    assert reader.decode(data[:place]) + reader.decode(data[place:]) == pytest.approx(0.1)


def test_a_header_alone_brings_no_sound() -> None:
    data = recording(LABEL, None)

    assert WaveReader().decode(data[: -2 * 1600]) == 0.0


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(NotSound):
        WaveReader().decode(b'{"error": "no such voice"}')
