from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import soundfile
from benchmarks.voice.articulation import articulation
from benchmarks.voice.opening import SILENT
from benchmarks.voice.readers import PackageReader
from benchmarks.voice.takes import Take, clip, record_all


def test_pauses_are_no_part_of_the_pace_and_english_counts_by_its_vowels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    take = Take(PackageReader(SILENT, "silent"), "你好，hello。")
    list(record_all([take], 1))

    assert articulation(take).pace == pytest.approx(0.2 * 3 / 4)  # three items of 0.2 s, four syllables
    assert articulation(take).shortest == pytest.approx(0.2)


def test_a_syllable_without_sound_is_the_faintest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    take = Take(PackageReader(SILENT, "silent"), "一二三四。")
    list(record_all([take], 1))
    tone = np.sin(np.arange(24_000) * 0.1).astype(np.float32)
    tone[4_800:9_600] *= 0.01  # the second of 0.2 s each
    cast("Any", soundfile).write(clip(take), tone, 24_000, subtype="FLOAT")

    assert articulation(take).faintest == pytest.approx(-40.0, abs=1.5)
