"""What lies in a folder is told apart by name and kind, and nothing outside it is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from huisheng.errors import RecordingsError
from huisheng.training.recordings import folder as module
from huisheng.training.recordings.folder import contents


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content")


def kinds(folder: Path) -> list[tuple[str, str]]:
    return [(found.file, found.kind) for found in contents(folder).findings]


def test_sounds_and_texts_are_found_in_subfolders_in_order(folder: Path) -> None:
    put(folder, "b.WAV", "a/c.mp3", "a/d.flac", "e.ogg", "f.opus", "b.txt", "metadata.csv", "g.lab", "text")

    found = contents(folder)

    assert [str(name) for name in found.sounds] == ["a/c.mp3", "a/d.flac", "b.WAV", "e.ogg", "f.opus"]
    assert [str(name) for name in found.texts] == ["b.txt", "g.lab", "metadata.csv", "text"]
    assert found.findings == ()


def test_hidden_files_and_folders_do_not_count(folder: Path) -> None:
    put(folder, ".a.wav", ".git/b.wav", "__MACOSX/._c.wav", "cover.jpg")

    assert contents(folder).sounds == ()
    assert kinds(folder) == []


def test_sounds_of_other_formats_are_told_what_to_become(folder: Path) -> None:
    put(folder, "a.m4a")

    assert kinds(folder) == [("a.m4a", "unsupported")]
    assert "m4a" in contents(folder).findings[0].message


def test_an_empty_file_is_told(folder: Path) -> None:
    (folder / "a.wav").write_bytes(b"")

    assert kinds(folder) == [("a.wav", "empty")]


@pytest.mark.parametrize("name", ["a.wav", "a.txt"])
def test_a_link_out_of_the_folder_is_refused(folder: Path, name: str) -> None:
    put(folder.parent, "secret")
    (folder / name).symlink_to(folder.parent / "secret")

    assert kinds(folder) == [(name, "outside")]
    assert contents(folder).sounds == contents(folder).texts == ()


def test_a_folder_that_is_a_link_out_is_refused_and_not_entered(folder: Path) -> None:
    put(folder.parent / "elsewhere", "b.wav")
    (folder / "more").symlink_to(folder.parent / "elsewhere")

    assert kinds(folder) == [("more", "outside")]
    assert contents(folder).sounds == ()


def test_a_link_inside_the_folder_is_followed(folder: Path) -> None:
    put(folder, "a.wav")
    (folder / "b.wav").symlink_to("a.wav")

    assert [str(name) for name in contents(folder).sounds] == ["a.wav", "b.wav"]


def test_a_link_to_itself_ends(folder: Path) -> None:
    (folder / "a.wav").symlink_to("a.wav")
    (folder / "again").symlink_to(folder)

    assert ("a.wav", "no_file") in kinds(folder)


def test_a_pipe_is_refused_unopened(folder: Path) -> None:
    os.mkfifo(folder / "a.wav")

    assert kinds(folder) == [("a.wav", "no_file")]


def test_a_name_with_a_newline_is_found_and_told_in_one_line(folder: Path) -> None:
    put(folder, "a\n\x1b[31mb.wav")
    (folder / "c\nd.wav").write_bytes(b"")

    assert [str(name) for name in contents(folder).sounds] == ["a\n\x1b[31mb.wav"]
    assert kinds(folder) == [("c\\nd.wav", "empty")]


def test_a_name_that_is_no_utf8_is_found(folder: Path) -> None:
    (folder / os.fsdecode("录音.wav".encode("gbk"))).write_bytes(b"content")

    assert len(contents(folder).sounds) == 1


@pytest.mark.parametrize("name", ["absent", "file"])
def test_what_is_no_folder_is_refused(folder: Path, name: str) -> None:
    put(folder, "file")

    with pytest.raises(RecordingsError, match="不是文件夹"):
        contents(folder / name)


def test_a_folder_that_holds_a_whole_disk_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 2)
    put(folder, "a.wav", "b/b.wav", "c/c.wav")

    with pytest.raises(RecordingsError, match="超过 2 个"):
        contents(folder)
