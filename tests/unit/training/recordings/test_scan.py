"""One pass tells what a recording is like, in any format and at any rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr
from tests.unit.training.recordings.synthetic import noisy, rest, speech, syllables, write

from huisheng.errors import UnreadableAudio
from huisheng.training.recordings import scan as module
from huisheng.training.recordings.scan import FRAME, RATE, mono_blocks, scan
from huisheng.types import Samples
from huisheng.units import Seconds

SPOKEN = speech([10, 10])


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg"])
@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 48_000])
def test_every_format_is_read_at_its_rate(tmp_path: Path, name: str, rate: int) -> None:
    spoken = speech([10, 10], rate=rate)

    found = scan(write(tmp_path / name, spoken, rate))

    assert found.sample_rate == rate
    assert found.seconds == pytest.approx(len(spoken) / rate, abs=0.06)  # MP3 fills up its last frame
    assert len(found.powers) == pytest.approx(found.seconds * RATE / FRAME, abs=1)
    assert found.powers.max() == pytest.approx(scan(write(tmp_path / "b.wav", SPOKEN)).powers.max(), rel=0.3)


def test_opus_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.opus"
    write(tmp_path / "a.ogg", SPOKEN, subtype="OPUS").rename(path)

    assert scan(path).seconds == pytest.approx(len(SPOKEN) / RATE, abs=0.06)


def test_samples_stream_by_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", SPOKEN, subtype="FLOAT")

    np.testing.assert_array_equal(np.concatenate(list(mono_blocks(path))), SPOKEN)


def test_an_offset_is_measured_and_counts_for_no_power(tmp_path: Path) -> None:
    found = scan(write(tmp_path / "a.wav", SPOKEN + np.float32(0.1)))

    assert found.offset == pytest.approx(0.1, abs=2e-3)
    assert found.powers.min() < 1e-9


def telephone(spoken: Samples) -> Samples:
    return soxr.resample(soxr.resample(spoken, RATE, 8_000), 8_000, RATE)


def test_what_was_converted_up_from_8_khz_ends_at_4(tmp_path: Path) -> None:
    assert scan(write(tmp_path / "a.wav", telephone(SPOKEN))).bandwidth == 4_000.0
    assert scan(write(tmp_path / "b.wav", SPOKEN)).bandwidth >= 10_500.0


def test_silence_holds_nothing(tmp_path: Path) -> None:
    found = scan(write(tmp_path / "a.wav", rest(1.0)))

    assert (found.bandwidth, found.clipped) == (0.0, 0.0)


@pytest.mark.parametrize("attenuation", [1.0, 0.5])
@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_flat_tops_are_counted_at_full_scale_and_below(
    tmp_path: Path, attenuation: float, subtype: str
) -> None:
    loud = syllables(20) * np.float32(2.0 / np.abs(syllables(1)).max())
    clipped = np.clip(loud, -1.0, 1.0)
    true = float((np.abs(loud) >= 1.0).mean())

    found = scan(write(tmp_path / "a.wav", clipped * np.float32(attenuation), subtype=subtype))

    assert found.clipped == pytest.approx(true, rel=0.5)  # tops of fewer than four samples are not told
    assert found.clipped > 0.001


@pytest.mark.parametrize("gain", [0.1, 1.0, 3.0])
def test_what_is_not_clipped_is_not_counted(tmp_path: Path, gain: float) -> None:
    """A file in floating point may pass full scale unharmed."""
    spoken = SPOKEN * np.float32(gain / np.abs(SPOKEN).max())

    assert scan(write(tmp_path / "a.wav", spoken, subtype="FLOAT")).clipped == 0.0
    if gain < 1.0:
        assert scan(write(tmp_path / "b.wav", spoken)).clipped == 0.0


def test_channels_are_mixed_and_their_difference_measured(tmp_path: Path) -> None:
    same = np.stack([SPOKEN, SPOKEN], axis=1)
    apart = np.stack([SPOKEN, noisy(rest(len(SPOKEN) / RATE), 0.0)], axis=1)

    assert scan(write(tmp_path / "a.wav", same)).difference == 0.0
    assert scan(write(tmp_path / "b.wav", apart)).difference == pytest.approx(1.0, abs=0.1)
    mono = scan(write(tmp_path / "c.wav", SPOKEN))
    np.testing.assert_allclose(scan(tmp_path / "a.wav").powers, mono.powers)


def test_what_is_too_long_is_not_read_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", Seconds(3.0))
    path = write(tmp_path / "a.wav", rest(60.0))

    assert 3.0 < scan(path).seconds < 10.0


def test_a_file_that_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("妈妈。" * 1000, encoding="utf-8")

    with pytest.raises(UnreadableAudio):
        scan(tmp_path / "a.wav")
