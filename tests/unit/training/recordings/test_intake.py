"""A folder of recordings goes in, pieces with their texts come out, and everything left out is told."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.unit.training.recordings.synthetic import noisy, put, rest, speech, syllables, text, write

from huisheng.audio.loudness import active_level
from huisheng.errors import RecordingsError, StorageError
from huisheng.text.frontend import Frontend
from huisheng.training.recordings.intake import Intake, IntakeSettings, Stage, take_in
from huisheng.training.recordings.level import LEVEL
from huisheng.training.recordings.report import MOST_LINES, as_json, as_text
from huisheng.training.recordings.scan import RATE
from huisheng.types import Samples
from huisheng.units import Decibels, Hertz, Seconds

Take = Callable[..., Intake]


@pytest.fixture
def take(folder: Path, tmp_path: Path, frontend: Frontend) -> Take:
    def run(settings: IntakeSettings | None = None) -> Intake:
        return take_in(folder, tmp_path / "work", frontend, settings)

    return run


def kinds(intake: Intake) -> dict[str, str]:
    """The last finding of each file."""
    return {found.file: found.kind for found in intake.findings if found.file}


def content(intake: Intake) -> dict[str, bytes]:
    return {piece.file: (intake.folder / piece.file).read_bytes() for piece in intake.pieces}


def read_samples(intake: Intake, number: int) -> Samples:
    samples, rate = soundfile.read(intake.folder / intake.pieces[number].file, dtype="float32")
    assert rate == RATE
    return np.asarray(samples, dtype=np.float32)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg"])
def test_a_recording_of_any_format_becomes_a_piece(folder: Path, take: Take, name: str) -> None:
    put(folder, name, [10, 15])

    intake = take()

    (piece,) = intake.pieces
    assert (piece.text, piece.syllables) == (text([10, 15]), 25)
    assert piece.end - piece.start == pytest.approx(5.0 + 0.5 + 0.15 - 0.06, abs=0.1)
    assert active_level(read_samples(intake, 0), Hertz(RATE)) == pytest.approx(LEVEL, abs=0.5)


def test_a_piece_of_a_file_in_48_khz_stereo_is_24_khz_mono(folder: Path, take: Take) -> None:
    spoken = speech([10], rate=48_000)
    write(folder / "a.wav", np.stack([spoken, spoken], axis=1), 48_000)
    (folder / "a.txt").write_text(text([10]), encoding="utf-8")

    intake = take()

    assert read_samples(intake, 0).shape == (intake.pieces[0].samples,)
    assert intake.pieces[0].samples == pytest.approx((2.0 - 0.03 + 0.15) * RATE, abs=0.05 * RATE)


def test_a_long_recording_is_cut_and_its_pieces_hold_the_sentences(folder: Path, take: Take) -> None:
    """Pitch tells the sentences apart in the sound."""
    counts = [12, 30, 18, 25, 36, 14]
    sound = [rest(0.4)]
    for number, count in enumerate(counts):
        sound += [syllables(count, 100.0 + 40.0 * number), rest(0.6)]
    write(folder / "long.wav", np.concatenate(sound))
    (folder / "long.txt").write_text(text(counts), encoding="utf-8")

    intake = take()

    assert "".join(piece.text for piece in intake.pieces) == text(counts)
    assert len(intake.pieces) >= 3
    assert all(
        before.end <= after.start for before, after in zip(intake.pieces, intake.pieces[1:], strict=False)
    )
    for number, piece in enumerate(intake.pieces):
        assert len(read_samples(intake, number)) / RATE == pytest.approx(0.2 * piece.syllables, abs=1.5)


def test_all_pieces_of_a_recording_get_the_same_gain(folder: Path, take: Take) -> None:
    counts = [40, 40]
    quiet = syllables(40) * np.float32(0.5)
    write(folder / "a.wav", np.concatenate([rest(0.3), syllables(40), rest(0.6), quiet, rest(0.3)]))
    (folder / "a.txt").write_text(text(counts), encoding="utf-8")

    intake = take()

    levels = [active_level(read_samples(intake, number), Hertz(RATE)) for number in (0, 1)]
    assert levels[0] - levels[1] == pytest.approx(6.0, abs=0.3)


def test_every_recording_that_is_left_out_is_told_why(folder: Path, take: Take) -> None:
    put(folder, "good.wav", [10])
    put(folder, "misfit.wav", [40], said="妈妈。")
    put(folder, "mute.wav", [10], said="……")
    write(folder / "telephone.wav", speech([10], rate=8_000), 8_000)
    write(folder / "noisy.wav", noisy(speech([10]), 8.0))
    write(folder / "silence.wav", rest(3.0))
    write(folder / "short.wav", syllables(2))
    write(folder / "clipped.wav", np.clip(20.0 * speech([10]), -1.0, 1.0))
    for name in ("telephone", "noisy", "silence", "short", "clipped"):
        (folder / f"{name}.txt").write_text(text([10]), encoding="utf-8")

    intake = take()

    assert [source.sound for source in intake.sources] == ["good.wav"]
    assert kinds(intake) == {
        "misfit.wav": "misfit",
        "mute.wav": "unspeakable",
        "telephone.wav": "narrow",
        "noisy.wav": "noisy",
        "silence.wav": "no_speech",
        "short.wav": "too_short",
        "clipped.wav": "badly_clipped",
    }


def test_a_recording_of_up_to_a_minute_that_cannot_be_cut_is_used_whole(folder: Path, take: Take) -> None:
    put(folder, "a.wav", [200])
    put(folder, "b.wav", [310])

    intake = take()

    assert [source.sound for source in intake.sources] == ["a.wav"]
    assert kinds(intake) == {"a.wav": "uncut", "b.wav": "uncuttable"}


def test_the_same_recording_under_two_names_is_used_once(folder: Path, take: Take) -> None:
    put(folder, "a.wav")
    shutil.copy(folder / "a.wav", folder / "b.wav")
    shutil.copy(folder / "a.txt", folder / "b.txt")

    intake = take()

    assert [source.sound for source in intake.sources] == ["a.wav"]
    assert kinds(intake) == {"b.wav": "duplicate"}


def one_byte(path: Path) -> None:
    path.write_bytes(b"R")


def words(path: Path) -> None:
    path.write_text("妈妈。" * 1000, encoding="utf-8")


def header(path: Path, channels: int = 1, rate: int = 24_000, size: int = 0) -> None:
    """A WAV that claims `size` bytes and holds four."""
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    riff = b"RIFF" + struct.pack("<I", min(size + 36, 0xFFFFFFFF)) + b"WAVEfmt " + struct.pack("<I", 16)
    path.write_bytes(riff + form + b"data" + struct.pack("<I", size) + b"\0\0\0\0")


def four_gigabytes(path: Path) -> None:
    header(path, size=0xFFFFFFF0)


def a_thousand_channels(path: Path) -> None:
    header(path, channels=1000, size=4)


def no_rate(path: Path) -> None:
    header(path, rate=0, size=4)


def a_gigahertz(path: Path) -> None:
    header(path, rate=1_000_000_000, size=4)


def no_numbers(path: Path) -> None:
    write(path, np.full(RATE, np.nan, np.float32), subtype="FLOAT")


def half_a_flac(path: Path) -> None:
    write(path.with_suffix(".flac"), noisy(speech([10]), 30.0))
    whole = path.with_suffix(".flac").read_bytes()
    path.with_suffix(".flac").unlink()
    path.write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    "make",
    [
        *(one_byte, words, four_gigabytes, a_thousand_channels, no_rate, a_gigahertz, no_numbers),
        *(half_a_flac, Path.mkdir, os.mkfifo),
    ],
)
def test_a_hostile_file_is_left_out_and_the_others_are_taken(
    folder: Path, take: Take, make: Callable[[Path], object]
) -> None:
    put(folder, "good.wav")
    make(folder / "evil.wav")
    (folder / "evil.txt").write_text(text([10]), encoding="utf-8")

    intake = take()

    assert [source.sound for source in intake.sources] == ["good.wav"]
    assert make == Path.mkdir or kinds(intake)["evil.wav"] in {"unreadable", "too_short", "misfit", "no_file"}


def test_names_that_terminals_obey_or_no_character_set_knows_come_through(folder: Path, take: Take) -> None:
    put(folder, "a\nb\x1b[2J.wav")
    put(folder, os.fsdecode("录音.wav".encode("gbk")))

    intake = take()

    assert [source.sound for source in intake.sources] == ["a\\nb\\x1b[2J.wav", "¼\\udcd2\\udcf4.wav"]
    assert json.loads(as_json(intake))["used"] == 2


def test_the_same_folder_gives_the_same_bytes(folder: Path, tmp_path: Path, frontend: Frontend) -> None:
    put(folder, "a.wav", [10])
    put(folder, "b.mp3", [30, 30, 30])

    first, second = (take_in(folder, tmp_path / name, frontend) for name in ("one", "two"))

    assert content(first) == content(second)
    assert (first.sources, first.findings, first.sha256) == (second.sources, second.findings, second.sha256)


def times(intake: Intake) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (intake.folder / "pieces").iterdir()}


def test_what_is_there_is_not_made_again(folder: Path, take: Take) -> None:
    put(folder, "a.wav")
    put(folder, "b.wav")
    first = take()
    before = times(first)
    put(folder, "c.wav")

    second = take()

    assert {name: made for name, made in times(second).items() if name in before} == before
    assert second.sources[:2] == first.sources


def cut_short(path: Path) -> None:
    path.write_bytes(b"short")


@pytest.mark.parametrize("damage", [Path.unlink, cut_short])
def test_a_piece_that_is_gone_or_damaged_is_made_again(
    folder: Path, take: Take, damage: Callable[[Path], object]
) -> None:
    put(folder, "a.wav")
    before = content(first := take())
    damage(first.folder / first.pieces[0].file)

    assert content(take()) == before


@pytest.mark.parametrize("record", [b"", b"{}", b'{"sound": "a.wav", "novelty": 1}'])
def test_a_damaged_record_counts_for_none(folder: Path, take: Take, record: bytes) -> None:
    put(folder, "a.wav")
    first = take()
    next((first.folder / "records").iterdir()).write_bytes(record)

    assert take() == first


def test_another_text_or_level_makes_the_piece_again(folder: Path, take: Take) -> None:
    put(folder, "a.wav")
    first = take()
    (folder / "a.txt").write_text("爸" * 10, encoding="utf-8")
    second = take()
    third = take(IntakeSettings(level=Decibels(-30.0)))

    assert [intake.pieces[0].text[0] for intake in (first, second, third)] == ["妈", "爸", "爸"]
    assert active_level(read_samples(third, 0), Hertz(RATE)) == pytest.approx(-30.0, abs=0.5)


def test_what_was_taken_back_is_gone_from_the_work_folder(folder: Path, take: Take) -> None:
    put(folder, "a.wav")
    put(folder, "b.wav")
    take()
    (folder / "b.wav").unlink()

    intake = take()

    assert list(times(intake)) == [Path(intake.pieces[0].file).name]
    assert len(list((intake.folder / "records").iterdir())) == 1


def test_files_of_others_in_the_work_folder_stay(folder: Path, tmp_path: Path, take: Take) -> None:
    put(folder, "a.wav")
    for place in ("pieces/mine.wav", "records/mine.json", "notes.txt"):
        (tmp_path / "work" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "work" / place).write_bytes(b"mine")

    take()

    assert len([path for path in (tmp_path / "work").rglob("*") if path.is_file()]) == 5


def test_an_intake_that_was_broken_off_goes_on(folder: Path, tmp_path: Path, frontend: Frontend) -> None:
    put(folder, "a.wav")
    put(folder, "b.wav")

    def break_off(stage: Stage, done: int, total: int) -> None:
        if stage == "cutting":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(folder, tmp_path / "work", frontend, progress=break_off)
    (first,) = (tmp_path / "work" / "pieces").iterdir()
    made = first.stat().st_mtime_ns
    intake = take_in(folder, tmp_path / "work", frontend)

    assert len(intake.pieces) == 2
    assert times(intake)[first.name] == made


def test_beyond_the_limit_the_recordings_with_the_least_noise_are_used(folder: Path, take: Take) -> None:
    for name, snr in (("a", 20.0), ("b", 40.0), ("c", 30.0)):
        write(folder / f"{name}.wav", noisy(speech([20], edge=0.5), snr))
        (folder / f"{name}.txt").write_text(text([20]), encoding="utf-8")

    intake = take(IntakeSettings(longest=Seconds(9.0)))

    assert [source.sound for source in intake.sources] == ["b.wav", "c.wav"]
    assert intake.seconds <= 9.0
    assert [found.kind for found in intake.findings if not found.file] == ["surplus", "total_too_short"]


def test_progress_tells_each_recording_of_each_stage(
    folder: Path, tmp_path: Path, frontend: Frontend
) -> None:
    put(folder, "a.wav")
    put(folder, "b.wav", said="妈")
    told = list[tuple[Stage, int, int]]()

    def tell(stage: Stage, done: int, total: int) -> None:
        told.append((stage, done, total))

    take_in(folder, tmp_path / "work", frontend, progress=tell)

    assert told == [("checking", 1, 2), ("checking", 2, 2), ("cutting", 1, 1)]


def test_less_than_a_minute_is_too_little_to_begin(folder: Path, take: Take) -> None:
    put(folder, "a.wav")

    with pytest.raises(RecordingsError, match="至少要 1 分钟"):
        take().require()


def test_a_minute_is_enough_to_begin(folder: Path, take: Take) -> None:
    put(folder, "a.wav", [30] * 10)

    intake = take()
    intake.require()

    assert [found.kind for found in intake.findings] == ["total_short"]


def test_the_digest_tells_the_recordings_and_nothing_else(folder: Path, take: Take) -> None:
    put(folder, "a.wav")
    first = take().sha256
    (folder / "a.txt").write_text("爸" * 10, encoding="utf-8")
    put(folder, "unused.wav", said="妈")

    assert take().sha256 == first
    put(folder, "b.wav")
    assert take().sha256 != first


def test_a_folder_without_recordings_is_refused(folder: Path, take: Take) -> None:
    (folder / "cover.jpg").write_bytes(b"picture")

    with pytest.raises(RecordingsError, match="没有录音"):
        take()


@pytest.mark.parametrize("place", [".", "work"])
def test_pieces_are_never_written_among_the_recordings(folder: Path, frontend: Frontend, place: str) -> None:
    put(folder, "a.wav")

    with pytest.raises(RecordingsError, match="工作文件夹"):
        take_in(folder, folder / place, frontend)


def test_a_work_folder_that_cannot_be_written_is_told(
    folder: Path, tmp_path: Path, frontend: Frontend
) -> None:
    put(folder, "a.wav")
    (tmp_path / "work").write_bytes(b"a file")

    with pytest.raises(StorageError, match="请检查空间与权限"):
        take_in(folder, tmp_path / "work", frontend)


def test_nothing_in_the_folder_of_the_recordings_changes(folder: Path, take: Take) -> None:
    put(folder, "a.wav")
    before = {path: path.read_bytes() for path in folder.rglob("*")}

    take()

    assert {path: path.read_bytes() for path in folder.rglob("*")} == before


def test_the_report_says_in_two_languages_what_is_used_and_what_is_not(folder: Path, take: Take) -> None:
    put(folder, "a.wav")
    put(folder, "b.wav", said="妈")

    report = as_text(take())

    assert "录音 2 个，使用 1 个" in report
    assert "Recordings: 2, used: 1" in report
    assert "b.wav: 文本与录音不符" in report
    assert "Its text does not fit" in report


def test_the_report_counts_what_it_does_not_list(folder: Path, take: Take) -> None:
    for number in range(MOST_LINES + 5):
        (folder / f"{number}.wav").write_bytes(b"no sound")

    report = as_text(take())

    assert report.count("没有对应的文本") == MOST_LINES
    assert "还有 5 个" in report


def test_the_json_report_holds_every_piece(folder: Path, take: Take) -> None:
    put(folder, "a.wav", [30, 30, 30])
    intake = take()

    report = json.loads(as_json(intake))

    listed = [piece for source in report["sources"] for piece in source["pieces"]]
    assert listed == [piece.model_dump() for piece in intake.pieces]
    assert report["seconds"] == pytest.approx(intake.seconds, abs=0.01)
