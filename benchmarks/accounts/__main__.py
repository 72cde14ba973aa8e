"""Run the benchmark and print what it found: tables, then one line of JSON."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from typing import Final

from benchmarks.accounts import __doc__ as question
from benchmarks.accounts.measuring import Plan, measure
from benchmarks.accounts.report import PAGE, card, json_line, page, section
from benchmarks.sections import add_json, circumstances, show
from benchmarks.serving.servers import NoServer

_FULL: Final = Plan(count=240, rounds=12, seconds=4.0, requests=10_000, kills=12)
_QUICK: Final = Plan(count=12, rounds=1, seconds=3.0, requests=1_000, kills=2)


def main(arguments: Sequence[str]) -> int:
    """0, or 1 when a server cannot be measured."""
    options = _parser().parse_args(arguments)
    command = shlex.join(["python", "-m", "benchmarks.accounts", *arguments])
    try:
        result = measure(_QUICK if options.quick else _FULL, lambda name: print(name, file=sys.stderr))
    except NoServer as error:
        print(f"错误：{error}", file=sys.stderr)
        return 1
    around = circumstances(command)
    if options.write:
        PAGE.write_text(page(section(result, around), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    show("\n".join([*around, "", card(result)]), json_line(result), only_line=options.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accounts",
        description=question,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a look: few requests, two kills")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.as_posix()}")
    add_json(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
