"""The committed samples are those of the list, and the command that made them still does."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
import soundfile
from tools.showcase.samples import FOLDER, ROOT, Sample, main, read_samples, write

from huisheng.emotion.names import NAMES
from huisheng.labels.reading import read_label
from huisheng.runtime.synthesizer import Synthesizer

SAMPLES: Final = read_samples()
LARGEST: Final = 250_000
"""Bytes of all together: they are downloaded with every clone."""


@pytest.fixture(scope="module")
def samples_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the command has just written."""
    folder = tmp_path_factory.mktemp("samples")
    assert main([str(folder)]) == 0
    return folder


def test_every_emotion_has_one_sample() -> None:
    assert tuple(sample.emotion for sample in SAMPLES) == NAMES


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.emotion)
def test_a_committed_file_carries_the_label_of_its_line(sample: Sample) -> None:
    label = read_label((FOLDER / sample.name).read_bytes())

    assert label is not None
    assert label.produce_id == sample.produce_id


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.emotion)
def test_a_committed_file_lasts_as_long_as_its_text_takes_today(sample: Sample, samples_folder: Path) -> None:
    committed, today = (soundfile.info(folder / sample.name) for folder in (FOLDER, samples_folder))

    assert committed.samplerate == 24_000
    assert committed.channels == 1
    assert committed.duration == pytest.approx(today.duration, rel=0.2)


def test_the_committed_page_lists_what_the_command_lists(samples_folder: Path) -> None:
    def list_samples(folder: Path) -> list[str]:
        lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
        return [
            line.rpartition(" | ")[0] for line in lines if ".mp3" in line
        ]  # durations may change a little

    assert list_samples(FOLDER) == list_samples(samples_folder)


def test_the_committed_files_are_small_together() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.mp3")) <= LARGEST


def test_there_is_no_file_that_is_not_listed() -> None:
    assert {path.name for path in FOLDER.glob("*.mp3")} == {sample.name for sample in SAMPLES}


def test_speaking_the_same_line_again_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        write(SAMPLES[:1], Synthesizer(), tmp_path / folder)

    first, second = ((tmp_path / folder / SAMPLES[0].name).read_bytes() for folder in ("first", "second"))
    assert first == second


@pytest.mark.parametrize("page", ["README.md", "README.en.md"])
def test_the_readme_links_every_sample(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")

    assert [sample.name for sample in SAMPLES if f"(docs/samples/{sample.name})" not in text] == []
