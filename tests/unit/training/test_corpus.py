"""What a recipe writes a trainer reads; what is damaged, or is no corpus, is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from pydantic import ValidationError

from huisheng.errors import CorpusError
from huisheng.training.corpus import Arrays, Corpus, CorpusReader, CorpusUtterance, CorpusWriter, mel_energy

HOP: Final = 6
FRAMES: Final = 5
CORPUS: Final = Corpus(
    sample_rate=8_000,
    hop=HOP,
    window=24,
    fft=32,
    mels=4,
    lowest=0.0,
    highest=4_000.0,
    language="PinYin",
    phones=("a_c", "#4", "#4？"),
    tones=("tone1", "tone_none"),
    syllable_flags=("s_both", "s_none"),
    word_segments=("word_both", "word_none"),
    emotions=("emotion_neutral", "emotion_sad"),
    speakers=("tinglan", "chutang"),
    energy=(7.5, 1.25),
)
UTTERANCE: Final = CorpusUtterance(
    id="0a1b2c",
    text="啊？",
    speaker=1,
    emotion=1,
    intensity=1.5,
    speed=0.9,
    shift=-2.0,
    frames=FRAMES,
    held_out=True,
)
ARRAYS: Final = Arrays(
    symbols=np.array([[0, 0, 0, 0], [2, 1, 1, 1]], dtype=np.int16),
    durations=np.array([3, 2], dtype=np.int16),
    f0=np.array([-1.0, 9.0, 120.0, 240.5, 0.0], dtype=np.float32),
    energy=np.linspace(-9.0, 12.0, FRAMES, dtype=np.float32),
    mel=np.linspace(-4.0, 4.0, 4 * FRAMES, dtype=np.float16).reshape(FRAMES, 4),
    samples=np.arange(-15, 15, dtype=np.int16),
    turns=2.125,
)
NAMES: Final = ("symbols", "durations", "f0", "energy", "mel", "samples")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus of one utterance."""
    writer = CorpusWriter(tmp_path / "corpus")
    writer.put(UTTERANCE.id, ARRAYS)
    writer.finish(CORPUS, [UTTERANCE])
    return tmp_path / "corpus"


def numbers(folder: Path) -> Path:
    """The file of the one utterance."""
    return folder / "arrays" / f"{UTTERANCE.id}.npz"


def change_description(folder: Path, **changed: object) -> None:
    """Change the description of a corpus."""
    path = folder / "corpus.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changed), encoding="utf-8")


# There and back


def test_what_all_utterances_share_is_read_as_it_was_written(folder: Path) -> None:
    reader = CorpusReader(folder)

    assert (reader.corpus, reader.utterances) == (CORPUS, (UTTERANCE,))


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_read_as_they_were_written(folder: Path, name: str) -> None:
    found, written = (getattr(arrays, name) for arrays in (CorpusReader(folder).arrays(UTTERANCE), ARRAYS))

    np.testing.assert_array_equal(found, written)
    assert found.dtype == written.dtype


def test_turns_are_read_as_they_were_written(folder: Path) -> None:
    assert CorpusReader(folder).arrays(UTTERANCE).turns == ARRAYS.turns


def test_a_writer_reads_what_it_wrote(tmp_path: Path) -> None:
    writer = CorpusWriter(tmp_path)
    writer.put("a", ARRAYS)

    np.testing.assert_array_equal(writer.get("a").mel, ARRAYS.mel)
    with pytest.raises(CorpusError):
        writer.get("b")


def test_the_effort_of_a_frame_is_the_mean_of_its_bands() -> None:
    found = mel_energy(np.array([[-4.0, -4.0], [0.0, 4.0]], dtype=np.float16))

    assert (found.tolist(), found.dtype) == ([-4.0, 2.0], np.float32)


def test_an_utterance_that_is_written_again_takes_the_place_of_the_first(folder: Path) -> None:
    CorpusWriter(folder).put(UTTERANCE.id, replace(ARRAYS, turns=7.0))

    assert CorpusReader(folder).arrays(UTTERANCE).turns == 7.0


def test_a_writer_knows_what_it_wrote(folder: Path) -> None:
    writer = CorpusWriter(folder)

    assert UTTERANCE.id in writer
    assert "ffffff" not in writer


def test_nothing_half_written_is_left(folder: Path) -> None:
    assert [path.name for path in (folder / "arrays").iterdir()] == [f"{UTTERANCE.id}.npz"]


def test_utterances_without_a_description_are_no_corpus_yet(tmp_path: Path) -> None:
    CorpusWriter(tmp_path).put(UTTERANCE.id, ARRAYS)

    with pytest.raises(CorpusError):
        CorpusReader(tmp_path)


def test_a_frame_is_voiced_where_its_pitch_is_no_trackers_zero() -> None:
    assert ARRAYS.voicing.tolist() == [False, False, True, True, False]


def test_frames_stand_in_the_middle_of_their_hops() -> None:
    assert (CORPUS.spectrogram.offset, CORPUS.spectrogram.hop) == (HOP // 2, HOP)


def test_ids_are_places_in_the_lists_of_the_corpus() -> None:
    phones, tones, _, _ = CORPUS.inventory.ids

    assert (phones["#4？"], tones["tone_none"], CORPUS.inventory.emotion("emotion_sad")) == (2, 1, 1)


def test_no_table_has_a_row_for_what_training_hides() -> None:
    assert CORPUS.inventory.sizes.phones == len(CORPUS.phones) + 2  # padding and end


# Damages


@pytest.mark.parametrize("name", ["corpus.json", "utterances.jsonl"])
@pytest.mark.parametrize("content", [None, b"{", b'{"id": 1}', b"\xff\xfe\x00"])
def test_a_corpus_without_a_sound_description_is_refused(
    folder: Path, name: str, content: bytes | None
) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)

    with pytest.raises(CorpusError) as refused:
        CorpusReader(folder)

    assert refused.value.path == str(folder)


@pytest.mark.parametrize(
    "changed",
    [
        {"sampel_rate": 8_000},
        {"speakers": []},
        {"emotions": []},
        {"energy": [0.0, 0.0]},
        {"energy": [0.0, -1.0]},
        {"mels": "many"},
    ],
)
def test_a_description_with_a_mistake_is_refused_at_load(folder: Path, changed: dict[str, Any]) -> None:
    change_description(folder, **changed)

    with pytest.raises(CorpusError):
        CorpusReader(folder)


DAMAGES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "empty": lambda _: b"",
    "cut off": lambda content: content[:-40],
    "cut short": lambda content: content[:100],
    "changed": lambda content: content.replace(ARRAYS.samples.tobytes(), ARRAYS.samples[::-1].tobytes()),
    "something else": lambda _: b"RIFF" * 50,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_damaged_numbers_are_refused_with_their_file(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    path = numbers(folder)
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(CorpusError) as refused:
        CorpusReader(folder).arrays(UTTERANCE)

    assert refused.value.path == str(path)


def test_missing_numbers_are_refused_with_their_file(folder: Path) -> None:
    numbers(folder).unlink()

    with pytest.raises(CorpusError, match=UTTERANCE.id):
        CorpusReader(folder).arrays(UTTERANCE)


@pytest.mark.parametrize("name", [*NAMES, "turns"])
def test_numbers_that_lack_a_part_are_refused(folder: Path, name: str) -> None:
    with np.load(numbers(folder)) as file:
        kept = {key: file[key] for key in file.files if key != name}
    np.savez(numbers(folder), **kept)

    with pytest.raises(CorpusError):
        CorpusReader(folder).arrays(UTTERANCE)


def test_objects_are_not_unpickled(folder: Path) -> None:
    np.savez(numbers(folder), **dict.fromkeys(NAMES, np.array([{}], dtype=object)), turns=0.0)

    with pytest.raises(CorpusError):
        CorpusReader(folder).arrays(UTTERANCE)


def test_one_array_is_no_utterance(folder: Path) -> None:
    with numbers(folder).open("wb") as stream:
        np.save(stream, ARRAYS.samples)

    with pytest.raises(CorpusError):
        CorpusReader(folder).arrays(UTTERANCE)


# Utterances


@pytest.mark.parametrize(
    "name", ["../up", "a/b", "a\\b", "/etc/passwd", "", ".", "..", "a.b", "a\n", "a\0", "啊", "x" * 65]
)
def test_an_id_that_could_be_a_path_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="id"):
        CorpusUtterance.model_validate(UTTERANCE.model_dump() | {"id": name})


@pytest.mark.parametrize(
    "changed",
    [
        {"speaker": -1},
        {"emotion": -1},
        {"intensity": 2.5},
        {"speed": 0.0},
        {"shift": float("nan")},
        {"frames": 0},
        {"tone": "sad"},
    ],
)
def test_an_utterance_out_of_range_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CorpusUtterance.model_validate(UTTERANCE.model_dump() | changed)
