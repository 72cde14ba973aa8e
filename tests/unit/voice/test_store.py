"""Where packages live, and what the operating system's refusals become."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from huisheng.errors import StorageError, VoiceMissing
from huisheng.voice.load import set_aside
from huisheng.voice.store import (
    HOME_VARIABLE,
    digest,
    home,
    list_packages,
    remove_package,
    require_space,
    storage,
    voices_folder,
)


def test_home_is_the_folder_of_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))

    assert home() == tmp_path
    assert voices_folder() == tmp_path / "voices"


@pytest.mark.parametrize("value", [None, ""])
def test_home_is_the_systems_place_without_the_variable(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(HOME_VARIABLE, value)

    assert home().is_absolute()
    assert home().name == "huisheng"


def test_installed_names_folders_but_not_hidden_ones(tmp_path: Path) -> None:
    for name in ("kokoro", "another", ".staging-1"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").write_bytes(b"")

    assert list_packages(tmp_path) == ("another", "kokoro")


@pytest.mark.parametrize("target", ["file/inside", "loop", "absent"])
def test_a_link_that_leads_nowhere_hides_no_package(tmp_path: Path, target: str) -> None:
    (tmp_path / "kokoro").mkdir()
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to(target)

    assert list_packages(tmp_path) == ("kokoro",)


def test_a_link_to_a_folder_is_a_package(tmp_path: Path) -> None:
    (tmp_path / ".elsewhere").mkdir()
    (tmp_path / "kokoro").symlink_to(".elsewhere")

    assert list_packages(tmp_path) == ("kokoro",)


def test_nothing_is_installed_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert list_packages(tmp_path / "absent") == ()


def test_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")

    # FIPS 180-4, appendix: the one-block message "abc"
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest(tmp_path / "abc") == expected


def test_a_disk_without_the_room_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="磁盘空间不足"):
        require_space(tmp_path, 1 << 60)


def test_a_folder_with_the_room_is_made(tmp_path: Path) -> None:
    require_space(tmp_path / "a" / "b", 1)

    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "磁盘空间不足"),
        (errno.EDQUOT, "磁盘空间不足"),
        (errno.EACCES, "没有权限"),
        (errno.EROFS, "没有权限"),
        (errno.EIO, "失败"),
    ],
)
def test_a_refusal_of_the_system_says_what_to_do_and_keeps_its_cause(number: int, words: str) -> None:
    refusal = OSError(number, "as the system says")

    with pytest.raises(StorageError, match=words) as caught, storage(Path("somewhere")):
        raise refusal

    assert caught.value.__cause__ is refusal
    assert "somewhere" in caught.value.english


def put_package(folder: Path, name: str) -> None:
    (folder / name).mkdir()
    (folder / name / "graph.onnx").write_bytes(b"graph")


def test_a_removed_package_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    put_package(tmp_path, "one")
    put_package(tmp_path, "two")

    remove_package("one", tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["two"]


def test_a_package_that_was_set_aside_is_removed_too(tmp_path: Path) -> None:
    put_package(tmp_path, "one")
    set_aside(tmp_path / "one")

    remove_package("one", tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["absent", "", ".", "..", "../outside", ".one.aside", ".staging-1"])
def test_a_name_that_is_no_package_removes_nothing(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "voices"
    folder.mkdir()
    put_package(tmp_path, "outside")
    put_package(folder, ".one.aside")
    put_package(folder, ".staging-1")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(VoiceMissing, match="voices list"):
        remove_package(name, folder)

    assert sorted(tmp_path.rglob("*")) == before


def test_removing_from_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(VoiceMissing):
        remove_package("one", tmp_path / "absent")
