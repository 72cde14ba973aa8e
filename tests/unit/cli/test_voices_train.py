"""`huisheng voices train|consent`: what is refused before any work, and the form that a speaker fills in."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.unit.cli.tiny_packages import publish_tiny
from tests.unit.voice.test_consent import fill_in

from huisheng.cli import voices_train
from huisheng.cli.main import FAILED, main
from huisheng.voice.consent import consent_template
from huisheng.voice.store import HOME_VARIABLE


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder, with one of recordings, and an empty home."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recordings").mkdir()
    return tmp_path


def write_consent(folder: Path, year: int | None = None) -> Path:
    path = folder / "consent.toml"
    path.write_text(fill_in().replace("2026", str(year or datetime.now(UTC).year)), encoding="utf-8")
    return path


def train(*arguments: str) -> int:
    return main(["voices", "train", "recordings", "--name", "小明", *arguments])


def test_without_a_consent_nothing_begins_and_the_form_is_named(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train() == FAILED

    told = capsys.readouterr()
    assert "huisheng voices consent > consent.toml" in told.err
    assert not (desk / "home").exists()


def test_the_form_as_it_is_printed_is_no_consent(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "recordings" / "consent.toml").write_text(consent_template("zh-CN"), encoding="utf-8")

    assert train() == FAILED

    assert "声音授权无效" in capsys.readouterr().err


def test_a_consent_that_is_over_is_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_consent(desk, year=2020)

    assert train("--consent", str(path)) == FAILED

    assert "到期" in capsys.readouterr().err


def test_a_consent_among_the_recordings_is_found(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_consent(desk / "recordings")

    assert train("--base", "nobody") == FAILED

    assert "nobody" in capsys.readouterr().err


def test_without_torch_it_says_what_to_install(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_torch(name: str) -> ModuleSpec | None:
        return None if name == "torch" else find_spec(name)

    monkeypatch.setattr(voices_train, "find_spec", without_torch)

    assert train("--consent", str(write_consent(desk))) == FAILED

    assert "huisheng[train]" in capsys.readouterr().err


def test_a_name_that_is_taken_is_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish_tiny("xiaoming")

    assert train("--consent", str(write_consent(desk))) == FAILED

    assert "--replace" in capsys.readouterr().err


def test_a_name_that_no_package_may_have_is_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--consent", str(write_consent(desk)), "--id", "builtin") == FAILED

    assert "--id" in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--steps", "0"), ("--gender", "x"), ("--device", "tpu")])
def test_a_value_that_an_option_does_not_take_is_wrong_usage(option: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as left:
        train(*option)

    assert left.value.code == 2


def test_a_voice_needs_a_name() -> None:
    with pytest.raises(SystemExit):
        main(["voices", "train", "recordings"])


@pytest.mark.parametrize(("arguments", "locale"), [([], "zh-CN"), (["--locale", "en"], "en")])
def test_the_form_is_printed_in_the_language_that_was_asked_for(
    capsys: pytest.CaptureFixture[str], arguments: list[str], locale: str
) -> None:
    assert main(["voices", "consent", *arguments]) == 0

    assert capsys.readouterr().out == consent_template("en" if locale == "en" else "zh-CN")


def test_the_form_needs_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)

    assert main(["voices", "consent"]) == 0
