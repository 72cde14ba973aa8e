"""The packages of a folder, as they come, change and go."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.engines.toy_packages import UNUSABLE, Workshop, families, packages_in, publish_toy

from huisheng.engines.packages import Packages
from huisheng.voice.load import set_aside
from huisheng.voice.manifest import MANIFEST
from huisheng.voice.store import remove_package


def names(packages: Packages) -> list[str]:
    return [package.name for package in packages.current()]


def test_packages_are_in_the_order_of_their_engines_then_of_their_installation(tmp_path: Path) -> None:
    for name, engine in (("c", "second"), ("d", "first"), ("a", "second"), ("b", "first")):
        publish_toy(tmp_path, name, engine=engine)

    assert names(packages_in(tmp_path)) == ["d", "b", "c", "a"]


def test_packages_of_the_first_folder_come_first_whatever_their_engines(tmp_path: Path) -> None:
    publish_toy(tmp_path / "own", "a", engine="first")
    publish_toy(tmp_path / "shipped", "b", engine="second")

    packages = Packages(families(), "", tmp_path / "shipped", tmp_path / "own")
    assert names(packages) == ["b", "a"]


def test_a_name_in_two_folders_means_the_package_of_the_first(tmp_path: Path) -> None:
    publish_toy(tmp_path / "own", "a", ("impostor",))
    publish_toy(tmp_path / "shipped", "a", ("shipped",))

    (package,) = Packages(families(), "", tmp_path / "shipped", tmp_path / "own").current()
    assert [voice.id for voice in package.voices] == ["shipped"]


def test_packages_that_came_at_one_time_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a"):
        os.utime(publish_toy(tmp_path, name) / MANIFEST, ns=(1, 1))

    assert names(packages_in(tmp_path)) == ["a", "b"]


def test_a_package_that_is_installed_while_the_clock_is_wrong_is_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_toy(tmp_path, "b")
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    publish_toy(tmp_path, "a")

    assert names(packages_in(tmp_path)) == ["b", "a"]


def replace(folder: Path) -> None:
    publish_toy(folder, "b", version="20")


def repair(folder: Path) -> None:
    set_aside(folder / "b")
    publish_toy(folder, "b")


def remove_and_install_again(folder: Path) -> None:
    remove_package("b", folder)
    publish_toy(folder, "b")


@pytest.mark.parametrize(
    ("again", "order"),
    [(replace, ["b", "a"]), (repair, ["b", "a"]), (remove_and_install_again, ["a", "b"])],
)
def test_a_package_keeps_its_place_until_it_is_removed(
    tmp_path: Path, again: Callable[[Path], None], order: list[str]
) -> None:
    publish_toy(tmp_path, "b")
    publish_toy(tmp_path, "a")
    again(tmp_path)

    assert names(packages_in(tmp_path)) == order


def test_where_there_is_no_folder_there_are_none(tmp_path: Path) -> None:
    assert names(packages_in(tmp_path / "missing")) == []


def test_only_the_one_that_is_named_is_looked_at(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a")
    publish_toy(tmp_path, "b")

    assert names(packages_in(tmp_path, only="b")) == ["b"]


def test_a_package_of_an_engine_that_is_not_asked_for_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish_toy(tmp_path, "a", engine="third")

    assert names(packages_in(tmp_path)) == []
    assert not caplog.records


def test_a_package_that_is_published_later_is_there(tmp_path: Path) -> None:
    packages = packages_in(tmp_path)
    before = names(packages)
    publish_toy(tmp_path, "a")

    assert (before, names(packages)) == ([], ["a"])


def test_a_package_that_is_removed_is_gone(tmp_path: Path) -> None:
    directory = publish_toy(tmp_path, "a")
    packages = packages_in(tmp_path)
    before = names(packages)
    shutil.rmtree(directory)

    assert (before, names(packages)) == (["a"], [])


def test_a_package_that_is_published_again_is_another(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", ("old",))
    packages = packages_in(tmp_path)
    before = packages.current()
    publish_toy(tmp_path, "a", ("new",))

    assert packages.current() != before
    assert [voice.id for voice in packages.current()[0].voices] == ["new"]


def test_a_package_that_is_published_twice_between_two_looks_is_another(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", ("one",))
    packages = packages_in(tmp_path)
    packages.current()
    for speaker in ("two", "six"):
        publish_toy(tmp_path, "a", (speaker,))

    assert [voice.id for voice in packages.current()[0].voices] == ["six"]


def test_a_package_that_stays_the_same_is_read_once(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a")
    packages = packages_in(tmp_path, workshop := Workshop())
    first = packages.current()
    publish_toy(tmp_path, "b")
    packages.current()

    assert packages.current()[0] is first[0]
    assert len(workshop.made) == 2


def damage_manifest(directory: Path) -> None:
    (directory / MANIFEST).write_text("{", encoding="utf-8")


def lose_manifest(directory: Path) -> None:
    (directory / MANIFEST).unlink()


def rename_folder(directory: Path) -> None:
    directory.rename(directory.with_name("b"))


def be_unusable(directory: Path) -> None:
    publish_toy(directory.parent, directory.name, version=UNUSABLE)


@pytest.mark.parametrize("harm", [damage_manifest, lose_manifest, rename_folder, be_unusable])
def test_a_package_that_cannot_be_used_is_logged_once_and_keeps_no_other_from_speaking(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, harm: object
) -> None:
    assert callable(harm)
    harm(publish_toy(tmp_path, "a"))
    publish_toy(tmp_path, "sound")
    packages = packages_in(tmp_path)

    assert names(packages) == names(packages) == ["sound"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_package_that_comes_in_the_moment_of_looking_is_seen(tmp_path: Path) -> None:
    packages = packages_in(tmp_path)
    for count in range(1, 6):
        publish_toy(tmp_path, f"p{count}", (f"v{count}",))

        assert len(packages.current()) == count


def test_a_folder_that_has_not_changed_is_not_listed_again(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", ("low",))
    os.utime(tmp_path, (1_000_000_000, 1_000_000_000))
    packages = packages_in(tmp_path)
    known = packages.current()

    assert packages.current() is known
    publish_toy(tmp_path, "b", ("high",))
    assert len(packages.current()) == 2


def test_a_manifest_that_is_mended_in_a_folder_that_has_not_changed_is_seen(tmp_path: Path) -> None:
    folder = publish_toy(tmp_path, "a", ("low",))
    manifest = (folder / MANIFEST).read_bytes()
    (folder / MANIFEST).write_bytes(b"{")
    os.utime(tmp_path, (1_000_000_000, 1_000_000_000))
    packages = packages_in(tmp_path)
    assert packages.current() == ()

    (folder / MANIFEST).write_bytes(manifest)

    assert len(packages.current()) == 1
