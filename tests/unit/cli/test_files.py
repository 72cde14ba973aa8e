"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from huisheng.cli.files import whole_file
from huisheng.errors import StorageError


def test_a_file_takes_its_name_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    with whole_file(path) as file:
        file.write("春\n")
        assert not path.exists()

    assert path.read_bytes() == "春\n".encode()
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def umask() -> Iterator[None]:
    """The usual one."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
@pytest.mark.usefixtures("umask")
def test_everybody_may_read_it(tmp_path: Path) -> None:
    with whole_file(tmp_path / "page.html") as file:
        file.write("春")

    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o644


def spoil(path: Path, error: type[BaseException]) -> None:
    with whole_file(path) as file:
        file.write("half")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_when_the_work_ends_badly_what_was_there_stays_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "page.html"
    path.write_text("earlier")

    with pytest.raises(error):
        spoil(path, error)

    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"page.html": "earlier"}


@pytest.mark.parametrize("name", ["", "missing/page.html", "folder"])
def test_a_place_that_takes_no_file_is_refused_before_the_work_begins(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(StorageError, match="无法写入"), whole_file(tmp_path / name):
        pytest.fail("the work began")


@pytest.mark.skipif(sys.platform == "win32", reason="there the null device is no file of a folder")
def test_a_device_is_never_replaced() -> None:
    with pytest.raises(StorageError), whole_file(Path(os.devnull)):
        pytest.fail("the work began")

    assert not Path(os.devnull).is_file()
