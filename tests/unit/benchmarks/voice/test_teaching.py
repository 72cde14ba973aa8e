"""On a toy of the model, whose letters last 3…5 frames of 25 ms between silences of 4."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.voice import teaching
from benchmarks.voice.teaching import TeacherEngine, silent_from, sources
from recipes.builtin.features import AUDIBLE
from recipes.builtin.speakers import recipes
from tests.unit.engines import toy_kokoro as toy

from huisheng.engines.kokoro import FRAME
from huisheng.errors import UnknownVoice
from huisheng.types import AudioChunk, ResolvedOptions, Utterance
from huisheng.voice.store import HOME_VARIABLE, voices_folder

CLAUSES = "ni3 hao3 shi4 jie4 ni3 hao3 ， shi4 jie4 。"
AROUND = 0.05
"""Seconds of silence before the speech: the corpus keeps two frames of the teacher."""


@pytest.fixture(autouse=True)
def teacher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy is what is installed."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    toy.publish_toy(voices_folder())
    teaching._model.cache_clear()


def speak(words: str) -> list[AudioChunk]:
    return list(TeacherEngine("zf_xiaoyi").synthesize(Utterance(toy.say(words), ResolvedOptions())))


def test_a_sentence_of_several_clauses_is_said_whole() -> None:
    (chunk,) = speak(CLAUSES)

    assert len(chunk.timings) == 8


def test_silence_before_the_speech_is_as_long_as_in_the_corpus() -> None:
    (chunk,) = speak(CLAUSES)

    assert chunk.timings[0].start == pytest.approx(AROUND)
    assert not chunk.samples[: 2 * FRAME].any()
    assert chunk.samples[2 * FRAME]


def test_silence_behind_the_last_sound_is_no_speech() -> None:
    samples = np.concatenate([np.full(900, 0.5), np.full(2_000, 0.5 * AUDIBLE / 2)]).astype(np.float32)

    assert silent_from(samples) == 900
    assert silent_from(np.zeros(10, dtype=np.float32)) == 10


def test_syllables_follow_each_other_and_end_with_the_speech() -> None:
    (chunk,) = speak(CLAUSES)
    starts, ends = (np.array([getattr(one, end) for one in chunk.timings]) for end in ("start", "end"))

    assert (starts[1:] >= ends[:-1]).all()
    assert (ends > starts).all()
    assert ends[-1] <= chunk.duration


def test_every_speaker_of_the_recipe_can_be_asked_for() -> None:
    asked = [TeacherEngine(name).capabilities.find().id for name in recipes()]

    assert asked == list(recipes())


def test_a_source_is_spoken_by_itself_alone() -> None:
    speaker, pitch = teaching.resolve_speaker("zf_xiaoyi")

    assert (speaker.timbre, speaker.prosody, pitch) == ((("zf_xiaoyi", 1.0),), (("zf_xiaoyi", 1.0),), 0.0)


def test_sources_are_what_the_timbres_of_all_speakers_are_made_of() -> None:
    used = {name for recipe in recipes().values() for name in recipe.timbre}

    assert set(sources()) == used
    assert len(sources()) == len(used)


def test_a_name_that_is_neither_speaker_nor_source_is_unknown() -> None:
    with pytest.raises(UnknownVoice):
        TeacherEngine("nobody")
