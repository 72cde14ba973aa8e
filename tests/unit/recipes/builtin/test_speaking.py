"""Speaking can be stopped and resumed, and nothing is spoken twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from recipes.builtin import speaking
from recipes.builtin.planning import PlannedUtterance
from tests.unit.recipes.builtin.toy_teacher import TEXTS, planned_utterance, publish_teacher

from huisheng.engines.kokoro import FRAME
from huisheng.text.frontend import Frontend
from huisheng.voice.store import HOME_VARIABLE

UNSPOKEN = "……"
PLAN = (
    planned_utterance(1),
    planned_utterance(2, TEXTS[1])._replace(emotion="happy", intensity=2.0),
    planned_utterance(3, UNSPOKEN),
    planned_utterance(4, TEXTS[3])._replace(speaker="wendi", speed=0.8),
)


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, frontend: Frontend) -> Iterator[Path]:
    """Where the processes that speak find their teacher."""
    folder = tmp_path_factory.mktemp("home")
    publish_teacher(folder / "voices", frontend)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """The recordings of the whole plan."""
    folder = tmp_path_factory.mktemp("recordings")
    assert list(speaking.speak_all(PLAN, folder, 1)) == [0, 1, 2, 3, 4]
    return folder


def changes(folder: Path) -> dict[str, int]:
    """Name of each file, and when it was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_every_utterance_has_a_file_of_its_name_and_nothing_else_is_left(recordings: Path) -> None:
    assert set(changes(recordings)) == {f"{each.id}.npz" for each in PLAN}


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_recording_holds_the_sound_with_its_letters_times_and_curves(recordings: Path, number: int) -> None:
    found = speaking.load(recordings, PLAN[number])

    assert found is not None
    assert len(found.samples) == FRAME * int(found.frames.sum())
    assert len(found.f0) == len(found.energy) == 2 * int(found.frames.sum())
    assert len(found.letters) + 2 == len(found.frames)


def test_kinds_of_numbers_are_kept(recordings: Path) -> None:
    found = speaking.load(recordings, PLAN[0])

    assert found is not None
    kinds = [str(part.dtype) for part in (found.samples, found.frames, found.f0, found.energy)]
    assert kinds == ["int16", "int16", "float32", "float32"]


def test_what_the_teacher_cannot_say_is_an_empty_file(recordings: Path) -> None:
    assert speaking.path(recordings, PLAN[2]).stat().st_size == 0
    assert speaking.load(recordings, PLAN[2]) is None


def test_what_was_never_spoken_is_no_recording(recordings: Path) -> None:
    assert speaking.load(recordings, planned_utterance(99)) is None


def test_what_was_spoken_or_could_not_be_is_not_spoken_again(recordings: Path) -> None:
    before = changes(recordings)

    counts = list(speaking.speak_all(PLAN, recordings, 1))

    assert counts == [len(PLAN)]
    assert changes(recordings) == before


def test_only_what_is_missing_is_spoken(recordings: Path) -> None:
    before = changes(recordings)
    missing = speaking.path(recordings, PLAN[1])
    missing.unlink()

    counts = list(speaking.speak_all(PLAN, recordings, 1))

    assert counts == [3, 4]
    assert [name for name, when in changes(recordings).items() if before[name] != when] == [missing.name]


def test_a_half_written_file_of_a_process_that_was_ended_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / f"{PLAN[0].id}.4711.tmp").write_bytes(b"PK")

    assert list(speaking.speak_all(PLAN[:1], tmp_path, 1)) == [0, 1]
    assert speaking.load(tmp_path, PLAN[0]) is not None


def test_speaking_that_was_stopped_is_resumed_where_it_was(tmp_path: Path) -> None:
    plan = [planned_utterance(number, TEXTS[number % len(TEXTS)]) for number in range(40)]
    stopped = speaking.speak_all(plan, tmp_path, 1)
    assert [next(stopped), next(stopped)] == [0, 1]
    stopped.close()
    kept = changes(tmp_path)

    counts = list(speaking.speak_all(plan, tmp_path, 1))

    assert counts == list(range(len(kept), len(plan) + 1))
    assert all(changes(tmp_path)[name] == when for name, when in kept.items())
    assert None not in [speaking.load(tmp_path, each) for each in plan]


def test_an_utterance_is_spoken_the_same_way_each_time(recordings: Path, tmp_path: Path) -> None:
    list(speaking.speak_all(PLAN[1:2], tmp_path, 1))

    first, second = (speaking.load(folder, PLAN[1]) for folder in (recordings, tmp_path))
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.samples, second.samples)


@pytest.mark.parametrize(
    "other",
    [
        planned_utterance(7)._replace(speaker="wendi"),
        planned_utterance(7)._replace(emotion="sad"),
        planned_utterance(7)._replace(speed=1.2),
        planned_utterance(7)._replace(pitch=3.0),
    ],
    ids=["speaker", "emotion", "speed", "pitch"],
)
def test_speaker_emotion_speed_and_pitch_are_heard(
    recordings: Path, tmp_path: Path, other: PlannedUtterance
) -> None:
    list(speaking.speak_all([other], tmp_path, 1))

    plain, found = speaking.load(recordings, PLAN[0]), speaking.load(tmp_path, other)
    assert plain is not None
    assert found is not None
    assert plain.letters == found.letters
    assert not np.array_equal(plain.samples, found.samples)
