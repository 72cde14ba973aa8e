"""The package that comes with the program."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engines.toy_packages import damage, publish_toy

import huisheng
from huisheng.errors import VoicePackageError
from huisheng.voice.builtin import BUILTIN, builtin_folder
from huisheng.voice.load import load_package
from huisheng.voice.store import folder_of, list_packages, remove_package, voices_folder


@pytest.fixture
def package_files(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the program's packages, and a user without any."""
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path / "home"))
    return program


def test_it_lies_inside_the_program() -> None:
    assert builtin_folder().parent == Path(huisheng.__file__).parent


def test_it_is_installed_without_an_installation(package_files: Path) -> None:
    publish_toy(package_files, BUILTIN)
    publish_toy(voices_folder(), "own")

    assert list_packages() == (BUILTIN, "own")


def test_it_is_found_by_its_name_alone(package_files: Path) -> None:
    directory = publish_toy(package_files, BUILTIN)

    assert load_package(BUILTIN).directory == directory == folder_of(BUILTIN)


def test_damaged_it_stays_where_it_is_and_the_message_says_to_reinstall(package_files: Path) -> None:
    directory = publish_toy(package_files, BUILTIN)
    damage(directory)

    with pytest.raises(VoicePackageError, match="重新安装绘声"):
        load_package(BUILTIN)
    assert directory.is_dir()


def test_it_cannot_be_removed(package_files: Path) -> None:
    directory = publish_toy(package_files, BUILTIN)

    with pytest.raises(VoicePackageError, match="不能删除"):
        remove_package(BUILTIN)
    assert directory.is_dir()


def test_no_package_of_the_user_takes_its_name(package_files: Path) -> None:
    with pytest.raises(VoicePackageError, match="更换名称"):
        publish_toy(voices_folder(), BUILTIN)
    assert list_packages() == ()
