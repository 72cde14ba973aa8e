"""Run the benchmark and print what it found: tables, then one line of JSON."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence

from benchmarks.arguments import count, positive
from benchmarks.sections import add_json, circumstances, show
from benchmarks.serving import __doc__ as question
from benchmarks.serving.measuring import Plan, measure
from benchmarks.serving.report import PAGE, card, json_line, page, section
from benchmarks.serving.voices import VOICES

from huisheng.errors import HuishengError

_MOST = 64.0


def main(arguments: Sequence[str]) -> int:
    """0, or 1 when a voice cannot be had."""
    options = _parser().parse_args(arguments)
    command = shlex.join(["python", "-m", "benchmarks.serving", *arguments])
    try:
        result = measure(_plan(options), lambda name: print(name, file=sys.stderr))
    except HuishengError as error:
        print(f"错误：{error.message} {error.english}", file=sys.stderr)
        return 1
    around = circumstances(command)
    if options.write:
        PAGE.write_text(page(section(result, around), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    show("\n".join([*around, "", card(result)]), json_line(result), only_line=options.json)
    return 0


def _plan(options: argparse.Namespace) -> Plan:
    voices = tuple(dict.fromkeys(options.voices))
    if options.quick:
        return Plan(voices, seconds=3.0, rounds=1, count=8, most=_MOST)
    return Plan(voices, options.seconds, options.rounds, count=40, most=_MOST)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving",
        description=question,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--voices", nargs="+", choices=VOICES, default=VOICES, help="the first of them is put under load"
    )
    parser.add_argument("--seconds", type=positive, default=20.0, help="that requests come at each rate")
    parser.add_argument("--rounds", type=count, default=3, help="turns of server and engine at full load")
    parser.add_argument("--quick", action="store_true", help="a look: few texts, short turns")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.as_posix()}")
    add_json(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
