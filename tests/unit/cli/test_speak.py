"""`huisheng speak`, with an engine that says silence."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
import soundfile
from tests.unit.engines.toy_packages import Workshop, publish_toy

from huisheng.cli.main import FAILED, main
from huisheng.engines import FAMILIES, EngineFamily, EngineOptions
from huisheng.engines.protocol import Engine
from huisheng.labels.reading import read_label
from huisheng.testing import SilentEngine
from huisheng.types import AudioChunk, Utterance
from huisheng.voice.store import voices_folder

TEXT = "你好，世界。再见！"


class StoppedEngine(SilentEngine):
    """Speaks one sentence, then fails as it is told.

    Args:
        error: what it fails with.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Silence, or the failure."""
        if utterance.sentence.span.start:
            raise self._error
        yield from super().synthesize(utterance)


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    makers: dict[str, Callable[[EngineOptions], Engine]] = {
        "silent": lambda _: SilentEngine(),
        "interrupted": lambda _: StoppedEngine(KeyboardInterrupt()),
    }
    for name, maker in makers.items():
        monkeypatch.setitem(FAMILIES, name, EngineFamily(alone=maker))


def speak(*arguments: str | Path, engine: str = "silent") -> int:
    return main(["speak", "--engine", engine, *map(str, arguments)])


class Standard:
    """A standard stream of bytes that a test can fill or look into."""

    def __init__(self, content: bytes = b"") -> None:
        self.buffer = io.BytesIO(content)

    def flush(self) -> None:
        """All is in memory."""


@pytest.mark.parametrize(
    ("suffix", "magic"),
    [("wav", b"RIFF"), ("mp3", b"ID3"), ("opus", b"OggS"), ("ogg", b"OggS"), ("flac", b"fLaC")],
)
def test_the_suffix_chooses_the_format_and_the_file_is_labelled(
    tmp_path: Path, suffix: str, magic: bytes
) -> None:
    path = tmp_path / f"speech.{suffix}"

    assert speak(TEXT, "-o", path) == 0
    assert path.read_bytes().startswith(magic)
    assert read_label(path.read_bytes())


def test_the_format_that_is_named_counts_more_than_the_suffix(tmp_path: Path) -> None:
    speak(TEXT, "-o", tmp_path / "speech.bin", "--format", "flac")

    assert (tmp_path / "speech.bin").read_bytes().startswith(b"fLaC")


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_the_header_declares_the_true_length_at_the_rate_that_was_asked_for(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"speech.{suffix}"
    speak(TEXT, "-o", path, "--sample-rate", "16000", "--timings", tmp_path / "t.json")

    timings = json.loads((tmp_path / "t.json").read_text("utf-8"))["timings"]
    info = soundfile.info(path)
    assert info.samplerate == 16_000
    assert info.frames / 16_000 == pytest.approx(timings[-1]["time_end"], abs=2e-3)


def test_without_an_output_it_is_speech_wav_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert speak(TEXT) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["speech.wav"]
    assert capsys.readouterr().out == "speech.wav\n"


def test_timings_name_every_character_and_when_it_is_heard(tmp_path: Path) -> None:
    speak(TEXT, "-o", tmp_path / "s.wav", "--timings", tmp_path / "t.json")

    written = json.loads((tmp_path / "t.json").read_text("utf-8"))
    assert written["text"] == TEXT
    assert [mark["text"] for mark in written["timings"]] == list("你好世界再见")
    assert written["timings"][1] == {"start": 1, "end": 2, "text": "好", "time": 0.2, "time_end": 0.4}


def test_captions_are_a_line_for_each_sentence(tmp_path: Path) -> None:
    speak(TEXT, "-o", tmp_path / "s.wav", "--captions", tmp_path / "c.srt")

    blocks = (tmp_path / "c.srt").read_text("utf-8").split("\n\n")
    assert [block.splitlines()[2] for block in blocks] == ["你好，世界", "再见"]
    assert blocks[0].startswith("1\n00:00:00,000 --> 00:00:00,800\n")


def test_text_comes_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Standard("\ufeff世界".encode()))

    speak("-", "-o", tmp_path / "s.wav", "--timings", tmp_path / "t.json")

    assert json.loads((tmp_path / "t.json").read_text("utf-8"))["text"] == "世界"


def test_text_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_bytes("\ufeff你好".encode())

    speak("-f", tmp_path / "text.txt", "-o", tmp_path / "s.wav", "--timings", tmp_path / "t.json")

    assert json.loads((tmp_path / "t.json").read_text("utf-8"))["text"] == "你好"


@pytest.mark.parametrize("name", ["wav", "flac", "mp3"])
def test_standard_output_gets_the_sound_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setattr(sys, "stdout", output := Standard())

    assert speak(TEXT, "-o", "-", "--format", name) == 0
    assert read_label(output.buffer.getvalue())
    assert capsys.readouterr().out == ""


CODE = """
import sys
from huisheng.cli.main import main
from huisheng.engines import FAMILIES, EngineFamily
from huisheng.testing import SilentEngine
FAMILIES["silent"] = EngineFamily(alone=lambda _: SilentEngine())
sys.exit(main(["speak", "--engine", "silent", "-o", "-", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("name", ["wav", "flac"])
def test_a_file_that_standard_output_leads_to_is_only_added_to(tmp_path: Path, name: str) -> None:
    with (tmp_path / "both").open("wb") as file:
        file.write(b"before")
        file.flush()
        subprocess.run([sys.executable, "-c", CODE, TEXT, "--format", name], stdout=file, check=True)

    written = (tmp_path / "both").read_bytes()
    assert written.startswith(b"before")
    assert read_label(written.removeprefix(b"before"))


@pytest.mark.skipif(sys.platform == "win32", reason="there the null device is no file of a folder")
def test_a_device_is_written_to_and_stays_a_device() -> None:
    status = speak(TEXT, "-o", os.devnull, "--format", "flac")

    assert status == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("earlier", [True, False])
def test_an_interrupted_file_is_not_left_and_an_earlier_one_stays(tmp_path: Path, earlier: bool) -> None:
    path = tmp_path / "speech.wav"
    if earlier:
        path.write_bytes(b"earlier")

    assert speak("你好。世界。", "-o", path, engine="interrupted") == 130
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == (
        {"speech.wav": b"earlier"} if earlier else {}
    )


def test_markup_is_spoken_and_timed_in_the_source(tmp_path: Path) -> None:
    source = "你[停顿 1s][重读]好[/]"

    speak(source, "-o", tmp_path / "s.wav", "--timings", tmp_path / "t.json")

    written = json.loads((tmp_path / "t.json").read_text("utf-8"))
    first, second = written["timings"]
    assert (first["text"], second["text"], second["start"]) == ("你", "好", 12)
    assert second["time"] - first["time_end"] == pytest.approx(1.0, abs=1e-3)


def test_brackets_are_text_where_the_option_says_so(tmp_path: Path) -> None:
    speak("[停顿]", "--markup", "none", "-o", tmp_path / "s.wav", "--timings", tmp_path / "t.json")

    marks = json.loads((tmp_path / "t.json").read_text("utf-8"))["timings"]
    assert [mark["text"] for mark in marks] == ["停", "顿"]


def test_words_are_spoken_as_the_lexicon_asks(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("WHO = 世卫", encoding="utf-8")

    speak("问WHO", "--lexicon", tmp_path / "words.txt", "-o", tmp_path / "s.wav")

    assert soundfile.info(tmp_path / "s.wav").duration == pytest.approx(0.6)


def test_the_emotion_may_be_told_from_the_words(tmp_path: Path) -> None:
    assert speak("太好了！", "--emotion", "auto", "-o", tmp_path / "s.wav") == 0


@pytest.fixture
def imported_voices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An imported voice of 16 kHz, and one of 48 kHz."""
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))
    monkeypatch.setitem(FAMILIES, "sambert", EngineFamily(Workshop().make))
    publish_toy(voices_folder(), "low", ("low",), engine="sambert")
    publish_toy(voices_folder(), "high", ("high",), engine="sambert", sample_rate=48_000)


@pytest.mark.usefixtures("imported_voices")
@pytest.mark.parametrize(
    ("text", "voice", "rate"),
    [
        ("你好", "low", 16_000),
        ("你好", "LOW", 16_000),
        ('<speak>你<voice name="high">好</voice></speak>', "low", 48_000),
    ],
)
def test_an_imported_voice_speaks_without_any_option_but_its_name(
    tmp_path: Path, text: str, voice: str, rate: int
) -> None:
    assert main(["speak", text, "--voice", voice, "-o", str(tmp_path / "s.flac")]) == 0
    assert soundfile.info(tmp_path / "s.flac").samplerate == rate


REFUSED: dict[str, tuple[list[str], str]] = {
    "empty text": ([""], "文本为空"),
    "nothing to say": (["。。。"], "文本为空"),
    "voice": ([TEXT, "--voice", "nobody"], "nobody"),
    "emotion": ([TEXT, "--emotion", "bored"], "bored"),
    "speed": ([TEXT, "--speed", "3"], "speed"),
    "no number": ([TEXT, "--pitch", "nan"], "pitch"),
    "format": ([TEXT, "--format", "aiff"], "aiff"),
    "rate": ([TEXT, "--sample-rate", "11025"], "11025"),
    "engine": ([TEXT, "--engine", "another"], "another"),
    "markup": (["<speak>你好"], "第 1 行"),
    "shorthand": (["[开心]你好", "--markup", "shorthand"], "第 1 行第 1 列"),
    "lexicon": ([TEXT, "--lexicon", "missing.txt"], "missing.txt"),
    "file": (["-f", "missing.txt"], "missing.txt"),
    "folder as file": (["-f", "."], "无法读取"),
    "folder as output": ([TEXT, "-o", "."], "无法写入"),
    "no name": ([TEXT, "-o", ""], "无法写入"),
    "no such folder": ([TEXT, "-o", "missing/s.wav"], "missing"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_said_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, said = REFUSED[case]

    assert speak(*arguments) == FAILED
    chinese, english = capsys.readouterr().err.splitlines()
    assert said in chinese
    assert english.startswith("error: ")
    assert not list(tmp_path.iterdir())


def test_two_files_of_one_name_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.wav"

    assert speak(TEXT, "-o", path, "--timings", path) == FAILED
    assert f"两个输出文件都是 {path}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_two_outputs_to_standard_output_are_refused(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert speak(TEXT, "-o", "-", "--timings", "-") == FAILED
    assert "两个输出都是标准输出" in capfdbinary.readouterr().err.decode()


def test_timings_on_standard_output_are_all_that_is_there(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert speak(TEXT, "-o", tmp_path / "s.wav", "--timings", "-") == 0
    assert json.loads(capfdbinary.readouterr().out)["text"] == TEXT


@pytest.mark.parametrize("option", ["--timings", "--captions"])
def test_marks_that_cannot_be_written_are_an_error(tmp_path: Path, option: str) -> None:
    assert speak(TEXT, "-o", tmp_path / "s.wav", option, tmp_path / "missing" / "marks") == FAILED


def test_a_voice_that_another_stands_in_for_is_told_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert speak(TEXT, "--voice", "zh-CN-YunxiNeural", "-o", tmp_path / "a.wav") == 0

    captured = capsys.readouterr()
    assert "提示：没有安装音色 zh-CN-YunxiNeural" in captured.err
    assert "提示" not in captured.out
