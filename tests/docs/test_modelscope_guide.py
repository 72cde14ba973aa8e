"""The guide to SAM-BERT voices tells the truth: what it types is typed, what it shows is what comes."""

from __future__ import annotations

import doctest
import re
import shlex
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from tests.docs.test_docs import ADDRESS, ANSWERS, ROOT, cells, send_like_curl
from tests.integration.hub import stand_in
from tests.integration.hub.stand_in import Hub, HubServer
from tests.unit.export.modelscope.miniatures import Miniature, make_modelscope

from huisheng.cli import main as cli
from huisheng.cli.serve import listen
from huisheng.emotion.names import NAMES
from huisheng.export.sambert import install
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.running import Server
from huisheng.server.settings import Settings
from huisheng.text.symbols.sambert import category

GUIDE: Final = (ROOT / "docs/guides/modelscope.md").read_text(encoding="utf-8")
MODEL: Final = "damo/speech_sambert-hifigan_tts_zh-cn_16k"
HOME: Final = "~/.local/share/huisheng"
"""Where the guide's reader keeps voices."""


class Typed(NamedTuple):
    """A command of the guide, and lines of what it prints."""

    command: str
    shown: tuple[str, ...]


def typed_commands() -> Iterator[Typed]:
    for block in re.findall(r"^```console\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL):
        for command in block.removeprefix("$ ").split("\n$ "):
            line, *shown = command.splitlines()
            yield Typed(line, tuple(shown))


def comparable(line: str) -> str:
    """Without numbers, which are those of a larger model in the guide."""
    return re.sub(r"\d+(\.\d+)?(e-\d+)?", "0", line)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a model in it, a Cantonese voice installed, and a hub that has the same model."""
    model = make_modelscope(tmp_path / MODEL.rpartition("/")[2], voices=("zhitian_emo", "zhibei_emo"))
    files = {path.relative_to(model).as_posix(): path.read_bytes() for path in model.rglob("*.*")}
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    cantonese = make_modelscope(tmp_path / "yue", voices=("jiajia",), mini=Miniature(language="ZhHK"))
    install(cantonese, lambda _: None)
    monkeypatch.setattr(stand_in, "MODEL", MODEL)
    with HubServer(Hub(files)) as server, serve_in_background(server.serve_forever, server.shutdown):
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", server.address)
        monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("MODELSCOPE_HOME", str(tmp_path / "client"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield tmp_path


@pytest.fixture
def address(desk: Path) -> Iterator[str]:
    """The address of a server that speaks with what is installed there."""
    app = create_app(Settings(home=desk / "home", page=desk / "page", lazy=True), Synthesizer())
    ready = threading.Event()
    server = Server(app, ready.set)
    with listen("127.0.0.1", 0) as listener:

        def stop() -> None:
            server.should_exit = True

        with serve_in_background(lambda: server.run([listener]), stop):
            ready.wait()
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def serve_in_background(run: Callable[[], object], stop: Callable[[], None]) -> Generator[None]:
    """A server for the length of the block."""
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()


def test_every_command_prints_what_the_guide_shows(
    desk: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for command, shown in typed_commands():
        arguments = shlex.split(command.replace(ADDRESS, address), comments=True)[1:]
        if command.startswith("huisheng "):
            wrong = any(line.startswith("错误") for line in shown)
            assert cli.main(arguments) == int(wrong), command
            said = "".join(capsys.readouterr()).replace(str(desk / "home"), HOME)
            printed = {comparable(line) for line in said.splitlines()}
            assert {comparable(line) for line in shown} - printed == set(), command
        elif command.startswith("curl "):
            assert send_like_curl(arguments).startswith(ANSWERS), command
    examples = doctest.DocTestParser().get_doctest(python(), {}, "guide", None, None)
    assert doctest.DocTestRunner().run(examples).failed == 0


def python() -> str:
    return "".join(re.findall(r"^```pycon\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))


def test_every_message_that_is_explained_is_one_of_the_program() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    table = GUIDE.partition("## 故障排查")[2].partition("\n## ")[0]
    messages = [message for row in cells(table) if row[1] != "处理方法" for message in row[0].split("、")]
    parts = [part.strip() for message in messages for part in message.split("…")]

    assert len(messages) > 30
    assert [part for part in parts if part not in source] == []


def test_the_table_of_emotions_gives_the_categories() -> None:
    pairs = re.findall(r"`(\w+)` \| `(emotion_\w+)`", GUIDE)

    assert dict(pairs) == {name: category(name) for name in NAMES}
