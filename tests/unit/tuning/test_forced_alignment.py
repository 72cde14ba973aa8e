"""Frames find their symbols, though voice and pace are another's and pauses come and go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from huisheng.tuning.forced_alignment import (
    Adaptation,
    AlignedRecording,
    align,
    initial_adaptation,
    update_adaptation,
)
from huisheng.tuning.states import LEAD, Reals, States, reverse

BANDS = 12
KINDS = 30
SILENCE = -3.5


@dataclass(frozen=True)
class Scene:
    """A line as a model expects it and as somebody says it.

    Attributes:
        expected: of the model.
        mel: (T, M) of the recording.
        lead: frames of silence before it.
        durations: (L,) frames of each symbol in the recording.
    """

    expected: States
    mel: Reals
    lead: int
    durations: NDArray[np.int64]


def sounds() -> Reals:
    """(KINDS, M) spectra that differ."""
    return np.random.default_rng(5).uniform(-2.0, 2.0, (KINDS, BANDS))


def scene(seed: int, *, pauses: bool = True, noise: float = 0.4) -> Scene:
    """Six words of three sounds, a break behind each; the voice is darker and all of it slower."""
    random = np.random.default_rng(seed)
    rows: list[tuple[Reals, int, int, float, bool, float]] = [(np.zeros(BANDS), LEAD, 0, 12.0, True, 0.8)]
    durations: list[int] = []
    heard: list[Reals] = [np.full((3, BANDS), SILENCE)]
    for word in range(6):
        for place in range(3):
            kind = int(random.integers(1, KINDS))
            rows.append((sounds()[kind], 4 * word + place, kind, 4.0, False, 1.0))
            durations.append(int(random.integers(3, 9)))
            heard.append(np.tile(0.7 * sounds()[kind] - 0.5, (durations[-1], 1)))
        rows.append((np.zeros(BANDS), 4 * word + 3, 0, 12.0, True, 0.15))
        durations.append(7 if word == 5 or (pauses and word % 2) else 0)
        heard.append(np.full((durations[-1], BANDS), SILENCE))
    mel = np.concatenate(heard)
    mel = mel + noise * random.standard_normal(mel.shape)
    means, owners, kinds, lengths, silent, odds = (np.array(column) for column in zip(*rows, strict=True))
    return Scene(States(means, owners, kinds, lengths, silent, odds), mel, 3, np.array(durations))


def learn(scenes: list[Scene], rounds: int = 3) -> Adaptation:
    adaptation = initial_adaptation([one.mel for one in scenes], [one.expected for one in scenes], KINDS)
    for _ in range(rounds):
        pairs: list[AlignedRecording] = []
        for one in scenes:
            found = align(one.mel, one.expected, adaptation)
            assert found is not None
            pairs.append(AlignedRecording(one.mel, one.expected, found))
        adaptation = update_adaptation(pairs, adaptation)
    return adaptation


@pytest.fixture(scope="module")
def adaptation() -> Adaptation:
    return learn([scene(seed) for seed in range(20)])


def test_every_boundary_is_found_to_the_frame_where_sounds_differ_clearly(adaptation: Adaptation) -> None:
    one = scene(50, noise=0.2)

    found = align(one.mel, one.expected, adaptation)

    assert found is not None
    assert found.lead == one.lead
    np.testing.assert_array_equal(found.durations, one.durations)


def test_nearly_every_boundary_of_noisy_speech_is_found_to_a_frame(adaptation: Adaptation) -> None:
    differences: list[int] = []
    for seed in range(60, 80):
        one = scene(seed)
        found = align(one.mel, one.expected, adaptation)
        assert found is not None
        differences += (
            np.cumsum(found.durations) + found.lead - np.cumsum(one.durations) - one.lead
        ).tolist()

    assert np.mean(np.abs(differences) <= 1) > 0.95


def test_a_break_without_a_pause_lasts_no_time(adaptation: Adaptation) -> None:
    one = scene(51, pauses=False)

    found = align(one.mel, one.expected, adaptation)

    assert found is not None
    assert found.durations[3:-1:4].tolist() == [0] * 5


def test_lead_and_durations_add_up_to_all_frames(adaptation: Adaptation) -> None:
    one = scene(52)

    found = align(one.mel, one.expected, adaptation)

    assert found is not None
    assert found.lead + found.durations.sum() == len(one.mel)


def test_every_sound_lasts_at_least_a_frame_however_short_the_recording(adaptation: Adaptation) -> None:
    one = scene(53)

    found = align(one.mel[::5], one.expected, adaptation)

    assert found is not None
    assert (np.delete(found.durations, np.s_[3::4]) >= 1).all()


def test_a_recording_with_fewer_frames_than_sounds_has_no_alignment(adaptation: Adaptation) -> None:
    one = scene(54)

    assert align(one.mel[:10], one.expected, adaptation) is None


def test_speech_that_ends_in_a_sound_leaves_the_last_break_out(adaptation: Adaptation) -> None:
    one = scene(55)

    found = align(one.mel[:-7], one.expected, adaptation)

    assert found is not None
    assert found.durations[-1] == 0


def test_the_adaptation_is_estimated_band_by_band(adaptation: Adaptation) -> None:
    heard = adaptation.apply(sounds(), np.arange(KINDS))

    assert np.abs(heard - (0.7 * sounds() - 0.5))[1:].max() < 0.25


def test_a_sound_that_this_voice_says_in_another_way_is_learned_from_where_it_was_found() -> None:
    scenes = [scene(seed) for seed in range(30)]
    odd = 7
    for one in scenes:
        path = np.repeat(np.arange(len(one.durations)), one.durations) + 1
        one.mel[one.lead :][one.expected.kinds[path] == odd] += 1.0

    shift = learn(scenes).shifts[odd]

    assert shift.mean() > 0.5


def test_the_silence_is_that_of_the_recordings(adaptation: Adaptation) -> None:
    np.testing.assert_allclose(adaptation.silence, SILENCE, atol=0.2)


def test_what_was_said_fits_better_than_another_line(adaptation: Adaptation) -> None:
    one, other = scene(56), scene(57)

    right, wrong = align(one.mel, one.expected, adaptation), align(one.mel, other.expected, adaptation)

    assert right is not None
    assert wrong is not None
    assert right.score > wrong.score + 1.0


def test_what_was_said_fits_better_than_the_same_backwards(adaptation: Adaptation) -> None:
    one = scene(58)

    right, wrong = (
        align(one.mel, one.expected, adaptation),
        align(one.mel, reverse(one.expected), adaptation),
    )

    assert right is not None
    assert wrong is not None
    assert right.score > wrong.score + 1.0


def test_backwards_silences_stay_where_they_are() -> None:
    line = scene(59).expected

    turned = reverse(line)

    np.testing.assert_array_equal(turned.owners, line.owners)
    np.testing.assert_array_equal(turned.kinds[~line.silent], line.kinds[~line.silent][::-1])
    np.testing.assert_array_equal(turned.means[line.silent], line.means[line.silent])
