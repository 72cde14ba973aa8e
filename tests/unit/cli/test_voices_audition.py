"""`huisheng voices audition`, with voices that say silence."""

from __future__ import annotations

import base64
import io
import json
import re
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.listening.choir import Choir

from huisheng.cli.main import FAILED, main
from huisheng.engines import FAMILIES, EngineFamily, EngineOptions
from huisheng.engines.protocol import Engine
from huisheng.labels.reading import read_label
from huisheng.types import AudioChunk, Utterance

BOTH = ("--voice", "lan", "--voice", "mei")


class InterruptedChoir(Choir):
    """Somebody presses Ctrl-C at the third take."""

    def __init__(self) -> None:
        super().__init__()
        self._takes = 0

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Silence, twice."""
        self._takes += 1
        if self._takes == 3:
            raise KeyboardInterrupt
        yield from super().synthesize(utterance)


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder, with a file of two sentences; voices that say silence."""
    makers: dict[str, Callable[[EngineOptions], Engine]] = {
        "choir": lambda _: Choir(),
        "interrupted": lambda _: InterruptedChoir(),
    }
    for name, maker in makers.items():
        monkeypatch.setitem(FAMILIES, name, EngineFamily(alone=maker))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.txt").write_text("春江。\n秋水。\n", encoding="utf-8")
    return tmp_path


def run_command(*arguments: str, engine: str = "choir") -> int:
    return main(["voices", "audition", "--engine", engine, *arguments])


def content(path: Path) -> dict[str, Any]:
    found = re.search(r'id="content">(.*?)</script>', path.read_text(encoding="utf-8"))
    assert found
    return json.loads(found[1])


def key(path: Path) -> dict[str, Any]:
    return json.loads(base64.b64decode(content(path)["key"]))


def test_without_any_option_all_voices_say_our_sentences_in_audition_html(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command() == 0

    page = content(desk / "audition.html")
    assert [len(sentence["takes"]) for sentence in page["sentences"]] == [3] * 8
    assert capsys.readouterr().out == "audition.html\n"


def test_the_options_choose_what_is_compared(desk: Path) -> None:
    run_command(
        *("--voice", "lan", "--voice", "lan:0.7+mei:0.3", "--emotion", "happy:1.5", "--emotion", "sad"),
        *("--speed", "1.2", "--text", "two.txt", "--out", "page.html"),
    )

    page = content(desk / "page.html")
    assert [sentence["text"] for sentence in page["sentences"]] == ["春江。", "秋水。"]
    assert [candidate["id"] for candidate in page["key"]["candidates"]] == [
        *("lan happy:1.5 ×1.2", "lan sad ×1.2"),
        *("lan:0.7+mei:0.3 happy:1.5 ×1.2", "lan:0.7+mei:0.3 sad ×1.2"),
    ]


@pytest.mark.parametrize(
    ("audio_format", "media_type"),
    [("mp3", "audio/mpeg"), ("opus", "audio/ogg"), ("wav", "audio/wav"), ("flac", "audio/flac")],
)
def test_takes_are_in_the_format_that_was_asked_for_and_labelled(
    desk: Path, audio_format: str, media_type: str
) -> None:
    run_command(*BOTH, "--text", "two.txt", "--format", audio_format, "--producer", "SOMEBODY")

    audio: str = content(desk / "audition.html")["sentences"][0]["takes"][0]["audio"]
    prefix, _, data = audio.partition(",")
    assert prefix == f"data:{media_type};base64"
    label = read_label(base64.b64decode(data))
    assert label
    assert label.content_producer == "SOMEBODY"


def test_the_seed_decides_the_order_of_a_blind_page(desk: Path) -> None:
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        run_command(*BOTH, "--blind", "--seed", seed, "--out", f"{name}.html")

    orders = {name: key(desk / f"{name}.html")["orders"] for name in "abc"}
    assert orders["a"] == orders["b"] != orders["c"]


def test_without_a_seed_every_blind_page_is_shuffled_anew(desk: Path) -> None:
    for name in "ab":
        run_command(*BOTH, "--blind", "--text", "two.txt", "--out", f"{name}.html")

    assert key(desk / "a.html")["seed"] != key(desk / "b.html")["seed"]


def test_the_page_opens_in_the_language_that_was_asked_for(desk: Path) -> None:
    run_command(*BOTH, "--text", "two.txt", "--lang", "en")

    assert content(desk / "audition.html")["language"] == "en"


def test_sentences_are_read_with_the_lexicon_and_the_markup_that_were_asked_for(desk: Path) -> None:
    (desk / "words.txt").write_text("WHO = 世卫", encoding="utf-8")
    (desk / "text.txt").write_text("[停顿]WHO\n", encoding="utf-8")

    run_command(*BOTH, "--text", "text.txt", "--lexicon", "words.txt", "--markup", "none")

    assert content(desk / "audition.html")["sentences"][0]["takes"][0]["seconds"] == pytest.approx(
        0.2, abs=0.01
    )


def test_while_it_speaks_a_line_for_each_sentence_tells_how_far_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_command(*BOTH, "--text", "two.txt")

    assert capsys.readouterr().err.splitlines() == ["已合成 Spoken 1/2 句", "已合成 Spoken 2/2 句"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_bar_counts_the_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())

    run_command(*BOTH, "--text", "two.txt")

    assert "4/4" in terminal.getvalue()
    assert "Spoken" not in terminal.getvalue()


@pytest.mark.parametrize("earlier", [True, False])
def test_an_interrupted_page_is_not_left_and_an_earlier_one_stays(desk: Path, earlier: bool) -> None:
    if earlier:
        (desk / "audition.html").write_text("earlier")

    assert run_command(*BOTH, "--text", "two.txt", engine="interrupted") == 130

    pages = {path.name: path.read_text() for path in desk.iterdir() if path.name != "two.txt"}
    assert pages == ({"audition.html": "earlier"} if earlier else {})


REFUSED: dict[str, tuple[list[str], str]] = {
    "voice": (["--voice", "lan", "--voice", "nobody"], "nobody"),
    "emotion": (["--emotion", "sad", "--emotion", "bored"], "bored"),
    "intensity": (["--emotion", "sad", "--emotion", "happy:3"], "intensity"),
    "speed": ([*BOTH, "--speed", "9"], "speed"),
    "one": (["--voice", "lan"], "至少要有两种声音"),
    "no file": ([*BOTH, "--text", "missing.txt"], "missing.txt"),
    "empty file": ([*BOTH, "--text", "empty.txt"], "没有句子"),
    "not UTF-8": ([*BOTH, "--text", "gbk.txt"], "不是 UTF-8"),
    "sentence": ([*BOTH, "--text", "dots.txt"], "第 2 句"),
    "folder": ([*BOTH, "--out", "."], "无法写入"),
    "no folder": ([*BOTH, "--out", "missing/page.html"], "无法写入"),
    "producer": ([*BOTH, "--producer", "两个字"], "ContentProducer"),
    "engine": ([*BOTH, "--engine", "another"], "another"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_said_and_nothing_is_written(
    desk: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    arguments, said = REFUSED[case]
    (desk / "empty.txt").write_text("\n \n")
    (desk / "gbk.txt").write_bytes("春江".encode("gbk"))
    (desk / "dots.txt").write_text("春江。\n……\n", encoding="utf-8")
    before = sorted(desk.iterdir())

    assert run_command(*arguments) == FAILED

    chinese, english = capsys.readouterr().err.splitlines()
    assert said in chinese
    assert english.startswith("error: ")
    assert sorted(desk.iterdir()) == before


@pytest.mark.parametrize("option", [("--format", "pcm"), ("--lang", "fr"), ("--seed", "x")])
def test_a_value_that_an_option_does_not_take_is_wrong_usage(option: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as left:
        run_command(*BOTH, *option)

    assert left.value.code == 2
