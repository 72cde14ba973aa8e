"""Set-up does what is missing, once, and says in one line what stopped it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tools import setup
from tools.setup import Failure, Step


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "STAMPS", tmp_path / ".venv" / ".stamps")
    (tmp_path / ".venv").mkdir()
    return tmp_path


class Work:
    """A step that counts how often it was done."""

    def __init__(self, root: Path) -> None:
        self.source = root / "source"
        self.result = root / "result"
        self.source.write_text("one")
        self.times = 0

    def step(self, action: Callable[[], None] | None = None) -> Step:
        return Step("work", "working", (self.source,), self.result, action or self.act)

    def act(self) -> None:
        self.times += 1
        self.result.touch()


def test_a_step_is_done_once(root: Path) -> None:
    work = Work(root)

    for _ in range(3):
        setup.perform(work.step())

    assert work.times == 1


def test_a_step_whose_inputs_changed_is_done_again(root: Path) -> None:
    work = Work(root)
    setup.perform(work.step())
    work.source.write_text("two")

    setup.perform(work.step())

    assert work.times == 2


def test_a_step_whose_result_is_gone_is_done_again(root: Path) -> None:
    work = Work(root)
    setup.perform(work.step())
    work.result.unlink()

    setup.perform(work.step())

    assert work.times == 2


def test_an_interrupted_step_is_done_again(root: Path) -> None:
    work = Work(root)

    def interrupt() -> None:
        work.act()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        setup.perform(work.step(interrupt))
    setup.perform(work.step())

    assert work.times == 2


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "校验值"),
        ("npm error code EINTEGRITY", "校验值"),
        ("OSError: [Errno 28] No space left on device", "磁盘空间不足"),
        ("npm error code ENOTFOUND", "网络"),
        ("connection broken by 'NewConnectionError'\nERROR: No matching distribution", "网络"),
        ("EACCES: permission denied", "权限"),
    ],
)
def test_a_known_complaint_becomes_one_line_that_says_what_to_do(complaint: str, words: str) -> None:
    failure = setup.explain("tool", complaint)

    assert words in failure.message
    assert "\n" not in failure.message + failure.english


def test_an_unknown_complaint_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    failure = setup.explain("vite", "Unexpected token")

    assert "Unexpected token" in capsys.readouterr().err
    assert "vite" in failure.message


def test_a_tool_that_fails_is_explained() -> None:
    with pytest.raises(Failure, match="磁盘空间不足"):
        setup.run([sys.executable, "-c", "import sys; sys.exit('ENOSPC')"])


def test_a_disk_that_is_full_for_our_own_files_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "stamp")

    monkeypatch.setattr(setup, "ensure_environment", full)

    assert setup.main([]) == 1
    assert "磁盘空间不足" in capsys.readouterr().err


@pytest.mark.parametrize(("complaint", "trusted"), [("ENOSPC", False), ("ENOTFOUND", True)])
def test_after_a_full_disk_the_environment_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, complaint: str, trusted: bool
) -> None:
    def fail(command: object) -> None:
        raise setup.explain("pip", complaint)

    monkeypatch.setattr(setup, "run", fail)

    with pytest.raises(Failure):
        setup.pip("anything")

    assert setup.unfinished_mark().exists() is not trusted


def test_a_tool_that_explains_itself_hands_on_its_status() -> None:
    with pytest.raises(SystemExit) as left:
        setup.run([sys.executable, "-c", "raise SystemExit(7)"], explains_itself=True)

    assert left.value.code == 7


def test_a_python_that_fits_is_found() -> None:
    code = "import sys; print(sys.version_info >= (3, 11))"

    answer = subprocess.run([setup.find_python(), "-c", code], capture_output=True, check=True, text=True)

    assert answer.stdout == "True\n"


def test_an_old_python_alone_is_refused_by_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "OLDEST_PYTHON", (9, 0))

    with pytest.raises(Failure, match="当前是 3"):
        setup.find_python()


@pytest.mark.skipif(sys.platform == "win32", reason="scripts are no programs there")
@pytest.mark.parametrize(("answer", "numbers"), [("v24.19.0", (24, 19, 0)), ("11.6", (11, 6)), ("none", ())])
def test_the_version_of_a_program_is_read_as_numbers(
    root: Path, answer: str, numbers: tuple[int, ...]
) -> None:
    program = root / "program"
    program.write_text(f"#!/bin/sh\necho {answer}\n")
    program.chmod(0o755)

    assert setup.version(str(program)) == numbers


@pytest.mark.parametrize(
    ("chosen", "commands"),
    [
        ([], [("verify", "builtin")]),
        (["--train"], [("verify", "builtin"), ("pull", "kokoro")]),
        (["--dev"], [("verify", "builtin"), ("pull", "kokoro")]),
    ],
)
def test_kokoro_is_fetched_only_for_those_who_develop_or_train(
    monkeypatch: pytest.MonkeyPatch, chosen: list[str], commands: list[tuple[str, ...]]
) -> None:
    asked: list[tuple[str, ...]] = []

    def note(command: Sequence[str | Path], *, explains_itself: bool) -> None:
        assert explains_itself
        asked.append(tuple(map(str, command[2:])))

    def do_nothing(*_: Step) -> None:
        """Nothing is left to do."""

    for name in ("ensure_environment", "perform"):
        monkeypatch.setattr(setup, name, do_nothing)
    monkeypatch.setattr(setup, "run", note)

    assert setup.main(chosen) == 0
    assert asked == commands
