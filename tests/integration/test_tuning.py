"""`huisheng voices train` as people run it: recordings and a consent in, a voice that speaks out."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.unit.training.recordings import synthetic
from tests.unit.tuning import tiny_base
from tests.unit.voice.test_consent import fill_in

from huisheng.cli.main import main
from huisheng.engines import make_engine
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.training import checkpoints
from huisheng.voice.load import load_package
from huisheng.voice.manifest import Manifest
from huisheng.voice.store import HOME_VARIABLE

RECORDINGS = 7


@dataclass(frozen=True)
class Run:
    """What a command left.

    Attributes:
        command: that was run.
        out, err: what it said.
        work: folder of work in progress.
        manifest: of the voice.
    """

    command: tuple[str, ...]
    out: str
    err: str
    work: Path
    manifest: Manifest


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder, capture = tmp_path_factory.mktemp("tuning"), pytest.MonkeyPatch()
    torch.set_num_threads(1)
    capture.setenv(HOME_VARIABLE, str(folder / "home"))
    tiny_base.publish()
    recordings = folder / "recordings"
    for number in range(RECORDINGS):
        synthetic.put(recordings, f"{number}.wav", (20, 20))
    year = str(datetime.now(UTC).year)
    (recordings / "consent.toml").write_text(fill_in().replace("2026", year), encoding="utf-8")
    command = (
        *("voices", "train", str(recordings), "--name", "小明", "--gender", "male"),
        *("--base", tiny_base.NAME, "--work", str(folder / "work"), "--steps", "3", "--device", "cpu"),
    )
    out, err = capture_output(lambda: main([*command]))
    manifest = load_package("xiaoming").manifest
    yield Run(command, out, err, folder / "work", manifest)
    capture.undo()


def capture_output(act: Callable[[], int]) -> tuple[str, str]:
    """What is said while something succeeds."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert act() == 0
    return out.getvalue(), err.getvalue()


def test_the_voice_speaks(run: Run) -> None:
    said = Synthesizer(make_engine("sambert:xiaoming")).speak("你好。", voice="小明")

    assert np.abs(said.samples).max() > 0.0


def test_it_is_one_speaker_with_all_emotions_of_the_base(run: Run) -> None:
    known = run.manifest.sambert
    assert known is not None
    assert run.manifest.speakers == ("xiaoming",)
    assert [(person.name, person.gender) for person in known.people] == [("小明", "male")]
    assert known.people[0].gain == 3.0
    assert known.emotions == ("emotion_neutral", "emotion_happy", "emotion_sad")
    assert known.strengths == {"emotion_sad": 1.2}


def test_its_spectrogram_is_stated_so_that_other_vocoders_may_fit(run: Run) -> None:
    assert run.manifest.mel is not None
    assert (run.manifest.mel.window, run.manifest.mel.bands) == (1_200, tiny_base.MELS)


def test_the_consent_is_kept_with_the_recordings_that_it_was_given_for(run: Run) -> None:
    consent = run.manifest.consent
    recordings = run.manifest.origins[1]

    assert consent is not None
    assert (consent.speaker.name, consent.agreed) == ("李明", True)
    assert consent.evidence.recordings_sha256 == recordings.sha256


def test_its_origin_is_the_base_and_the_recordings(run: Run) -> None:
    assert [origin.name for origin in run.manifest.origins] == ["tiny", "recordings"]
    assert run.manifest.licence == "(Apache-2.0) AND LicenseRef-Consent"


def test_the_report_is_printed_and_kept(run: Run) -> None:
    report = json.loads((run.work / "report.json").read_text(encoding="utf-8"))

    assert "频谱 spectrum (dB)" in run.out
    assert report["voice"] == "xiaoming"
    assert report["after"]["mel"] > 0.0


def test_progress_is_written_to_stderr(run: Run) -> None:
    assert f"录音 {RECORDINGS} 个，使用 {RECORDINGS} 个" in run.err
    assert "对齐文本 Aligning texts 7/7" in run.err
    assert "huisheng speak --voice xiaoming" in run.err


def test_the_same_command_goes_on_with_what_is_there(run: Run) -> None:
    states = {path: path.stat().st_mtime_ns for path in run.work.rglob(checkpoints.LAST)}
    files = run.manifest.files

    capture_output(lambda: main([*run.command, "--replace"]))

    assert len(states) == 2
    assert {path: path.stat().st_mtime_ns for path in states} == states
    assert load_package("xiaoming").manifest.files == files
