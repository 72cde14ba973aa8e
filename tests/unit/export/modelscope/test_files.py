"""Nothing outside a stranger's directory is opened, nothing but plain files, nothing too large."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.errors import ModelError
from huisheng.export.modelscope.files import ModelFile, ModelFolder, model_error


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    """A model with a file and a folder, beside a secret."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    root = tmp_path / "model"
    (root / "am").mkdir(parents=True)
    (root / "am" / "config.yaml").write_text("a: 1", encoding="utf-8")
    return ModelFolder(root.resolve())


@pytest.mark.parametrize("name", ["am/config.yaml", "am/../am/config.yaml", "./am//config.yaml"])
def test_a_path_that_stays_inside_is_opened(folder: ModelFolder, name: str) -> None:
    assert folder.require_file(name).text() == "a: 1"


@pytest.mark.parametrize("name", ["../secret.txt", "am/../../secret.txt", "/etc/passwd", "..", "am/../.."])
def test_a_path_that_leads_out_is_refused(folder: ModelFolder, name: str) -> None:
    with pytest.raises(ModelError, match="指向模型目录之外"):
        folder.file(name)


def test_an_error_of_the_directory_itself_names_it_in_each_language() -> None:
    error = model_error("", "没有音色", "there are no voices")

    assert error.message == "不能导入 模型目录：没有音色。"
    assert error.english == "The model's directory cannot be imported: there are no voices."


@pytest.mark.parametrize("name", ["a\0b", "x" * 5_000])
def test_a_path_that_is_none_is_refused(folder: ModelFolder, name: str) -> None:
    with pytest.raises(ModelError, match="不是可用的路径"):
        folder.file(name)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("target", ["../secret.txt", "/etc/passwd"])
def test_a_link_that_leads_out_is_refused(folder: ModelFolder, target: str) -> None:
    (folder.root / "link").symlink_to(target)

    with pytest.raises(ModelError, match="指向模型目录之外"):
        folder.file("link")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_folder_behind_a_link_that_leads_out_is_refused(folder: ModelFolder) -> None:
    (folder.root / "voices").symlink_to("..")

    with pytest.raises(ModelError, match="指向模型目录之外"):
        folder.file("voices/secret.txt")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_that_stays_inside_is_followed(folder: ModelFolder) -> None:
    (folder.root / "link").symlink_to("am/config.yaml")

    assert folder.require_file("link").text() == "a: 1"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_in_a_circle_are_refused(folder: ModelFolder) -> None:
    (folder.root / "a").symlink_to("b")
    (folder.root / "b").symlink_to("a")

    with pytest.raises(ModelError):
        folder.require_file("a")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_refused_before_it_is_opened(folder: ModelFolder) -> None:
    os.mkfifo(folder.root / "pipe")

    with pytest.raises(ModelError, match="不是普通文件"):
        folder.file("pipe")


def test_a_folder_is_no_file(folder: ModelFolder) -> None:
    with pytest.raises(ModelError, match="不是普通文件"):
        folder.file("am")


def test_a_file_that_is_not_there_is_none(folder: ModelFolder) -> None:
    assert folder.file("am/absent.yaml") is None


def test_a_file_that_is_needed_and_not_there_is_named(folder: ModelFolder) -> None:
    with pytest.raises(ModelError, match=r"am/absent\.yaml"):
        folder.require_file("am/absent.yaml")


def test_a_file_over_its_limit_is_refused(folder: ModelFolder) -> None:
    with pytest.raises(ModelError, match="上限为 3"):
        folder.require_file("am/config.yaml").text(limit=3)


def test_a_text_that_is_no_utf_8_is_refused(folder: ModelFolder) -> None:
    (folder.root / "gbk.txt").write_bytes("语音".encode("gbk"))

    with pytest.raises(ModelError, match="UTF-8"):
        folder.require_file("gbk.txt").text()


@given(st.text(max_size=40))
def test_whatever_the_path_what_is_found_lies_inside(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    root = tmp_path_factory.getbasetemp().resolve()
    try:
        found: ModelFile | None = ModelFolder(root).file(name)
    except ModelError:
        return
    assert found is None or found.path.is_relative_to(root)


@given(st.text(max_size=2_000), st.text(max_size=2_000))
def test_a_message_is_one_line_that_a_terminal_takes_for_text(place: str, reason: str) -> None:
    error = model_error(place, reason, reason)

    for message in (error.message, error.english):
        assert message.isprintable()
        assert len(message) < 800
