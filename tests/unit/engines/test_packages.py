"""The packages of a folder, as they come, change and go."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from tests.unit.engines.toy_packages import UNUSABLE, Workshop, packages_in, publish_toy

from huisheng.engines.packages import Packages
from huisheng.voice.manifest import MANIFEST


def names(packages: Packages) -> list[str]:
    return [package.name for package in packages.current()]


def test_packages_are_in_the_order_of_their_engines_then_of_their_names(tmp_path: Path) -> None:
    for name, engine in (("c", "second"), ("b", "first"), ("a", "second"), ("d", "first")):
        publish_toy(tmp_path, name, engine=engine)

    assert names(packages_in(tmp_path)) == ["b", "d", "a", "c"]


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
