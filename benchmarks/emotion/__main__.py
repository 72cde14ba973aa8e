"""Speak, measure, judge and print: the page, then one line of JSON; progress goes to standard error."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from benchmarks.emotion.acoustics import standing
from benchmarks.emotion.casts import Teachers, cast
from benchmarks.emotion.comparison import student_page, student_summary
from benchmarks.emotion.ear import NoEar, hear_all, install
from benchmarks.emotion.guards import cost, identity
from benchmarks.emotion.measure import Reals
from benchmarks.emotion.plan import Plan
from benchmarks.emotion.recognition import recognition
from benchmarks.emotion.report import Findings, markdown, summary
from benchmarks.emotion.takes import RESULTS, Cast, Ledger, Take, key, measure_all
from benchmarks.emotion.trends import trends
from benchmarks.sections import add_json, show
from recipes.builtin.speakers import recipes

from huisheng.emotion.names import NAMES
from huisheng.errors import HuishengError
from huisheng.voice.manifest import KOKORO

_T = TypeVar("_T")


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; 1 when the package cannot be had."""
    arguments = sys.argv[1:] if argv is None else argv
    options = _parser().parse_args(arguments)
    try:
        company, options.voices = cast(options.package, options.voices)
    except HuishengError as error:
        print(f"错误：{error.message} {error.english}", file=sys.stderr)
        return 1
    plan, remark = _with_ear(Plan.of(options))
    found = replace(_find(plan, company, options.jobs), remark=remark)
    if options.package == KOKORO:
        page, line = markdown(found), summary(found)
    else:
        teacher = None if options.alone else _teach(plan, options.jobs)
        command = shlex.join(["python", "-m", "benchmarks.emotion", *arguments])
        page, line = student_page(replace(found, command=command), teacher), student_summary(found, teacher)
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(page, encoding="utf-8")
    show(page, line, only_line=options.json)
    return 0


def _with_ear(plan: Plan) -> tuple[Plan, str]:
    """The plan with an ear ready for it, or without what needs one and the reason why."""
    try:
        if plan.guarded:
            install()
    except NoEar as error:
        remark = f"音质、清晰度与说话人未评测：评测环境装不上（{error}）。"
        print(remark, file=sys.stderr)
        return replace(plan, guarded=()), remark
    return plan, ""


def _teach(plan: Plan, jobs: int) -> Findings | None:
    """What is found of the teachers of all voices; None where one of them has none."""
    return _find(plan, Teachers(), jobs) if set(plan.voices) <= set(recipes()) else None


def _find(plan: Plan, company: Cast, jobs: int) -> Findings:
    ears = Ledger(RESULTS / "heard.jsonl")
    measured = _measure(plan, company, ears, jobs)
    heard = _hear(plan, company, ears, jobs)
    texts = plan.sentences.training
    return Findings(
        voices=plan.voices,
        sentences=(len(texts), len(plan.sentences.test), len(plan.graded)),
        standings=[standing(measured, emotion, plan.voices, texts) for emotion in plan.emotions],
        trends=[
            trend
            for emotion in plan.emotions
            for voice in plan.voices
            if plan.graded and len(plan.intensities) > 1
            for trend in trends(measured, emotion, voice, plan.graded, plan.intensities)
        ],
        recognition=recognition(measured, plan.voices, plan.emotions, plan.sentences)
        if plan.sentences.test
        else None,
        costs=[cost(heard, group) for group in plan.groups()],
        identities={level: one for level in plan.guarded for one in [identity(heard, level)] if one},
    )


def _measure(plan: Plan, company: Cast, ears: Ledger, jobs: int) -> Mapping[Take, Reals]:
    """Every take with its (Q,) measures; the sound of those that no ear has heard yet is kept."""
    takes = plan.takes()
    unheard = {name for take in plan.ear_takes() for name in [key(take, company)] if ears.get(name) is None}
    results = measure_all(takes, company, Ledger(RESULTS / "takes.jsonl"), jobs, unheard)
    return dict(_show_progress("合成与测量", len(takes), results))


def _hear(plan: Plan, company: Cast, ears: Ledger, jobs: int) -> Mapping[Take, Reals]:
    """What the ear says of every take that it has to hear."""
    takes = plan.ear_takes()
    results = _show_progress("听辨", len(takes), hear_all(takes, company, ears, jobs))
    return {take: np.array(values) for take, values in results}


def _show_progress(doing: str, total: int, results: Iterable[_T]) -> Iterator[_T]:
    """The same, counted on standard error."""
    for count, result in enumerate(results, start=1):
        print(f"\r{doing} {count}/{total}", end="" if count < total else "\n", file=sys.stderr, flush=True)
        yield result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emotion", description=__doc__)
    parser.add_argument("--package", default=KOKORO, help="name of an installed package, or its folder")
    parser.add_argument("--voices", type=_names, default=(), help="ids, with commas; all without")
    parser.add_argument("--emotions", type=_names, default=NAMES, help="names, with commas")
    parser.add_argument("--intensities", type=_numbers, default=(0.5, 1.0, 1.5, 2.0), help="besides 0 and 1")
    parser.add_argument("--sentences", type=int, default=20, help="training sentences, the first so many")
    parser.add_argument("--unseen", type=int, default=10, help="test sentences, the first so many")
    parser.add_argument(
        "--graded", type=int, default=8, help="training sentences at every intensity, and for the ear"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes at once")
    parser.add_argument("--no-guards", action="store_true", help="leave out quality, clearness and identity")
    parser.add_argument("--fast", action="store_true", help="only the training sentences at intensity 1")
    parser.add_argument("--alone", action="store_true", help="without the teacher of the package's voices")
    parser.add_argument("--write", type=Path, help="file for the page")
    add_json(parser)
    return parser


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number) for number in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
