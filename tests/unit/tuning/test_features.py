"""The numbers of a recording are those that a teacher would have given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.training.recordings import synthetic

from huisheng.audio.spectrogram import SpectrogramSettings
from huisheng.training.corpus import FULL_SCALE, Arrays, mel_energy
from huisheng.tuning.features import (
    LEAD,
    TAIL,
    frame_f0,
    make_arrays,
    read_samples,
    spectrogram,
    trim_silence,
)
from huisheng.tuning.forced_alignment import ForcedAlignment
from huisheng.tuning.symbols import SymbolSequence
from huisheng.types import Samples
from huisheng.units import Hertz

RATE, HOP = Hertz(24_000), 300
SETTINGS = SpectrogramSettings(RATE, HOP, 1_200, 2_048, 20, 0.0, 12_000.0, offset=HOP // 2)
LINE = SymbolSequence(np.arange(12).reshape(3, 4), np.array([True, True, False]))


def recording(frames: int, f0: float = 150.0) -> Samples:
    """(N,) harmonics of one pitch."""
    return harmonics(np.full(frames * HOP, f0))


def harmonics(f0: NDArray[np.float64]) -> Samples:
    """(N,) Hz of each sample → (N,)."""
    cycles = np.cumsum(f0) / RATE
    numbers = np.arange(1, 16)[:, None]
    return (0.2 * np.sin(2.0 * np.pi * numbers * cycles) / numbers).sum(axis=0).astype(np.float32)


def alignment(lead: int, *durations: int) -> ForcedAlignment:
    return ForcedAlignment(np.zeros(0, np.int64), lead, np.array(durations), 0.0)


def made_of(
    samples: Samples, found: ForcedAlignment, line: SymbolSequence = LINE, predicted_voicing: bool = False
) -> Arrays:
    """Arrays of a piece; every frame has a pitch, or those alone that are voiced."""
    part = trim_silence(line, found)
    return make_arrays(samples, SETTINGS, line, part, np.full(int(part.durations.sum()), predicted_voicing))


def test_a_piece_is_read_at_the_rate_of_the_spectrogram_in_whole_frames(tmp_path: Path) -> None:
    path = synthetic.write(tmp_path / "piece.wav", recording(10)[:-7])
    halved = replace(SETTINGS, sample_rate=Hertz(12_000), hop=150)

    samples = read_samples(path, halved)

    assert len(samples) == 9 * 150
    np.testing.assert_allclose(samples[300:900], recording(10)[600:1800:2], atol=5e-3)


def test_a_spectrogram_has_a_frame_for_each_hop() -> None:
    mel = spectrogram(recording(10), SETTINGS)

    assert mel.shape == (10, 20)
    assert -4.0 <= mel.min() < mel.max() <= 4.0


def test_f0_is_that_of_the_middle_of_each_frame() -> None:
    samples = harmonics(120.0 + 200.0 * (np.arange(80 * HOP) + 0.5) / RATE)

    found = frame_f0(samples, SETTINGS)

    middles = 120.0 + 200.0 * (np.arange(80) + 0.5) * HOP / RATE
    assert np.abs(np.median((found - middles)[5:-5])) < 0.5  # half a frame is 1.25 Hz


def test_silence_has_no_f0() -> None:
    samples = np.concatenate([recording(20), np.zeros(20 * HOP, np.float32)])

    assert (frame_f0(samples, SETTINGS)[24:] == 0.0).all()


def voiceless() -> Samples:
    """A tone, 20 frames of silence in the place of a consonant, and another."""
    return np.concatenate([recording(20), np.zeros(20 * HOP, np.float32), recording(20, 300.0)])


def test_where_the_base_has_a_pitch_one_is_drawn_through_what_is_voiceless() -> None:
    made = made_of(voiceless(), alignment(0, 20, 20, 20), predicted_voicing=True)

    assert (np.diff(made.f0[25:35]) > 0.0).all()
    assert made.voicing.all()


def test_where_the_base_has_none_what_is_voiceless_has_none() -> None:
    made = made_of(voiceless(), alignment(0, 20, 20, 20), predicted_voicing=False)

    assert not made.voicing[24:36].any()
    assert made.voicing[5:15].all()


def test_a_recording_without_any_pitch_gets_none() -> None:
    made = made_of(np.zeros(60 * HOP, np.float32), alignment(0, 20, 20, 20), predicted_voicing=True)

    assert not made.voicing.any()


def test_durations_add_up_to_the_frames_that_are_kept() -> None:
    made = made_of(recording(60), alignment(10, 20, 15, 15))

    assert made.durations.tolist() == [20 + LEAD, 15, TAIL]
    assert len(made.mel) == len(made.f0) == len(made.energy) == LEAD + 20 + 15 + TAIL
    assert len(made.samples) == len(made.mel) * HOP


def test_a_short_silence_is_kept_whole() -> None:
    made = made_of(recording(60), alignment(2, 30, 25, 3))

    assert made.durations.tolist() == [32, 25, 3]


def test_what_is_kept_are_the_frames_where_the_line_is_said() -> None:
    samples = recording(60)

    made = made_of(samples, alignment(10, 20, 15, 15))

    start = (10 - LEAD) * HOP
    np.testing.assert_allclose(made.samples / FULL_SCALE, samples[start:][: len(made.samples)], atol=2e-5)


def test_energy_is_the_effort_of_the_spectrogram() -> None:
    made = made_of(recording(60), alignment(10, 20, 15, 15))

    np.testing.assert_array_equal(made.energy, mel_energy(made.mel))


def test_a_line_that_ends_in_a_sound_keeps_all_of_it() -> None:
    line = SymbolSequence(LINE.ids, np.array([True, False, True]))

    made = made_of(recording(60), alignment(0, 20, 0, 40), line)

    assert made.durations.tolist() == [20, 0, 40]


def test_the_phase_begins_at_zero_since_it_is_unknown() -> None:
    assert made_of(recording(60), alignment(0, 20, 20, 5)).turns == pytest.approx(0.0)
