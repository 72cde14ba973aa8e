"""Where a text comes from, and how it is written there."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from huisheng.cli.main import FAILED, main
from huisheng.cli.source import decode

TEXT = "今天天气很好，我们去公园吧。"
READ = "今天天气很好，我们去公园吧。"


class Input:
    """Standard input with these bytes, or a terminal."""

    def __init__(self, content: bytes = b"", *, terminal: bool = False) -> None:
        self.buffer = io.BytesIO(content)
        self._terminal = terminal

    def isatty(self) -> bool:
        """Whether somebody types."""
        return self._terminal


def read_output(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    """What `read` says is spoken, and stderr."""
    assert main(["read", *arguments]) == 0
    said = capsys.readouterr()
    return said.out.splitlines()[0], said.err


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gbk", "gb18030"]
)
def test_a_file_is_read_in_its_encoding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    path = tmp_path / "text.txt"
    path.write_bytes((mark + TEXT).encode(encoding))

    assert read_output(capsys, "-f", str(path))[0] == READ


@pytest.mark.parametrize(("encoding", "said"), [("gbk", "GB18030"), ("utf-16", "UTF-16")])
def test_an_encoding_other_than_utf_8_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str, said: str
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode(encoding))

    assert read_output(capsys, "-f", str(path))[1] == f"{path} 按 {said} 读取。 Read as {said}.\n"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\x00\xff", b"\xff\xfb\x90\x00" * 8, b"\xff\xfe\x00"])
def test_what_is_no_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(data)

    assert main(["read", "-f", str(path)]) == FAILED
    assert capsys.readouterr().err.startswith(f"错误：无法识别 {path} 的文字编码，请另存为 UTF-8 后重试。")


def test_a_text_of_ascii_is_utf_8() -> None:
    assert decode(b"hello") == ("hello", "utf-8")


@pytest.mark.parametrize("arguments", [["-"], ["-f", "-"], []])
def test_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Input(TEXT.encode()))

    assert read_output(capsys, *arguments) == (READ, "")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (TEXT.encode("gbk"), "标准输入按 GB18030 读取。 Read as GB18030.\n"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "错误：无法识别标准输入的文字编码，"),
    ],
)
def test_standard_input_is_called_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: bytes, told: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Input(data))
    main(["read"])

    assert capsys.readouterr().err.startswith(told)


def test_an_empty_standard_input_is_an_empty_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Input())

    assert main(["read"]) == FAILED
    assert "文本为空" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["read", "speak"])
def test_on_a_terminal_a_missing_text_is_an_error_with_the_ways_to_give_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Input(terminal=True))

    assert main([command]) == FAILED
    assert "没有文字：请写在命令里" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["read", "speak"])
def test_a_text_and_a_file_are_wrong_usage(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "你好", "-f", "text.txt"])

    assert left.value.code == 2
    assert "文字和 -f 只能给一个" in capsys.readouterr().err
