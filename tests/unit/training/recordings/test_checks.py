"""Each fault of a recording is found at its limit, and a good recording passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
import pytest

from huisheng.training.recordings.activity import Activity
from huisheng.training.recordings.checks import check_sound, check_text, check_total
from huisheng.training.recordings.findings import _SENTENCES, Kind
from huisheng.training.recordings.scan import Scan
from huisheng.units import Decibels, Hertz, Seconds

SOUND = PurePosixPath("a.wav")
GOOD = Scan(Hertz(48_000), Seconds(10.0), 0.0, 0.0, 0.0, 12_000.0, np.zeros(1000, np.float32))
HEARD = Activity(np.array([[50, 950]]), Decibels(-20.0), Decibels(45.0))


def kinds(scan: Scan = GOOD, heard: Activity = HEARD) -> list[Kind]:
    return [found.kind for found in check_sound(SOUND, scan, heard)]


def test_a_good_recording_has_no_findings() -> None:
    assert kinds() == []


@pytest.mark.parametrize(
    ("scan", "kind"),
    [
        (replace(GOOD, sample_rate=Hertz(15_999)), "low_rate"),
        (replace(GOOD, sample_rate=Hertz(16_000)), "modest_rate"),
        (replace(GOOD, bandwidth=4_000.0), "narrow"),
        (replace(GOOD, clipped=0.011), "badly_clipped"),
        (replace(GOOD, clipped=0.0002), "clipped"),
        (replace(GOOD, difference=0.5), "channels_differ"),
        (replace(GOOD, seconds=Seconds(0.49)), "too_short"),
        (replace(GOOD, seconds=Seconds(13 * 3600.0)), "too_long"),
        (replace(GOOD, seconds=Seconds(50.0)), "mostly_silence"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_of_the_sound_is_found(scan: Scan, kind: Kind) -> None:
    assert kinds(scan) == [kind]


@pytest.mark.parametrize(
    ("snr", "kind"), [(14.9, ["noisy"]), (15.0, ["some_noise"]), (24.9, ["some_noise"]), (25.0, [])]
)
def test_noise_is_refused_below_15_and_told_below_25_decibels(snr: float, kind: list[Kind]) -> None:
    assert kinds(heard=replace(HEARD, snr=Decibels(snr))) == kind


def test_a_recording_without_speech_is_refused() -> None:
    assert kinds(heard=replace(HEARD, stretches=np.zeros((0, 2), np.int64))) == ["no_speech"]


@pytest.mark.parametrize(
    ("syllables", "kind"),
    [(0, ["unspeakable"]), (20, ["misfit"]), (21, []), (40, []), (101, []), (102, ["misfit"])],
)
def test_a_text_fits_from_half_to_two_and_a_half_times_the_usual_tempo(
    syllables: int, kind: list[Kind]
) -> None:
    """Nine seconds of speech."""
    assert [found.kind for found in check_text(SOUND, syllables, HEARD)] == kind


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [(0.0, ["total_too_short"]), (59.9, ["total_too_short"]), (60.0, ["total_short"]), (600.0, [])],
)
def test_a_minute_is_needed_and_ten_are_wished_for(seconds: float, kind: list[Kind]) -> None:
    assert [found.kind for found in check_total(Seconds(seconds))] == kind


@pytest.mark.parametrize("kind", _SENTENCES)
def test_a_finding_says_the_same_in_two_languages(kind: Kind) -> None:
    sentence = _SENTENCES[kind]

    assert sentence.chinese.endswith("。")
    assert sentence.english.endswith(".")
    assert sentence.chinese.count("{") == sentence.english.count("{")
