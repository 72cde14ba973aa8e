"""Ask, count and print: the tables, then one line of JSON."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from benchmarks.sections import add_json, show
from benchmarks.text import __doc__ as question
from benchmarks.text.asking import Peer, ask_all
from benchmarks.text.cases import TASKS, Adapter, Part, Task, read
from benchmarks.text.natural import NATURAL, Paragraph, paragraphs
from benchmarks.text.natural_report import NaturalFindings
from benchmarks.text.natural_scoring import Score, mistakes, score_alike, score_all
from benchmarks.text.ours import adapters, read_characters, read_running
from benchmarks.text.report import PAGE, Findings, card, json_line, page
from benchmarks.text.scoring import Sheet, score, sheet
from benchmarks.text.speed import measure

from huisheng.errors import HuishengError
from huisheng.text.frontend import Frontend

_AROUND: Final = 8
"""Characters that are shown on each side of a mistake."""


def main(arguments: Sequence[str]) -> int:
    """0, or 1 when dictionary data is not installed."""
    options = _parser().parse_args(arguments)
    frontend = Frontend()
    try:
        if options.show:
            for line in _list_misses(frontend, *options.show):
                print(line)
            return 0
        findings = _find(frontend, peers=options.peers, speed=options.speed)
    except HuishengError as error:
        print(f"错误：{error.message} {error.english}", file=sys.stderr)
        return 1
    if options.write:
        command = shlex.join(["python", "-m", "benchmarks.text", *arguments])
        PAGE.write_text(page(findings, command, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    show(card(findings), json_line(findings), only_line=options.json)
    return 0


def _find(frontend: Frontend, *, peers: bool, speed: bool) -> Findings:
    ours = adapters(frontend)
    running = [*paragraphs("tuning"), *paragraphs("unseen")]
    asked = ask_all("unseen", running) if peers else ()
    return Findings(
        tuning=_sheets(ours, "tuning"),
        unseen=_sheets(ours, "unseen"),
        peers=asked,
        speed=measure() if speed else None,
        running=_read(frontend, running, asked),
    )


def _sheets(ours: Mapping[Task, Adapter], part: Part) -> Mapping[Task, Sheet]:
    return {task: sheet(task, part, adapter) for task, adapter in ours.items()}


def _read(frontend: Frontend, running: Sequence[Paragraph], peers: Sequence[Peer]) -> NaturalFindings:
    """Running text, by us and by those peers that read it."""
    scores: dict[str, list[Score]] = {}
    read = partial(read_running, frontend)
    for paragraph, of_paragraph in zip(running, score_all(running, read), strict=True):
        scores.setdefault(paragraph.kind, []).append(of_paragraph)
    alike = {"绘声 ours": score_alike(running, [read_characters(frontend, each.text) for each in running])}
    alike |= {f"{peer.name} {peer.version}": peer.running for peer in peers if peer.running}
    return NaturalFindings(scores, alike)


def _list_misses(frontend: Frontend, task: Task | None, category: str) -> Iterator[str]:
    """What is wrong in the tuning part, with what was answered; of running text where no task is named."""
    if task is None:
        yield from _list_mistakes(frontend, category)
        return
    adapter = adapters(frontend)[task]
    for case in read(task, "tuning"):
        answer = adapter(case.question)
        if category in ("", case.category) and not score(task, case, answer).right:
            yield f"{case.category}\t{case.question}\t{' | '.join(case.answers)}\t{answer}"


def _list_mistakes(frontend: Frontend, kind: str) -> Iterator[str]:
    """The mistakes in the running text of the tuning part."""
    for paragraph in paragraphs("tuning"):
        if kind not in ("", paragraph.kind):
            continue
        for wrong in mistakes(paragraph, read_running(frontend, paragraph.text).said):
            before, after = paragraph.text[: wrong.start][-_AROUND:], paragraph.text[wrong.end :][:_AROUND]
            context = f"{before}[{paragraph.text[wrong.start : wrong.end]}]{after}"
            yield "\t".join((wrong.kind, context, " ".join(wrong.wanted), " ".join(wrong.heard)))


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


def _show(name: str) -> tuple[Task | None, str]:
    """A task of the tuning part, None for running text; and a category or nothing."""
    task, _, category = name.partition("/")
    if task == NATURAL:
        return None, category
    if task not in TASKS:
        raise argparse.ArgumentTypeError(
            f"只能列出调试部分的错例，请写 {'、'.join([*TASKS, NATURAL])}，或再加“/类别”。"
            " Only misses of the tuning part are listed: name a task or TASK/CATEGORY."
        )
    return task, category


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
