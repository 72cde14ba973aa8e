"""A package is whole or it is not there."""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
import threading
import time
from io import BufferedReader
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from huisheng.errors import StorageError, VoiceMissing, VoicePackageError
from huisheng.voice.exchange import exchange
from huisheng.voice.load import VoicePackage, load_package, read_package, set_aside
from huisheng.voice.manifest import Description, Origin, Proof, Sambert
from huisheng.voice.publish import publish, staging
from huisheng.voice.store import list_packages

FILES = {"graph.onnx": b"graph" * 100, "styles.npy": b"styles" * 100}


def describe(name: str = "tiny", version: str = "1") -> Description:
    return Description(
        name=name,
        version=version,
        engine="silent",
        sample_rate=24_000,
        frame_samples=600,
        symbols={"a": 1},
        speakers=("one",),
        languages=("zh-CN",),
        licence="Apache-2.0",
        origins=(Origin(name="source.bin", sha256="0" * 64, licence="MIT"),),
        remarks="",
        proof=Proof(symbols=1, samples=600, max_abs_difference=0.0),
    )


def publish_tiny(folder: Path, version: str = "1") -> VoicePackage:
    with staging(folder) as staged:
        for name, content in FILES.items():
            (staged / name).write_bytes(content + version.encode())
        return publish(staged, describe(version=version))


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_what_was_published_is_loaded_with_every_byte(tmp_path: Path) -> None:
    publish_tiny(tmp_path)

    package = load_package("tiny", tmp_path)

    assert {name: package.path(name).read_bytes() for name in FILES} == {
        name: content + b"1" for name, content in FILES.items()
    }


def test_the_manifest_that_is_read_equals_what_was_described(tmp_path: Path) -> None:
    publish_tiny(tmp_path)

    manifest = load_package("tiny", tmp_path).manifest

    assert Description(**{name: getattr(manifest, name) for name in Description.model_fields}) == describe()


def test_publishing_leaves_nothing_but_the_package(tmp_path: Path) -> None:
    publish_tiny(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_publishing_again_replaces_the_package(tmp_path: Path) -> None:
    publish_tiny(tmp_path, version="1")
    publish_tiny(tmp_path, version="2")

    assert load_package("tiny", tmp_path).manifest.version == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_while_a_package_is_replaced_it_is_never_missing(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    if not exchange(tmp_path / "one", tmp_path / "two"):
        pytest.skip("folders cannot be exchanged here")
    publish_tiny(tmp_path / "voices")
    done, missing = threading.Event(), list[str]()

    def look() -> None:
        while not done.is_set():
            if "tiny" not in list_packages(tmp_path / "voices"):
                missing.append("tiny")

    looking = threading.Thread(target=look)
    looking.start()
    for version in range(30):
        publish_tiny(tmp_path / "voices", str(version))
    done.set()
    looking.join()

    assert not missing


def test_where_folders_cannot_be_exchanged_a_package_is_replaced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "other")
    publish_tiny(tmp_path, version="1")
    publish_tiny(tmp_path, version="2")

    assert load_package("tiny", tmp_path).manifest.version == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_description_that_cannot_be_read_back_replaces_nothing(tmp_path: Path) -> None:
    publish_tiny(tmp_path)
    unproven = Proof.model_construct(symbols=1, samples=600, max_abs_difference=math.nan)

    with staging(tmp_path) as staged, pytest.raises(VoicePackageError, match=r"语音包 tiny .*manifest\.json"):
        publish(staged, describe(version="2").model_copy(update={"proof": unproven}))

    assert load_package("tiny", tmp_path).manifest.version == "1"
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_package_that_is_replaced_while_it_is_verified_is_read_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_tiny(tmp_path, version="1")
    real = hashlib.file_digest

    def replace_package(file: BufferedReader, name: str) -> object:
        monkeypatch.undo()
        publish_tiny(tmp_path, version="2")
        return real(file, name)

    monkeypatch.setattr(hashlib, "file_digest", replace_package)

    assert load_package("tiny", tmp_path).manifest.version == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_what_another_process_sets_aside_after_the_replacement_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_tiny(tmp_path, version="1")
    set_aside(tmp_path / "tiny")
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        if (tmp_path / "tiny").exists():
            monkeypatch.undo()
            set_aside(tmp_path / "tiny")

    monkeypatch.setattr(os, "fsync", fsync)
    publish_tiny(tmp_path, version="2")

    assert read_package(tmp_path / ".tiny.aside", "tiny").manifest.version == "2"


def test_a_link_is_replaced_again_and_again_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    elsewhere = publish_tiny(tmp_path / "elsewhere").directory
    folder = tmp_path / "voices"
    folder.mkdir()
    for _ in range(2):
        (folder / "tiny").symlink_to(elsewhere)
        set_aside(folder / "tiny")
    (folder / "tiny").symlink_to(elsewhere)

    publish_tiny(folder, version="2")

    assert [path.name for path in folder.iterdir()] == ["tiny"]
    assert load_package("tiny", folder).manifest.version == "2"
    assert load_package("tiny", elsewhere.parent).manifest.version == "1"


def test_a_failure_while_files_are_made_leaves_the_old_package(tmp_path: Path) -> None:
    publish_tiny(tmp_path)

    def interrupt() -> None:
        with staging(tmp_path) as staged:
            (staged / "graph.onnx").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()

    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
    assert load_package("tiny", tmp_path).manifest.version == "1"


def test_what_a_killed_process_left_is_swept_away_after_a_day(tmp_path: Path) -> None:
    old, recent = (tmp_path / f".staging-{age}" for age in ("old", "recent"))
    for folder in (old, recent):
        folder.mkdir()
        (folder / "graph.onnx").write_bytes(b"half")
    yesterday = time.time() - 25 * 60 * 60
    os.utime(old, (yesterday, yesterday))

    with staging(tmp_path):
        pass

    assert [path.name for path in tmp_path.iterdir()] == [recent.name]


def test_a_package_that_is_not_there_is_missing_and_the_message_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(VoiceMissing, match="huisheng voices import"):
        load_package("tiny", tmp_path)


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    (publish_tiny(tmp_path).directory / name).unlink()

    with pytest.raises(VoicePackageError, match=name):
        load_package("tiny", tmp_path)


@pytest.mark.parametrize("name", [*FILES])
def test_a_single_changed_bit_is_refused(tmp_path: Path, name: str) -> None:
    damage(publish_tiny(tmp_path).directory / name)

    with pytest.raises(VoicePackageError, match=name):
        load_package("tiny", tmp_path)


def test_a_damaged_package_is_set_aside_and_the_next_one_takes_its_place(tmp_path: Path) -> None:
    damage(publish_tiny(tmp_path).directory / "graph.onnx")

    with pytest.raises(VoicePackageError):
        load_package("tiny", tmp_path)

    assert list_packages(tmp_path) == ()
    publish_tiny(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_package_that_was_damaged_twice_is_set_aside_twice(tmp_path: Path) -> None:
    for _ in range(2):
        (tmp_path / "tiny").mkdir()
        (tmp_path / "tiny" / "rest").write_bytes(b"")
        with pytest.raises(VoicePackageError):
            load_package("tiny", tmp_path)

    assert not (tmp_path / "tiny").exists()


def test_reading_without_the_store_leaves_a_damaged_package_where_it_is(tmp_path: Path) -> None:
    damage(publish_tiny(tmp_path).directory / "graph.onnx")

    with pytest.raises(VoicePackageError):
        read_package(tmp_path / "tiny")

    assert (tmp_path / "tiny").is_dir()


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 2},
        {"novelty": 1},
        {"sample_rate": "24000"},
        {"sample_rate": 3_999},
        {"sample_rate": 192_001},
        {"frame_samples": 0},
        {"frame_samples": 10_001},
        {"proof": {"symbols": 1, "samples": 1, "max_abs_difference": math.inf}},
        {"name": "../evil"},
        {"files": {"../evil": {"size": 0, "sha256": "0" * 64}}},
        {"files": {"graph.onnx": {"size": 0, "sha256": "short"}}},
        {"name": "other"},
    ],
    ids=[
        "schema",
        "unknown key",
        "string for a number",
        "rate too low",
        "rate too high",
        "empty frame",
        "long frame",
        "infinity",
        "path in name",
        "path in file",
        "hash",
        "other name",
    ],
)
def test_a_manifest_that_breaks_the_schema_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = publish_tiny(tmp_path).directory / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")

    with pytest.raises(VoicePackageError):
        load_package("tiny", tmp_path)


def test_a_manifest_that_is_no_json_is_refused(tmp_path: Path) -> None:
    (publish_tiny(tmp_path).directory / "manifest.json").write_bytes(b"\xff{")

    with pytest.raises(VoicePackageError, match=r"manifest\.json"):
        load_package("tiny", tmp_path)


def test_a_file_outside_the_manifest_is_not_given_out(tmp_path: Path) -> None:
    package = publish_tiny(tmp_path)

    with pytest.raises(VoicePackageError, match="absent"):
        package.path("absent.bin")


def test_a_store_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StorageError), staging(tmp_path / "file"):
        pass


def describe_sambert(change: dict[str, Any], speakers: tuple[str, ...] = ("f7",)) -> Description:
    known: dict[str, Any] = {
        "language": "PinYin",
        "tones": (),
        "syllable_flags": (),
        "word_segments": (),
        "emotions": ("emotion_none",),
        "has_mask": True,
        "group": 3,
        "longest": 800,
        "causal": True,
        "left": 0,
        "right": 0,
        "pitch": None,
        "source": None,
    }
    fields: dict[str, Any] = dict(describe())
    fields |= {"speakers": speakers, "sambert": Sambert(**(known | change))}
    return Description(**fields)


@pytest.mark.parametrize("language", ["", "../PinYin", "Pin\x1b[2JYin", "PinYin\n", "拼音", "P" * 65])
def test_a_language_that_is_no_plain_name_is_refused(language: str) -> None:
    with pytest.raises(ValidationError, match="language"):
        describe_sambert({"language": language})


def test_a_voice_of_sambert_without_emotions_is_refused() -> None:
    with pytest.raises(ValidationError, match="emotions"):
        describe_sambert({"emotions": ()})


@pytest.mark.parametrize("speakers", [(), ("f7", "f7")], ids=["none", "twice"])
def test_a_voice_of_sambert_without_distinct_speakers_is_refused(speakers: tuple[str, ...]) -> None:
    assert describe_sambert({}).speakers == ("f7",)

    with pytest.raises(ValidationError, match="one speaker"):
        describe_sambert({}, speakers)
