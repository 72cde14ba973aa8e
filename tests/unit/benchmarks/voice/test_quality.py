from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from benchmarks.voice.opening import SILENT
from benchmarks.voice.quality import (
    BETWEEN,
    BOTH,
    Findings,
    Pair,
    collect_evidence,
    measure_clip,
    spectral_distances,
    summarize,
)
from benchmarks.voice.readers import PackageReader, TeacherReader
from benchmarks.voice.takes import Take, clip, record_all

TEXTS = ("一", "二", "三")
PAIRS = [
    Pair(Take(TeacherReader(voice), text), Take(PackageReader(SILENT, voice), text))
    for voice in ("a", "b")
    for text in TEXTS
]
TUNE = (80.0, 84.0, 82.0)


def ear_values(errors: float, quality: float) -> np.ndarray:
    return np.array([quality, errors, 10.0, 1.0, 0.0])


def sound(seconds: float, noise: float, height: float, tune: tuple[float, ...] = TUNE) -> np.ndarray:
    return np.array([seconds, noise, height, 11.0, *tune])


def findings() -> Findings:
    """Speaker b is half a point noisier and speaks a quarter slower than its teacher."""
    takes = {pair.teacher: pair for pair in PAIRS}
    return Findings(
        {take: sound(2.0, 13.0, 80.0) for take in takes}
        | {
            pair.student: sound(2.5, 12.5, 80.0)
            if pair.student.reader.voice == "b"
            else sound(2.0, 13.0, 80.0)
            for pair in PAIRS
        },
        {take: ear_values(1.0, 3.4) for take in takes}
        | {pair.student: ear_values(2.0, 3.3) for pair in PAIRS},
        {pair: np.array([5.0, 6.0, 7.0]) for pair in PAIRS},
    )


def test_every_figure_is_there_for_every_speaker_and_for_all() -> None:
    found = summarize(collect_evidence(PAIRS, findings()))

    assert list(found.contrasts) == ["", "a", "b"]
    assert {tuple(its) for its in found.contrasts.values()} == {BOTH}
    assert {tuple(its) for its in found.estimates.values()} == {BETWEEN}
    assert found.sentences == len(TEXTS)


def test_errors_are_told_in_per_cent_of_the_syllables() -> None:
    found = summarize(collect_evidence(PAIRS, findings())).contrasts[""]["errors"]

    assert (found.teacher, found.student, found.difference.value) == (10.0, 20.0, 10.0)


def test_a_speaker_is_compared_with_its_own_teacher() -> None:
    found = summarize(collect_evidence(PAIRS, findings()))

    differences = {voice: found.contrasts[voice]["noise"].difference.value for voice in ("", "a", "b")}
    assert differences == {"": -0.25, "a": 0.0, "b": -0.5}


def test_time_is_the_students_as_a_share_of_the_teachers() -> None:
    assert summarize(collect_evidence(PAIRS, findings())).estimates["b"]["time"].value == 1.25


def test_bands_keep_their_order_and_the_same_tune_correlates() -> None:
    values = {
        name: one.value for name, one in summarize(collect_evidence(PAIRS, findings())).estimates[""].items()
    }

    assert [values[name] for name in BETWEEN[:3]] == [5.0, 6.0, 7.0]
    assert values["melody"] == pytest.approx(1.0)


def test_silence_is_measured_without_a_figure_that_it_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    take = Take(PackageReader(SILENT, "silent"), "你好。")
    list(record_all([take], 1))

    seconds, *others = measure_clip(clip(take))

    assert seconds == pytest.approx(0.4)
    assert len(others) == 3 + 2  # noise, height, width and two syllables
    assert all(math.isnan(value) for value in others)
    assert spectral_distances((clip(take), clip(take))) == [0.0, 0.0, 0.0]
