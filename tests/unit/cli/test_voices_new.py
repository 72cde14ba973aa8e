"""`huisheng voices pull|import|import-package`: a package comes whole, and is named on stdout."""

from __future__ import annotations

import importlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from tests.unit.cli.tiny_packages import publish_tiny
from tests.unit.export.modelscope.miniatures import make_modelscope

from huisheng.cli.main import main
from huisheng.voice.archive import pack, unpack
from huisheng.voice.load import load_package, read_package
from huisheng.voice.store import list_packages, remove_package, voices_folder


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Path) -> Path:
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def usage_error(*arguments: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["voices", *arguments])
    assert left.value.code == 2


def test_pull_leaves_a_sound_package_alone(capsys: pytest.CaptureFixture[str]) -> None:
    directory = publish_tiny()

    assert main(["voices", "pull", "kokoro"]) == 0

    said = capsys.readouterr()
    assert said.out == "kokoro\n"
    assert str(directory) in said.err
    assert load_package("kokoro").manifest.version == "7"


@pytest.mark.parametrize(
    "wanted",
    [
        "nobody",
        "builtin",
        "modelscope:",
        "modelscope:damo",
        "modelscope:damo/",
        "modelscope:damo/../x",
        "modelscope:../../etc/passwd",
        "modelscope:damo/model@",
        "modelscope:damo/model@a b",
        "modelscope:damo/model@v/../../x",
        "damo/model",
    ],
)
def test_pull_knows_only_kokoro_and_models_of_the_hub(wanted: str) -> None:
    usage_error("pull", wanted)


@pytest.mark.parametrize("option", ["--voice", "--name"])
def test_an_option_for_models_of_the_hub_is_wrong_usage_for_kokoro(option: str) -> None:
    usage_error("pull", "kokoro", option, "x")


PULL = """
import signal, sys
from huisheng.cli.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
sys.exit(main(["voices", "pull", "kokoro"]))
"""


@pytest.fixture
def silent_index() -> Iterator[socket.socket]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process")
def test_an_interrupted_pull_ends_with_130_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, silent_index: socket.socket, home: Path
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{silent_index.getsockname()[1]}/simple")
    with subprocess.Popen([sys.executable, "-c", PULL], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        connection, _ = silent_index.accept()  # pip waits for an answer
        process.send_signal(signal.SIGINT)
        words = process.stderr.read()

    assert process.returncode == 130
    assert words.endswith("MB）\n已中断。 Interrupted.\n")
    assert ends(connection)  # pip is gone too
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert not voices_folder().exists()


def ends(connection: socket.socket) -> bool:
    """Whether the other side closes it, after what it has sent."""
    connection.settimeout(30)
    with connection:
        while connection.recv(4096):
            pass
    return True


@pytest.fixture
def package_file(tmp_path: Path) -> Path:
    """A package in a file, and not installed any more."""
    pack(read_package(publish_tiny("tiny")), tmp_path / "tiny.huisheng.zip")
    remove_package("tiny")
    return tmp_path / "tiny.huisheng.zip"


def test_a_packed_voice_is_installed_and_named(
    package_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["voices", "import-package", str(package_file)]) == 0

    said = capsys.readouterr()
    assert said.out == "tiny\n"
    assert "MIT" in said.err
    assert load_package("tiny").manifest.version == "7"


def test_a_voice_whose_engine_is_unknown_says_so(
    package_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["voices", "import-package", str(package_file)])

    assert "没有引擎 silent" in capsys.readouterr().err


def test_a_licence_from_outside_reaches_the_terminal_as_plain_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack(read_package(publish_tiny("tiny", licence="MIT\x1b[2J\nfree")), tmp_path / "tiny.zip")

    main(["voices", "import-package", str(tmp_path / "tiny.zip"), "--replace"])
    main(["voices", "list"])
    main(["voices", "show", "tiny"])

    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert "\nfree" not in said.out + said.err


def test_a_name_that_is_taken_needs_replace(package_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["voices", "import-package", str(package_file)])

    assert main(["voices", "import-package", str(package_file)]) == 1
    assert "--replace" in capsys.readouterr().err
    assert main(["voices", "import-package", str(package_file), "--replace"]) == 0


def test_a_damaged_file_is_refused_and_nothing_is_installed(
    package_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package_file.write_bytes(package_file.read_bytes()[:-100])

    assert main(["voices", "import-package", str(package_file)]) == 1
    assert "tiny.huisheng.zip" in capsys.readouterr().err
    assert list_packages() == ()


@pytest.mark.parametrize("era", ["2023", "zip"])
def test_a_model_on_disk_becomes_a_package_and_the_command_to_hear_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], era: Literal["2023", "zip"]
) -> None:
    model = make_modelscope(tmp_path / "model", era)

    assert main(["voices", "import", str(model)]) == 0

    said = capsys.readouterr()
    assert said.out == "zhitian_emo\n"
    assert 'huisheng speak --voice zhitian_emo "你好"' in said.err
    assert load_package("zhitian_emo").manifest.licence == "Apache-2.0"


@pytest.mark.parametrize("unpacked", [False, True], ids=["zip", "folder"])
def test_importing_a_packed_voice_as_a_model_names_the_right_command(
    package_file: Path, capsys: pytest.CaptureFixture[str], unpacked: bool
) -> None:
    if unpacked:
        unpack(package_file, package_file.parent / "out")
    source = package_file.parent / "out" / "tiny" if unpacked else package_file

    assert main(["voices", "import", str(source)]) == 1

    chinese, english = capsys.readouterr().err.splitlines()
    command = f"huisheng voices import-package {source}"
    assert (command in chinese, command in english) == (True, True)


def test_a_packed_voice_is_known_without_the_extra_that_models_need(
    package_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huisheng.export.sambert", None)

    assert main(["voices", "import", str(package_file)]) == 1
    assert "import-package" in capsys.readouterr().err


@pytest.mark.parametrize("era", ["2023", "zip"])
def test_importing_a_model_as_a_packed_voice_names_the_right_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], era: Literal["2023", "zip"]
) -> None:
    model = make_modelscope(tmp_path / "model", era)

    assert main(["voices", "import-package", str(model)]) == 1
    assert "huisheng voices import " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("absent", "extras"),
    [
        (("modelscope_hub", "torch"), "hub,train"),
        (("modelscope_hub", "yaml"), "hub,train"),
        (("modelscope_hub",), "hub"),
        (("torch",), "train"),
    ],
)
def test_a_pull_asks_for_all_that_is_not_installed_at_once(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    absent: tuple[str, ...],
    extras: str,
) -> None:
    for module in ("modelscope_hub", "torch", "yaml"):
        monkeypatch.setitem(
            sys.modules, module, None if module in absent else importlib.import_module("json")
        )

    assert main(["voices", "pull", "modelscope:damo/model"]) == 1
    assert f"pip install 'huisheng[{extras}]'" in capsys.readouterr().err


def test_an_imported_voice_can_be_handed_on(tmp_path: Path) -> None:
    main(["voices", "import", str(make_modelscope(tmp_path / "model"))])
    ours = load_package("zhitian_emo").manifest
    main(["voices", "export", "zhitian_emo", str(tmp_path / "theirs.zip")])
    main(["voices", "remove", "zhitian_emo", "--yes"])

    assert main(["voices", "import-package", str(tmp_path / "theirs.zip")]) == 0
    assert load_package("zhitian_emo").manifest == ours


def test_only_the_voices_asked_for_are_imported_under_the_name_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = make_modelscope(tmp_path / "model", voices=("zhibei", "zhitian"))

    assert main(["voices", "import", str(model), "--voice", "zhitian", "--name", "mine"]) == 0

    assert capsys.readouterr().out == "mine\n"
    assert list_packages() == ("mine",)


def test_importing_again_needs_replace(tmp_path: Path) -> None:
    model = str(make_modelscope(tmp_path / "model"))
    main(["voices", "import", model])

    assert main(["voices", "import", model]) == 1
    assert main(["voices", "import", model, "--replace"]) == 0


def test_a_folder_without_a_model_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model").mkdir()

    assert main(["voices", "import", str(tmp_path / "model")]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-2].startswith("错误：")
    assert list_packages() == ()
