"""Ask, count and print: the tables, then one line of JSON."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.sections import add_json, show
from benchmarks.text import __doc__ as question
from benchmarks.text.asking import ask_all
from benchmarks.text.cases import TASKS, Adapter, Part, Task, read
from benchmarks.text.ours import adapters
from benchmarks.text.report import PAGE, Findings, card, json_line, page
from benchmarks.text.scoring import Sheet, score, sheet
from benchmarks.text.speed import measure

from huisheng.errors import HuishengError
from huisheng.text.frontend import Frontend


def main(arguments: Sequence[str]) -> int:
    """0, or 1 when dictionary data is not installed."""
    options = _parser().parse_args(arguments)
    ours = adapters(Frontend())
    try:
        if options.show:
            for line in _list_misses(ours, *options.show):
                print(line)
            return 0
        findings = _find(ours, peers=options.peers, speed=options.speed)
    except HuishengError as error:
        print(f"错误：{error.message} {error.english}", file=sys.stderr)
        return 1
    if options.write:
        command = shlex.join(["python", "-m", "benchmarks.text", *arguments])
        PAGE.write_text(page(findings, command, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    show(card(findings), json_line(findings), only_line=options.json)
    return 0


def _find(ours: Mapping[Task, Adapter], *, peers: bool, speed: bool) -> Findings:
    return Findings(
        tuning=_sheets(ours, "tuning"),
        unseen=_sheets(ours, "unseen"),
        peers=ask_all("unseen") if peers else (),
        speed=measure() if speed else None,
    )


def _sheets(ours: Mapping[Task, Adapter], part: Part) -> Mapping[Task, Sheet]:
    return {task: sheet(task, part, adapter) for task, adapter in ours.items()}


def _list_misses(ours: Mapping[Task, Adapter], task: Task, category: str) -> Iterator[str]:
    """The tuning cases that are not right, with what was answered."""
    for case in read(task, "tuning"):
        answer = ours[task](case.question)
        if category in ("", case.category) and not score(task, case, answer).right:
            yield f"{case.category}\t{case.question}\t{' | '.join(case.answers)}\t{answer}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.text",
        description=question,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="ask nobody else")
    parser.add_argument("--no-speed", dest="speed", action="store_false", help="measure no time")
    parser.add_argument("--show", type=_show, metavar="NAME", help="list misses of TASK or TASK/CATEGORY")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.as_posix()}")
    add_json(parser)
    return parser


def _show(name: str) -> tuple[Task, str]:
    """A task of the tuning part, and a category or nothing."""
    task, _, category = name.partition("/")
    if task not in TASKS:
        raise argparse.ArgumentTypeError(
            f"只能列出调试部分的错例，请写 {'、'.join(TASKS)}，或再加“/类别”。"
            " Only misses of the tuning part are listed: name a task or TASK/CATEGORY."
        )
    return task, category


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
