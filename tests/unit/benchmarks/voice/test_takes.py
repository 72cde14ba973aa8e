from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from benchmarks.voice.opening import SILENT
from benchmarks.voice.readers import PackageReader, students
from benchmarks.voice.takes import Take, clip, forget, key, read_recording, record_all

from huisheng.errors import EngineError, UnknownVoice
from huisheng.runtime.speech import Speech
from huisheng.types import EmotionName, Span, Timing
from huisheng.units import Hertz, Seconds

READER = PackageReader(SILENT, "silent")


@dataclass(frozen=True, slots=True)
class Humming:
    """Reads every text as a tone of a second."""

    voice: str = "humming"
    fingerprint: str = "1"

    def read(self, text: str, emotion: EmotionName, intensity: float) -> Speech:
        """Half as loud as it could be."""
        samples = 0.5 * np.sin(np.arange(16_000) / 10.0)
        timings = (Timing(Span(0, len(text)), Seconds(0.25), Seconds(0.75)),)
        return Speech(text, samples.astype(np.float32), Hertz(16_000), timings)


@dataclass(frozen=True, slots=True)
class Failing(Humming):
    """Can read nothing."""

    def read(self, text: str, emotion: EmotionName, intensity: float) -> Speech:
        """Never."""
        raise EngineError


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are kept in a folder of their own."""
    monkeypatch.chdir(tmp_path)


def recorded_by(reader: Humming) -> Speech:
    take = Take(reader, "你好。")
    assert list(record_all([take], 1)) == [take]
    return read_recording(clip(take))


def test_what_was_said_and_when_is_kept() -> None:
    speech, said = recorded_by(Humming()), Humming().read("你好。", "neutral", 1.0)

    np.testing.assert_allclose(speech.samples, said.samples, atol=1e-4)
    assert (speech.sample_rate, speech.timings) == (said.sample_rate, said.timings)


def test_what_is_kept_is_not_said_again() -> None:
    take = Take(READER, "你好。")
    list(record_all([take], 1))
    clip(take).write_bytes(b"kept")

    list(record_all([take], 1))

    assert clip(take).read_bytes() == b"kept"


def test_a_take_without_its_times_was_interrupted_and_is_said_again() -> None:
    take = Take(READER, "你好。")
    list(record_all([take], 1))
    clip(take).with_suffix(".json").unlink()
    clip(take).write_bytes(b"half")

    list(record_all([take], 1))

    assert read_recording(clip(take)).duration == pytest.approx(0.4)


def test_the_same_take_is_said_once() -> None:
    take = Take(READER, "你好。")

    assert list(record_all([take, take], 1)) == [take]


def test_nothing_of_a_forgotten_take_is_kept() -> None:
    take = Take(READER, "你好。")
    list(record_all([take], 1))

    forget(take)

    assert not list(clip(take).parent.iterdir())


def test_what_cannot_be_said_is_silence_and_told(capfd: pytest.CaptureFixture[str]) -> None:
    speech = recorded_by(Failing())

    assert (speech.samples.any(), speech.timings) == (False, ())
    assert "humming 说不出“你好。”" in capfd.readouterr().err


@pytest.mark.parametrize(
    "other",
    [
        Take(Humming(), "你坏。"),
        Take(Humming(), "你好。", "sad"),
        Take(Humming(), "你好。", "neutral", 2.0),
        Take(Humming(voice="another"), "你好。"),
        Take(Humming(fingerprint="2"), "你好。"),
    ],
    ids=["text", "emotion", "intensity", "voice", "model"],
)
def test_takes_that_may_sound_different_have_different_keys(other: Take) -> None:
    assert key(other) != key(Take(Humming(), "你好。"))


def test_an_ear_should_hear_numbers_in_words() -> None:
    assert Take(READER, "2点").title == "两点"


def test_the_voices_of_a_package_are_found_by_their_ids() -> None:
    assert students(SILENT, ["silent"]) == (READER,)


def test_a_voice_that_the_package_lacks_is_told() -> None:
    with pytest.raises(UnknownVoice, match="tinglan"):
        students(SILENT, ["silent", "tinglan"])
