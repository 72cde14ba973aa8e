"""What was heard to be bad is not learned from, what was not heard counts as good."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from benchmarks.emotion import ear
from benchmarks.environment import Environment
from recipes.builtin import planning, speaking
from recipes.builtin.__main__ import main
from recipes.builtin.hearing import RecordingCheck, RecordingChecks, hear_all, riskiest
from recipes.builtin.planning import PlannedUtterance
from recipes.builtin.teacher import Recording
from tests.unit.recipes.builtin.toy_teacher import TEXTS, planned_utterance, publish_teacher

from huisheng.text.frontend import Frontend
from huisheng.training.corpus import CorpusReader
from huisheng.voice.store import HOME_VARIABLE

GOOD: Final = RecordingCheck(quality=3.4, errors=0, syllables=10, foreign=0)
NOISY: Final = GOOD._replace(quality=2.5)
UNCLEAR: Final = GOOD._replace(errors=6)
PLAN: Final = (planned_utterance(1), planned_utterance(2, TEXTS[1]), planned_utterance(3, TEXTS[2]))

EAR: Final = """
import json, sys, wave
for line in sys.stdin:
    path, text = json.loads(line)
    with wave.open(path) as file:
        seconds = file.getnframes() / file.getframerate()
    print(json.dumps([2.0 + seconds, float(len(text)), 9.0, 0.0]), flush=True)
"""
"""Stands for the ear: judges by the length of a recording, and counts the characters of the text."""


@pytest.fixture
def listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ear of a few lines, in the tests' own environment."""
    script = tmp_path / "ear.py"
    script.write_text(EAR, encoding="ascii")
    monkeypatch.setattr(ear, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(ear, "_SCRIPT", script)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Recordings of the plan, a second each."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    for each in PLAN:
        record(folder, each)
    return folder


@pytest.fixture
def checks(recordings: Path, tmp_path: Path) -> RecordingChecks:
    return RecordingChecks(recordings, tmp_path / "heard.jsonl")


def record(folder: Path, spoken: PlannedUtterance, seconds: int = 1) -> None:
    samples = np.full(24_000 * seconds, int(spoken.id, 16), dtype=np.int16)
    curve = np.zeros(80 * seconds, dtype=np.float32)
    speaking._write(
        speaking.path(folder, spoken), Recording(samples, "a", np.array([40], np.int16), curve, curve)
    )


# What is bad


@pytest.mark.parametrize(
    ("heard", "faults"),
    [
        (GOOD, ()),
        (GOOD._replace(quality=2.6), ()),
        (NOISY, ("noise",)),
        (GOOD._replace(errors=5), ()),
        (UNCLEAR, ("words",)),
        (RecordingCheck(2.0, 4, 4, 0), ("noise", "words")),
    ],
)
def test_a_recording_is_bad_below_its_quality_or_above_its_errors(
    heard: RecordingCheck, faults: tuple[str, ...]
) -> None:
    assert heard.faults == faults


def test_three_syllables_are_too_few_to_condemn_a_word() -> None:
    assert RecordingCheck(3.4, errors=3, syllables=3, foreign=0).faults == ()


def test_what_english_was_heard_as_is_no_error() -> None:
    assert RecordingCheck(3.4, errors=6, syllables=4, foreign=3).faults == ()


def test_errors_beyond_what_english_may_be_heard_as_count() -> None:
    assert RecordingCheck(3.4, errors=7, syllables=4, foreign=3).faults == ("words",)


# What is known


def test_what_was_heard_is_remembered_across_runs(
    checks: RecordingChecks, recordings: Path, tmp_path: Path
) -> None:
    checks.put(PLAN[0], UNCLEAR)

    assert RecordingChecks(recordings, tmp_path / "heard.jsonl").get(PLAN[0]) == UNCLEAR


def test_a_recording_that_was_not_heard_counts_as_good(checks: RecordingChecks) -> None:
    checks.put(PLAN[0], NOISY)
    checks.put(PLAN[1], GOOD)

    assert checks.faults((*PLAN, planned_utterance(99))) == {PLAN[0].id: ("noise",)}


def test_what_was_spoken_anew_is_unheard(checks: RecordingChecks, recordings: Path) -> None:
    checks.put(PLAN[0], NOISY)

    record(recordings, PLAN[0], seconds=2)

    assert checks.get(PLAN[0]) is None


# What is heard


def test_the_strongest_emotions_are_heard_first_and_neutral_last(tmp_path: Path) -> None:
    weak, usual, strong = (
        planned_utterance(number)._replace(emotion="sad", intensity=level)
        for number, level in ((1, 0.5), (2, 1.0), (3, 2.0))
    )
    asked = [
        planned_utterance(0),
        weak,
        planned_utterance(5),
        usual,
        strong,
        strong._replace(id="0" * 11 + "4"),
    ]
    for each in asked:
        record(tmp_path, each)

    assert [int(each.id, 16) for each in riskiest(asked, tmp_path)] == [3, 4, 2, 1, 0, 5]


def test_what_was_not_spoken_or_could_not_be_is_not_heard(tmp_path: Path) -> None:
    speaking._write(speaking.path(tmp_path, PLAN[0]), None)
    record(tmp_path, PLAN[1])

    assert riskiest(PLAN, tmp_path) == [PLAN[1]]


@pytest.mark.usefixtures("listening")
def test_the_ear_is_given_the_recording_and_its_text_with_numbers_in_words(
    checks: RecordingChecks, recordings: Path
) -> None:
    asked = planned_utterance(7, "2点来。")
    record(recordings, asked, seconds=2)

    ((_, heard),) = hear_all([asked], recordings, checks, 1)

    assert heard == RecordingCheck(quality=4.0, errors=len("两点来。"), syllables=9, foreign=0)


@pytest.mark.usefixtures("listening")
def test_the_phones_of_english_are_counted(checks: RecordingChecks, recordings: Path) -> None:
    asked = planned_utterance(7, TEXTS[3])
    record(recordings, asked)

    ((_, heard),) = hear_all([asked], recordings, checks, 1)

    assert heard.foreign == len(("AE", "P"))


@pytest.mark.usefixtures("listening")
def test_listening_that_was_stopped_is_resumed_where_it_was(
    checks: RecordingChecks, recordings: Path
) -> None:
    checks.put(PLAN[1], UNCLEAR)
    stopped = hear_all(PLAN, recordings, checks, 1)
    assert next(stopped) == (PLAN[1], UNCLEAR)
    first, _ = next(stopped)
    stopped.close()

    assert [each for each in PLAN if checks.get(each)] == [first, PLAN[1]]
    assert {each for each, _ in hear_all(PLAN, recordings, checks, 1)} == set(PLAN)


def test_what_is_known_needs_no_ear(checks: RecordingChecks, recordings: Path) -> None:
    for each in PLAN:
        checks.put(each, GOOD)

    assert list(hear_all(PLAN, recordings, checks, 1)) == [(each, GOOD) for each in PLAN]


# The stages


@pytest.fixture
def home(tmp_path: Path, frontend: Frontend, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the plan was spoken by a toy."""
    publish_teacher(tmp_path / "voices", frontend)
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    planning.save(PLAN, tmp_path / "plan.jsonl")
    main(["speak", "--home", str(tmp_path), "--jobs", "1"])
    return tmp_path


def test_the_corpus_is_without_what_was_heard_to_be_bad_and_says_why(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = RecordingChecks(home / "recordings", home / "heard.jsonl")
    checks.put(PLAN[0], NOISY)
    checks.put(PLAN[1], UNCLEAR._replace(quality=1.0))
    capsys.readouterr()

    assert main(["prepare", "--home", str(home), "--jobs", "1"]) == 0

    assert "2 recordings left out, 2 for noise, 1 for words\n" in capsys.readouterr().err
    assert [each.id for each in CorpusReader(home / "corpus").utterances] == [PLAN[2].id]


@pytest.mark.usefixtures("listening")
def test_no_more_are_heard_than_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stands(home / "environment", monkeypatch)

    assert main(["hear", "--home", str(home), "--jobs", "1", "--limit", "2"]) == 0

    heard = (home / "heard.jsonl").read_text(encoding="ascii").splitlines()
    assert [len(json.loads(line)[1]) for line in heard] == [4, 4]


def stands(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment of the ear that is installed as far as can be seen."""
    folder.mkdir()
    (folder / "ready").touch()
    monkeypatch.setattr(ear, "_READY", folder / "ready")
    monkeypatch.setattr(ear, "EVALUATION", Environment(folder, ()))
    (folder / "installed").write_text(hashlib.sha256(b"").hexdigest(), encoding="ascii")


@pytest.mark.usefixtures("listening")
def test_without_an_ear_it_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stands(home / "environment", monkeypatch)
    (home / "ear.py").write_text("", encoding="ascii")

    assert main(["hear", "--home", str(home), "--jobs", "1"]) == 1
    assert "ear.py 意外退出" in capsys.readouterr().err
