"""`huisheng voices list|show|verify|remove|export`, on packages of a few bytes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.cli.tiny_packages import damage, publish_tiny
from tests.unit.engines import toy_packages
from tests.unit.engines.toy_packages import publish_toy

from huisheng.cli.main import main
from huisheng.engines import FAMILIES, EngineFamily
from huisheng.voice.archive import unpack
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import read_package, set_aside
from huisheng.voice.store import list_packages, voices_folder


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Path) -> Path:
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def builtin(program: Path) -> Path:
    """The folder of the package that comes with the program."""
    return publish_toy(program, BUILTIN)


Captured = pytest.CaptureFixture[str]


def test_list_prints_a_line_for_each_package(capsys: Captured) -> None:
    publish_tiny("kokoro")
    publish_tiny("other", engine="sambert", licence="Apache-2.0")

    assert main(["voices", "list"]) == 0
    assert capsys.readouterr().out == (
        "kokoro\tsilent\t7\t0 MB\tMIT\n"
        "other\tsambert\t7\t0 MB\tApache-2.0\n"
    )  # fmt: skip


@pytest.mark.parametrize(("options", "nothing"), [((), ""), (("--json",), "[]\n")])
def test_list_of_nothing_is_empty(capsys: Captured, options: tuple[str, ...], nothing: str) -> None:
    assert main(["voices", "list", *options]) == 0
    assert capsys.readouterr().out == nothing


def test_list_shows_a_damaged_package_with_the_reason_among_the_others(capsys: Captured) -> None:
    damage(publish_tiny("broken"))
    publish_tiny("sound")

    assert main(["voices", "list"]) == 0

    broken, sound = capsys.readouterr().out.splitlines()
    assert broken.startswith("broken\t损坏 damaged\t")
    assert "graph.onnx 已损坏" in broken
    assert sound.startswith("sound\tsilent\t")
    assert list_packages() == ("broken", "sound")


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize(
    ("name", "advice"), [("mine", "huisheng voices import "), ("kokoro", "huisheng voices pull kokoro")]
)
def test_list_tells_what_was_set_aside_and_what_to_do(
    capsys: Captured, options: tuple[str, ...], name: str, advice: str
) -> None:
    set_aside(publish_tiny(name))

    assert main(["voices", "list", *options]) == 0

    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert f"语音包 {name} 不能使用" in line
    assert advice in line
    assert name not in said.out


def test_list_says_nothing_of_what_was_set_aside_and_has_a_successor(capsys: Captured) -> None:
    set_aside(publish_tiny("mine"))
    aside = next((Path("home") / "voices").iterdir())
    aside.rename(aside.with_name("kept"))
    publish_tiny("mine")
    aside.with_name("kept").rename(aside)

    main(["voices", "list"])

    assert capsys.readouterr().err == ""


def test_list_as_json_says_the_same(capsys: Captured) -> None:
    damage(publish_tiny("broken"))
    directory = publish_tiny("sound")

    main(["voices", "list", "--json"])

    broken, sound = json.loads(capsys.readouterr().out)
    assert "graph.onnx" in broken["damaged"]
    assert sound == {
        "name": "sound",
        "engine": "silent",
        "version": "7",
        "licence": "MIT",
        "bytes": (directory / "graph.onnx").stat().st_size,
        "directory": str(directory),
        "damaged": "",
    }


def test_show_prints_what_the_manifest_says(capsys: Captured) -> None:
    directory = publish_tiny("tiny")

    assert main(["voices", "show", "tiny"]) == 0

    rows = dict(line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert rows["说话人 speakers"] == "one、two"
    assert rows["采样率 sample rate (Hz)"] == "24000"
    assert rows["语言 languages"] == "zh-CN"
    assert rows["符号数 symbols"] == "2"
    assert rows["来源 origins"] == "source.bin（Apache-2.0）"
    assert "max_abs_difference 2.5e-06" in rows["导出误差 proof"]
    assert rows["位置 folder"] == str(directory)


def test_show_as_json_is_the_manifest(capsys: Captured) -> None:
    directory = publish_tiny("tiny")

    main(["voices", "show", "tiny", "--json"])

    said = json.loads(capsys.readouterr().out)
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    assert said == manifest | {
        "bytes": (directory / "graph.onnx").stat().st_size,
        "directory": str(directory),
    }


def test_show_of_a_damaged_package_is_an_error_that_leaves_it_where_it_is(capsys: Captured) -> None:
    damage(publish_tiny("tiny"))

    assert main(["voices", "show", "tiny"]) == 1
    assert "graph.onnx" in capsys.readouterr().err
    assert list_packages() == ("tiny",)


def test_list_begins_with_the_built_in_package(capsys: Captured, builtin: Path) -> None:
    publish_tiny("a")

    main(["voices", "list"])

    assert [line.partition("\t")[0] for line in capsys.readouterr().out.splitlines()] == [BUILTIN, "a"]


def test_verify_finds_sound_packages_sound(capsys: Captured, builtin: Path) -> None:
    publish_tiny()

    assert main(["voices", "verify"]) == 0
    assert capsys.readouterr().out == f"{BUILTIN}\t完好 sound\nkokoro\t完好 sound\n"


def test_verify_tells_that_the_built_in_package_is_damaged_and_leaves_it(
    capsys: Captured, builtin: Path
) -> None:
    toy_packages.damage(builtin)

    assert main(["voices", "verify"]) == 1
    assert "重新安装绘声" in capsys.readouterr().err
    assert builtin.is_dir()


def test_verify_tells_that_there_is_no_built_in_package(capsys: Captured) -> None:
    publish_tiny("sound")

    assert main(["voices", "verify"]) == 1

    said = capsys.readouterr()
    assert f"语音包 {BUILTIN}" in said.err
    assert said.out.startswith("sound\t")


@pytest.mark.usefixtures("builtin")
def test_verify_tells_what_is_damaged_and_checks_the_rest(capsys: Captured) -> None:
    damage(publish_tiny("broken"))
    publish_tiny("sound")

    assert main(["voices", "verify"]) == 1

    said = capsys.readouterr()
    assert "graph.onnx" in said.err
    assert "sound\t完好 sound\n" in said.out


def test_remove_takes_away_what_is_named_and_prints_it(capsys: Captured) -> None:
    for name in ("one", "two", "three"):
        publish_tiny(name)

    assert main(["voices", "remove", "one", "two", "one", "--yes"]) == 0
    assert capsys.readouterr().out == "one\ntwo\n"
    assert list_packages() == ("three",)


def test_remove_takes_away_a_damaged_package(capsys: Captured) -> None:
    damage(publish_tiny("broken"))
    set_aside(publish_tiny("aside"))

    assert main(["voices", "remove", "broken", "aside", "--yes"]) == 0
    assert list((Path("home") / "voices").iterdir()) == []


def test_remove_of_a_name_that_is_not_there_removes_none_of_them(capsys: Captured) -> None:
    publish_tiny("one")

    assert main(["voices", "remove", "one", "absent", "--yes"]) == 1
    assert "absent" in capsys.readouterr().err
    assert list_packages() == ("one",)


class Terminal:
    """A terminal in place of stdin, with somebody who types."""

    def __init__(self, keys: int) -> None:
        self._keys = keys

    def type(self, line: str) -> None:
        os.write(self._keys, line.encode())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    if sys.platform == "win32":
        pytest.skip("no pseudo-terminals")
    keys, screen = os.openpty()
    with os.fdopen(screen, encoding="utf-8") as stdin, os.fdopen(keys, "wb"):
        monkeypatch.setattr(sys, "stdin", stdin)
        yield Terminal(keys)


@pytest.mark.parametrize("answer", ["y", "Y", "yes", "是"])
def test_remove_asks_at_a_terminal_and_obeys_a_yes(terminal: Terminal, capsys: Captured, answer: str) -> None:
    publish_tiny("one")
    terminal.type(f"{answer}\n")

    assert main(["voices", "remove", "one"]) == 0

    assert "删除 one" in capsys.readouterr().err
    assert list_packages() == ()


@pytest.mark.parametrize("answer", ["n", "", "maybe"])
def test_remove_leaves_everything_after_anything_else(
    terminal: Terminal, capsys: Captured, answer: str
) -> None:
    publish_tiny("one")
    terminal.type(f"{answer}\n")

    assert main(["voices", "remove", "one"]) == 1

    assert capsys.readouterr().out == ""
    assert list_packages() == ("one",)


def test_kokoro_is_removed_like_any_other(terminal: Terminal) -> None:
    publish_tiny("kokoro")
    terminal.type("y\n")

    assert main(["voices", "remove", "kokoro"]) == 0
    assert list_packages() == ()


@pytest.mark.parametrize("options", [(), ("--yes",)])
def test_the_built_in_package_is_not_removed_nor_what_is_named_beside_it(
    capsys: Captured, builtin: Path, options: tuple[str, ...]
) -> None:
    publish_tiny("one")

    assert main(["voices", "remove", "one", BUILTIN, *options]) == 1

    chinese, english = capsys.readouterr().err.splitlines()
    assert ("不能删除" in chinese, "cannot be removed" in english) == (True, True)
    assert list_packages() == (BUILTIN, "one")


def test_away_from_a_terminal_nothing_is_removed_without_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    publish_tiny("one")
    with Path(os.devnull).open(encoding="utf-8") as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)

        assert main(["voices", "remove", "one"]) == 1

    assert "--yes" in capsys.readouterr().err
    assert list_packages() == ("one",)


@pytest.mark.parametrize(
    ("arguments", "written"),
    [((), "tiny.huisheng.zip"), (("mine.zip",), "mine.zip"), (("folder",), "folder/tiny.huisheng.zip")],
    ids=["by default", "a file", "a folder"],
)
def test_export_writes_one_file_and_prints_its_name(
    home: Path, capsys: Captured, arguments: tuple[str, ...], written: str
) -> None:
    directory = publish_tiny("tiny")
    (home / "folder").mkdir()

    assert main(["voices", "export", "tiny", *arguments]) == 0

    assert capsys.readouterr().out == f"{Path(written)}\n"
    unpack(home / written, home / "out")
    assert read_package(home / "out" / "tiny").manifest == read_package(directory).manifest


def test_a_damaged_package_is_not_exported(home: Path, capsys: Captured) -> None:
    damage(publish_tiny("tiny"))

    assert main(["voices", "export", "tiny"]) == 1
    assert "graph.onnx" in capsys.readouterr().err
    assert not list(home.glob("*.zip"))


@pytest.mark.parametrize("action", ["show", "verify", "export"])
@pytest.mark.parametrize(
    ("name", "meant"), [("minee", "，是否想写 mine？"), ("xiaoman", "，是否想写 mine？"), ("nope", "。")]
)
def test_a_package_that_is_not_there_is_told_with_those_that_are(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, action: str, name: str, meant: str
) -> None:
    monkeypatch.setitem(FAMILIES, "sambert", EngineFamily(toy_packages.Workshop().make))
    publish_toy(voices_folder(), "mine", ("xiaoman",), engine="sambert")

    assert main(["voices", action, name]) == 1
    chinese, english = capsys.readouterr().err.splitlines()
    assert f"没有名为 {name} 的语音包{meant}已安装：builtin、mine，详见 huisheng voices list。" in chinese
    assert english.endswith("Installed: builtin, mine; see huisheng voices list.")
