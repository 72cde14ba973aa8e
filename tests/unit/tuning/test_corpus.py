"""Pieces become a corpus that trainers read; those that do not fit their texts are left out and named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.unit.tuning import taken_in, tiny_base

from huisheng.errors import RecordingsError
from huisheng.text.frontend import Frontend
from huisheng.training.corpus import CorpusReader
from huisheng.training.recordings.intake import Intake
from huisheng.tuning.base import Base, open_base
from huisheng.tuning.corpus import FEWEST, PreparedCorpus, prepare
from huisheng.voice.store import HOME_VARIABLE


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(tmp_path_factory.mktemp("home")))
        tiny_base.publish()
        return open_base(tiny_base.NAME)


@pytest.fixture(scope="module")
def frontend() -> Frontend:
    return Frontend(contextual=False)


def quiet(done: int, total: int) -> None:
    """Progress that is not shown."""


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Intake:
    folder = tmp_path_factory.mktemp("work")
    unreadable = taken_in.piece(folder, 90, text="……")
    hurried = taken_in.piece(folder, 91, text="妈" * 60 + "。", syllables=1)
    return taken_in.intake(folder, [unreadable, hurried])


@pytest.fixture(scope="module")
def prepared_corpus(base: Base, frontend: Frontend, intake: Intake) -> PreparedCorpus:
    return prepare(intake, base, "ming", frontend, intake.folder / "corpus", quiet)


@pytest.fixture(scope="module")
def reader(prepared_corpus: PreparedCorpus) -> CorpusReader:
    return CorpusReader(prepared_corpus.folder)


def test_every_piece_that_fits_its_text_is_an_utterance(reader: CorpusReader) -> None:
    assert [one.text for one in reader.utterances] == ["妈妈妈妈妈妈妈妈。"] * taken_in.COUNT


def test_pieces_that_do_not_fit_are_named_with_the_reason(prepared_corpus: PreparedCorpus) -> None:
    assert [one.reason for one in prepared_corpus.rejected] == ["文本无法合成", "录音与文本不符"]


def test_the_new_speaker_comes_behind_those_of_the_base_and_is_neutral(reader: CorpusReader) -> None:
    assert reader.corpus.speakers == ("lan", "song", "ming")
    assert {(one.speaker, one.emotion, one.intensity) for one in reader.utterances} == {(2, 0, 1.0)}


def test_symbols_and_emotions_are_those_of_the_base(reader: CorpusReader, base: Base) -> None:
    assert (reader.corpus.phones, reader.corpus.emotions) == (base.inventory.phones, base.inventory.emotions)


def test_energy_is_normalised_as_the_base_learned_it(reader: CorpusReader) -> None:
    assert reader.corpus.energy == (-1.0, 0.5)


def test_durations_add_up_to_the_frames_of_an_utterance(reader: CorpusReader) -> None:
    for one in reader.utterances:
        found = reader.arrays(one)
        assert found.durations.sum() == one.frames == len(found.mel) == len(found.samples) // 300


def test_every_sound_lasts_at_least_a_frame(reader: CorpusReader, base: Base) -> None:
    breaks = [place for place, phone in enumerate(base.inventory.phones) if phone.startswith("#")]
    for one in reader.utterances:
        found = reader.arrays(one)
        assert (found.durations[~np.isin(found.symbols[:, 0], breaks)] > 0).all()


def test_some_utterances_are_held_out(reader: CorpusReader) -> None:
    assert sum(one.held_out for one in reader.utterances) == 2


def test_the_seconds_are_those_of_the_utterances(
    prepared_corpus: PreparedCorpus, reader: CorpusReader
) -> None:
    assert prepared_corpus.seconds == pytest.approx(sum(one.frames for one in reader.utterances) / 80.0)


def test_made_again_nothing_changes_and_nothing_is_written_twice(
    base: Base, frontend: Frontend, intake: Intake, prepared_corpus: PreparedCorpus
) -> None:
    def times() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in (prepared_corpus.folder / "arrays").iterdir()}

    before = times()

    assert prepare(intake, base, "ming", frontend, prepared_corpus.folder, quiet) == prepared_corpus
    assert times() == before


def test_two_makings_make_the_same_corpus(
    base: Base, frontend: Frontend, intake: Intake, prepared_corpus: PreparedCorpus, tmp_path: Path
) -> None:
    prepare(intake, base, "ming", frontend, tmp_path, quiet)

    for path in prepared_corpus.folder.rglob("*.*"):
        assert (tmp_path / path.relative_to(prepared_corpus.folder)).read_bytes() == path.read_bytes()


def test_progress_counts_the_pieces(
    base: Base, frontend: Frontend, intake: Intake, prepared_corpus: PreparedCorpus
) -> None:
    told: list[tuple[int, int]] = []

    prepare(
        intake, base, "ming", frontend, prepared_corpus.folder, lambda done, total: told.append((done, total))
    )

    assert told == [(done, len(intake.pieces)) for done in range(1, len(intake.pieces) + 1)]


def test_too_few_pieces_are_refused(base: Base, frontend: Frontend, tmp_path: Path) -> None:
    whole = taken_in.intake(tmp_path)
    few = whole.sources[0].model_copy(update={"pieces": whole.pieces[: FEWEST - 1]})

    with pytest.raises(RecordingsError, match="只有 3 段"):
        prepare(Intake(tmp_path, (few,), (), 1), base, "ming", frontend, tmp_path / "corpus", quiet)
