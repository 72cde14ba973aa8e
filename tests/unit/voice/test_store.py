"""Where packages live, and what the operating system's refusals become."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from huisheng.errors import StorageError
from huisheng.voice.store import HOME_VARIABLE, digest, home, installed, require_space, storage, voices_folder


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

    assert installed(tmp_path) == ("another", "kokoro")


def test_nothing_is_installed_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert installed(tmp_path / "absent") == ()


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
