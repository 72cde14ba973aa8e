"""Finding the command that is asked for, without loading the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

from huisheng.cli.commands import COMMANDS, make_parser, parse

LOADED = """
import sys
from huisheng.cli.commands import parse
parse(sys.argv[1:])
print(*(name for name in sys.modules if name.startswith("huisheng.cli.") or name == "numpy"))
"""


@pytest.mark.parametrize(
    "words",
    [
        ["speak", "你好", "--speed", "1.5"],
        ["speak", "--", "-5度"],
        ["voices"],
        ["voices", "list", "--json"],
        ["voices", "remove", "one", "two", "--yes"],
        ["train", "vocoder", "corpus", "--out", "out"],
        ["doctor"],
    ],
)
def test_arguments_are_those_that_the_whole_parser_finds(words: list[str]) -> None:
    _, chosen = parse(words)

    whole = make_parser().parse_args(words)
    assert _without_functions(chosen) == _without_functions(whole)
    assert chosen.command == whole.command


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["speak", "你好", "--loud"], "unrecognized arguments: --loud\n"),
        (["--loud", "speak", "你好"], "unrecognized arguments: --loud\n"),
        (["voices", "--loud", "show", "mine"], "unrecognized arguments: --loud\n"),
        (["voices", "list", "--loud"], "unrecognized arguments: --loud\n"),
    ],
)
def test_an_option_that_no_command_has_is_wrong_usage_of_the_whole(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        parse(words)

    assert left.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("usage: huisheng [-h] [--version] COMMAND")
    assert told.endswith(f"huisheng: error: {complaint}")


def test_help_of_a_group_names_its_actions(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["voices", "--help"])

    printed = capsys.readouterr().out
    assert {name[1] for name in COMMANDS if name[0] == "voices" and len(name) > 1} <= set(printed.split())


def test_a_command_loads_neither_another_nor_numpy_before_it_runs() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOADED, "speak", "你好"], capture_output=True, check=True, text=True
    )

    modules = {"commands", "interrupts", "source", "speak"}
    assert set(ended.stdout.split()) == {f"huisheng.cli.{name}" for name in modules}


def _without_functions(chosen: object) -> dict[str, object]:
    return {name: value for name, value in vars(chosen).items() if not callable(value) and name != "command"}
