"""Speech is told from pauses, and its level from that of the noise."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.training.recordings.synthetic import GAP, noisy, rest, speech, syllables

from huisheng.training.recordings.activity import BEST, Activity, activity
from huisheng.training.recordings.scan import FRAME, RATE
from huisheng.types import Samples


def activity_of(samples: Samples) -> Activity:
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return activity(frames.var(axis=1).astype(np.float32))


def test_sentences_are_stretches_and_the_gaps_of_syllables_are_none() -> None:
    found = activity_of(speech([10, 5], pause=0.5, edge=0.3))

    expected = np.array([[30, 227], [280, 377]])  # 10 ms frames; the last syllable's gap belongs to the pause
    np.testing.assert_allclose(found.stretches, expected, atol=2)


@pytest.mark.parametrize(("silence", "stretches"), [(0.12, 1), (0.18, 2)])
def test_a_pause_is_longer_than_the_closure_of_a_consonant(silence: float, stretches: int) -> None:
    samples = np.concatenate([rest(0.3), syllables(5), rest(silence - GAP), syllables(5), rest(0.3)])

    assert len(activity_of(samples).stretches) == stretches


@pytest.mark.parametrize("snr", [10.0, 15.0, 20.0, 30.0])
def test_the_ratio_to_noise_is_found_within_two_decibels(snr: float) -> None:
    assert activity_of(noisy(speech([10, 10, 10]), snr)).snr == pytest.approx(snr, abs=2.0)


def test_the_ratio_is_found_where_a_recording_has_no_pause() -> None:
    assert activity_of(noisy(syllables(10), 20.0)).snr == pytest.approx(20.0, abs=2.0)


def test_stretches_are_the_same_in_noise() -> None:
    spoken = speech([10, 5, 20])

    np.testing.assert_allclose(
        activity_of(noisy(spoken, 20.0)).stretches, activity_of(spoken).stretches, atol=4
    )


def test_the_ratio_to_digital_silence_has_a_bound() -> None:
    assert 95.0 < activity_of(speech([10])).snr <= BEST


@pytest.mark.parametrize("gain", [0.01, 1.0, 4.0])
def test_loudness_moves_the_level_alone(gain: float) -> None:
    spoken = noisy(speech([10, 5]), 30.0)

    found, usual = activity_of(spoken * np.float32(gain)), activity_of(spoken)

    np.testing.assert_array_equal(found.stretches, usual.stretches)
    assert found.level - usual.level == pytest.approx(20.0 * np.log10(gain), abs=0.01)


@pytest.mark.parametrize(
    "samples",
    [rest(0.0), rest(0.005), rest(3.0), noisy(rest(3.0), 0.0)],
    ids=["none", "short", "silence", "hiss"],
)
def test_without_speech_there_is_no_stretch(samples: Samples) -> None:
    assert len(activity_of(samples).stretches) == 0
    assert activity_of(samples).speech == 0.0


def test_clicks_are_no_speech() -> None:
    samples = speech([10], edge=2.0)
    samples[RATE // 2] = 0.9

    assert len(activity_of(samples).stretches) == 1


def test_a_faint_beginning_belongs_to_the_speech_it_leads_to() -> None:
    samples = speech([10], edge=1.0)
    faint = noisy(rest(0.08), 36.0)  # like an f
    samples[round(0.92 * RATE) : round(0.92 * RATE) + len(faint)] = faint

    assert activity_of(samples).stretches[0, 0] == pytest.approx(92, abs=1)
