"""What was spoken becomes a corpus: cut, levelled, measured, and in phase with what it was cut from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from recipes.builtin import features, planning, speaking
from recipes.builtin.__main__ import main
from recipes.builtin.alignment import LEAD, TAIL
from recipes.builtin.features import EARLY, HELD_OUT, HOP, LEVEL
from recipes.builtin.speakers import recipes
from recipes.builtin.teacher import FULL_SCALE, Recording
from tests.unit.recipes.builtin.toy_teacher import SILENCE, TEXTS, planned_utterance, publish_teacher

from huisheng.audio.loudness import active_level, amplitude
from huisheng.audio.source_filter import phase
from huisheng.audio.spectrogram import log_mel
from huisheng.emotion.names import NAMES
from huisheng.emotion.styles import shape
from huisheng.engines.kokoro import FRAME
from huisheng.engines.kokoro_voices import SAMPLE_RATE
from huisheng.text.frontend import Frontend
from huisheng.text.symbols.sambert import inventory, with_marked_breaks
from huisheng.training.corpus import Arrays, CorpusReader, CorpusUtterance, mel_energy
from huisheng.types import EmotionName
from huisheng.voice.store import HOME_VARIABLE

PLAN: Final = (
    planned_utterance(1),
    planned_utterance(2, TEXTS[1])._replace(emotion="sad", intensity=1.5, speed=0.9, pitch=-2.0),
    planned_utterance(3, "……"),
    planned_utterance(0xFFFF, TEXTS[2])._replace(speaker="wendi"),
    planned_utterance(5, TEXTS[3])._replace(speaker="wendi"),
)
SPOKEN: Final = tuple(each for each in PLAN if each.text != "……")
NEVER_SPOKEN: Final = planned_utterance(6, TEXTS[2])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, frontend: Frontend) -> Iterator[Path]:
    """Where the stages of the recipe have run, with a toy for a teacher."""
    folder = tmp_path_factory.mktemp("home")
    publish_teacher(folder / "voices", frontend)
    planning.save(PLAN, folder / "plan.jsonl")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(folder))
        assert main(["speak", "--home", str(folder), "--jobs", "1"]) == 0
        planning.save((*PLAN, NEVER_SPOKEN), folder / "plan.jsonl")
        assert main(["prepare", "--home", str(folder), "--jobs", "1"]) == 0
        yield folder


@pytest.fixture(scope="module")
def reader(home: Path) -> CorpusReader:
    return CorpusReader(home / "corpus")


@pytest.fixture(scope="module")
def recording(home: Path) -> Recording:
    """The recording of the first utterance."""
    found = speaking.load(home / "recordings", PLAN[0])
    assert found is not None
    return found


def utterance(reader: CorpusReader, number: int) -> CorpusUtterance:
    return next(each for each in reader.utterances if each.id == PLAN[number].id)


def phones(reader: CorpusReader, number: int) -> list[str]:
    ids: list[int] = reader.arrays(utterance(reader, number)).symbols[:, 0].tolist()
    return [reader.corpus.phones[phone] for phone in ids]


def arrays(recording: Recording, gain: float = 0.0, emotion: EmotionName = "neutral") -> Arrays | None:
    """The first utterance, from another recording or at another level."""
    return features._arrays(PLAN[0]._replace(emotion=emotion), recording, gain)


def sounding(recording: Recording, gain: float = 0.0, emotion: EmotionName = "neutral") -> Arrays:
    found = arrays(recording, gain, emotion)
    assert found is not None
    return found


# The corpus


def test_what_was_spoken_is_in_it_and_nothing_else(reader: CorpusReader) -> None:
    assert [each.id for each in reader.utterances] == [each.id for each in SPOKEN]


def test_an_utterance_says_how_it_was_ordered(reader: CorpusReader) -> None:
    found = utterance(reader, 1)

    assert reader.corpus.speakers[found.speaker] == PLAN[1].speaker
    assert (NAMES[found.emotion], found.text) == ("sad", TEXTS[1])
    assert (found.intensity, found.speed, found.shift) == (1.5, 0.9, -2.0)


def test_about_one_id_in_sixty_five_is_held_out(reader: CorpusReader) -> None:
    assert [each.held_out for each in reader.utterances] == [True, True, False, True]
    assert int("0001", 16) < HELD_OUT * 0x10000 < int("ffff", 16)


def test_ids_are_those_of_the_recipe_and_of_the_breaks_with_marks(reader: CorpusReader) -> None:
    assert reader.corpus.speakers == tuple(recipes())
    assert reader.corpus.phones == with_marked_breaks(inventory("PinYin")).phones
    assert len(reader.corpus.emotions) == len(NAMES)


def test_the_energy_of_the_whole_is_that_of_its_voiced_frames(reader: CorpusReader) -> None:
    first = reader.arrays(reader.utterances[0])

    assert reader.corpus.energy == pytest.approx(
        (first.energy[first.voicing].mean(), first.energy[first.voicing].std())
    )


def test_progress_is_shown(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planning.save([NEVER_SPOKEN], tmp_path / "plan.jsonl")

    main(["speak", "--home", str(tmp_path), "--jobs", "1"])

    assert capsys.readouterr().err == "0/1, 0 min left\n1/1, 0 min left\n"


# The numbers of an utterance


@pytest.mark.parametrize("number", [0, 1, 3, 4])
def test_every_track_has_a_value_for_each_frame(reader: CorpusReader, number: int) -> None:
    found = utterance(reader, number)
    numbers = reader.arrays(found)

    frames = int(numbers.durations.sum())
    assert numbers.durations.min() >= 0
    assert numbers.mel.shape == (frames, reader.corpus.mels)
    assert len(numbers.f0) == len(numbers.energy) == found.frames == frames
    assert len(numbers.samples) == frames * HOP
    assert numbers.symbols.shape == (len(numbers.durations), 4)


def test_the_symbols_are_those_of_the_text_with_its_marks(reader: CorpusReader) -> None:
    found = phones(reader, 0)

    assert (found[:2], found[-1]) == (["j_c", "in_c"], "#4？")


def test_english_is_spelt_in_its_own_phones(reader: CorpusReader) -> None:
    assert {"ae", "p"} <= set(phones(reader, 4))


def test_the_mel_is_that_of_the_samples(reader: CorpusReader) -> None:
    numbers = reader.arrays(utterance(reader, 0))
    samples = numbers.samples.astype(np.float32) / np.float32(FULL_SCALE)

    expected = 8.0 * (log_mel(samples, reader.corpus.spectrogram) - 0.5)

    np.testing.assert_allclose(numbers.mel.astype(np.float32), expected, atol=0.1)
    np.testing.assert_array_equal(numbers.energy, mel_energy(numbers.mel))


def test_a_little_silence_is_kept_around_the_speech(recording: Recording) -> None:
    samples = recording.samples.copy()
    rest = EARLY + int(recording.frames[-2:].sum())
    samples[-FRAME * rest :] = 0  # the toy speaks marks, and as late as it says; a teacher does neither

    loud = np.abs(sounding(replace(recording, samples=samples)).samples.reshape(-1, HOP)).max(axis=1) > 0

    assert np.flatnonzero(loud)[[0, -1]].tolist() == [LEAD, len(loud) - TAIL - 1]


def test_what_is_kept_is_what_lies_there_in_the_recording(recording: Recording) -> None:
    found = sounding(recording)

    start = 2 * SILENCE - LEAD
    kept = slice(start, start + len(found.f0))
    np.testing.assert_array_equal(found.f0, recording.f0[kept])
    np.testing.assert_allclose(found.samples, recording.samples[kept.start * HOP : kept.stop * HOP], atol=1.0)


def test_turns_are_the_phase_that_was_there_before_the_first_frame(recording: Recording) -> None:
    found = sounding(recording)
    start, first_middle = 2 * SILENCE - LEAD, HOP // 2

    whole = phase(recording.f0, HOP, SAMPLE_RATE)[start * HOP :][first_middle : 20 * HOP]
    own = phase(found.f0, HOP, SAMPLE_RATE)[first_middle : 20 * HOP]

    np.testing.assert_allclose(own + found.turns, whole, atol=1e-6)


# Level


@pytest.mark.parametrize("speaker", [PLAN[0].speaker, "wendi"])
def test_the_neutral_speech_of_every_speaker_has_the_same_level(reader: CorpusReader, speaker: str) -> None:
    levels = [
        active_level(reader.arrays(found).samples.astype(np.float32) / np.float32(FULL_SCALE), SAMPLE_RATE)
        for found, ordered in zip(reader.utterances, SPOKEN, strict=True)
        if (ordered.speaker, ordered.emotion) == (speaker, "neutral")
    ]

    assert np.median(levels) == pytest.approx(LEVEL, abs=0.5)


@pytest.mark.parametrize("emotion", ["angry", "calm"])
def test_an_emotion_is_as_much_louder_as_the_engine_makes_it(
    recording: Recording, emotion: EmotionName
) -> None:
    neutral, shown = (sounding(recording, -12.0, name).samples for name in ("neutral", emotion))

    level = shape(PLAN[0]._replace(emotion=emotion).emotion_value, "kokoro").level
    assert level != 0.0
    assert shown.max() / neutral.max() == pytest.approx(amplitude(level), rel=1e-3)


# What is left out


def test_what_would_be_louder_than_full_scale_is_left_out(recording: Recording) -> None:
    assert arrays(recording, gain=30.0) is None


def test_a_recording_of_another_reading_is_left_out(recording: Recording) -> None:
    assert arrays(replace(recording, letters=recording.letters.replace("a", "o"))) is None


def test_a_plan_is_kept_as_text_that_people_can_read(home: Path) -> None:
    first = (home / "plan.jsonl").read_text(encoding="utf-8").splitlines()[0]

    assert TEXTS[0] in first
    assert json.loads(first)[0] == PLAN[0].id


def test_symbols_end_as_much_earlier_as_letters_are_heard_before_their_time(recording: Recording) -> None:
    symbols = sounding(recording).durations
    late = recording.frames.copy()
    late[0] += EARLY
    late[-1] -= EARLY

    same = sounding(replace(recording, frames=late)).durations

    starts = [2 * int(frames[0]) for frames in (recording.frames, late)]
    assert starts[1] - starts[0] == 2 * EARLY
    assert int(same[0] - symbols[0]) == 2 * EARLY
    np.testing.assert_array_equal(same[1:-2], symbols[1:-2])
