"""Vocoders on the command line: installed from a training, handled as packages, spoken with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from tests.unit.engines.parallel.tiny_parallel import package
from tests.unit.engines.vocoder.tiny_vocoders import vocoder_package
from tests.unit.training import toy_corpus
from tests.unit.training.test_results import train_model

from huisheng.cli.main import FAILED, main
from huisheng.cli.serve import listen
from huisheng.voice.load import load_package
from huisheng.voice.store import voices_folder

TEXT = "你好。"
VOICE = "lan"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def training(tmp_path: Path) -> Path:
    """A folder of `huisheng train vocoder`."""
    train_model(tmp_path / "training")
    return tmp_path / "training"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return toy_corpus.write(tmp_path / "corpus")


@pytest.fixture
def spectral() -> str:
    """A vocoder and a voice that it fits."""
    for made in (package(), vocoder_package("spectral")):
        shutil.copytree(made.directory, voices_folder() / made.manifest.name)
    return "spectral"


def install_vocoder(training: Path, corpus: Path, name: str, *more: str) -> int:
    return main(["voices", "import-vocoder", str(training), "--corpus", str(corpus), "--name", name, *more])


# From a training


def test_a_vocoder_that_was_trained_becomes_a_package(
    training: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install_vocoder(training, corpus, "mine", "--licence", "MIT") == 0

    said, manifest = capsys.readouterr(), load_package("mine").manifest
    assert said.out == "mine\n"
    assert "huisheng speak --vocoder mine" in said.err
    assert (manifest.engine, manifest.licence) == ("vocoder", "MIT")
    assert manifest.mel is not None
    assert (manifest.mel.bands, manifest.mel.hop, manifest.mel.window) == (20, 300, 1_200)
    assert [origin.name for origin in manifest.origins] == ["best.pt"]


def test_a_name_that_is_taken_needs_replace(
    training: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install_vocoder(training, corpus, "mine")

    assert install_vocoder(training, corpus, "mine") == FAILED
    assert "--replace" in capsys.readouterr().err
    assert install_vocoder(training, corpus, "mine", "--replace", "--licence", "MIT") == 0
    assert load_package("mine").manifest.licence == "MIT"


@pytest.mark.parametrize("name", ["kokoro", "Mine", "我的", "nul"])
def test_a_name_that_no_package_may_have_is_refused_with_another(
    training: Path, corpus: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install_vocoder(training, corpus, name) == FAILED

    assert "例如" in capsys.readouterr().err


def test_a_folder_that_is_no_training_is_refused(
    tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install_vocoder(tmp_path / "nothing", corpus, "mine") == FAILED

    assert "没有用这份语料训练的声码器" in capsys.readouterr().err


def test_a_folder_that_is_no_corpus_is_refused(
    training: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install_vocoder(training, tmp_path, "mine") == FAILED

    assert "语料" in capsys.readouterr().err


# As a package


def test_it_is_listed_as_a_vocoder(spectral: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", "list"]) == 0

    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [spectral, "vocoder"] in [row[:2] for row in rows]


def test_it_shows_its_contract_and_its_kind(spectral: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", "show", spectral]) == 0

    shown = dict(line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert "hop 100" in shown["频谱 mel spectrogram"]
    assert "kind spectral" in shown["声码器 vocoder"]
    assert "说话人 speakers" not in shown


def test_the_contract_of_a_voice_is_told_to_programs_too(
    spectral: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["voices", "show", "tiny", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert spectral not in told["files"]
    assert told["mel"]["sample_rate"] == 8_000


def test_it_is_verified_packed_removed_and_installed_again(
    spectral: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "it.zip"

    statuses = [
        main(["voices", *command])
        for command in (
            ["verify", spectral],
            ["export", spectral, str(archive)],
            ["remove", spectral, "--yes"],
            ["import-package", str(archive)],
        )
    ]

    assert statuses == [0, 0, 0, 0]
    assert "huisheng speak --vocoder spectral" in capsys.readouterr().err
    assert load_package(spectral).manifest == vocoder_package(spectral).manifest


def test_the_doctor_takes_it_for_sound(spectral: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--json"])

    findings = json.loads(capsys.readouterr().out)
    assert [found["ok"] for found in findings if spectral in found["found"]] == [True]


# Spoken with


def test_a_text_is_spoken_with_it(spectral: str, tmp_path: Path) -> None:
    own, other_file = tmp_path / "own.wav", tmp_path / "override.wav"

    assert main(["speak", TEXT, "--voice", VOICE, "-o", str(own)]) == 0
    assert main(["speak", TEXT, "--voice", VOICE, "--vocoder", spectral, "-o", str(other_file)]) == 0

    (one, _), (other, _) = (soundfile.read(path) for path in (own, other_file))
    assert len(one) == len(other)
    assert abs(one - other).max() > 1e-3


@pytest.fixture
def taken_port() -> Iterator[str]:
    """A server that gets as far as listening is told that it cannot."""
    with listen("127.0.0.1", 0) as listener:
        yield str(listener.getsockname()[1])


def unknown(capsys: pytest.CaptureFixture[str]) -> bool:
    said = capsys.readouterr().err
    return "没有名为“nobody”的声码器" in said and "There is no vocoder 'nobody'" in said


@pytest.mark.usefixtures("spectral")
def test_an_unknown_one_is_a_sentence_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speak", TEXT, "--vocoder", "nobody"]) == FAILED

    assert unknown(capsys)


@pytest.mark.usefixtures("spectral")
def test_with_an_unknown_one_a_server_does_not_start(
    taken_port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--port", taken_port, "--vocoder", "nobody"]) == FAILED

    assert unknown(capsys)


@pytest.mark.usefixtures("spectral")
def test_a_server_may_be_told_by_its_environment(
    taken_port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUISHENG_VOCODER", "nobody")

    assert main(["serve", "--port", taken_port]) == FAILED

    assert unknown(capsys)
