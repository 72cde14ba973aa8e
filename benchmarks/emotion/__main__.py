"""Speak, measure, judge and print: tables on standard output, progress beside them, one line of JSON at the end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.emotion.acoustics import standing
from benchmarks.emotion.ear import NoEar, hear_all, install
from benchmarks.emotion.guards import INTENSITIES, cost, identity
from benchmarks.emotion.measure import Reals
from benchmarks.emotion.recognition import recognition
from benchmarks.emotion.report import Findings, markdown, summary
from benchmarks.emotion.sentences import Sentences, read_sentences
from benchmarks.emotion.takes import RESULTS, Ledger, Take, clip, key, measure_all
from benchmarks.emotion.trends import trends
from huisheng.emotion.names import NAMES
from huisheng.engines.kokoro import CAPABILITIES
from huisheng.types import EmotionName

_T = TypeVar("_T")


class Plan:
    """What is spoken.

    Args:
        options: of the command line.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.voices: list[str] = options.voices
        self.emotions: list[EmotionName] = [name for name in options.emotions if name != "neutral"]
        self.intensities: list[float] = sorted({*options.intensities, 1.0})
        self.sentences: Sentences = read_sentences().first(options.sentences)
        self.guarded = not options.no_guards

    def takes(self) -> list[Take]:
        """Everything: training sentences at every intensity, test sentences as designed."""
        graded = [
            Take(voice, emotion, level, text)
            for voice in self.voices
            for emotion in self.emotions
            for level in self.intensities
            for text in self.sentences.training
        ]
        plain = [
            Take(v, e, 1.0, text) for v in self.voices for e in self.emotions for text in self.sentences.test
        ]
        neutral = [
            Take(voice, "neutral", 1.0, text)
            for voice in self.voices
            for text in (*self.sentences.training, *self.sentences.test)
        ]
        guarded = [take for takes in self.costs() for take in takes]
        return list(dict.fromkeys([*neutral, *graded, *plain, *guarded]))

    def costs(self) -> list[list[Take]]:
        """The takes of every feeling at every guarded intensity."""
        if not self.guarded:
            return []
        return [
            [Take(voice, emotion, level, text) for voice in self.voices for text in self.sentences.training]
            for emotion in self.emotions
            for level in INTENSITIES
        ]

    def heard(self) -> list[Take]:
        """What an ear has to hear: the feelings under guard, and their neutral."""
        takes = [take for takes in self.costs() for take in takes]
        return list(dict.fromkeys([take for each in takes for take in (each.neutral, each)]))


def main(argv: Sequence[str] | None = None) -> None:
    """Run what the arguments ask for."""
    options = _parser().parse_args(argv)
    plan = Plan(options)
    remark = ""
    try:
        if plan.guarded:
            install()
    except NoEar as error:
        plan.guarded = False
        remark = f"音质、清晰度与说话人未评测：评测环境安装失败（{error}）。"
        print(remark, file=sys.stderr)
    findings = _find(plan, options.jobs, remark)
    page = markdown(findings)
    print(page)
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    print(summary(findings))


def _find(plan: Plan, jobs: int, remark: str) -> Findings:
    ledger, ears = Ledger(RESULTS / "takes.jsonl"), Ledger(RESULTS / "heard.jsonl")
    unheard = {name for take in plan.heard() for name in [key(take)] if ears.get(name) is None}
    takes = plan.takes()
    measured = dict(_shown("合成与测量", len(takes), measure_all(takes, ledger, jobs, unheard)))
    for _ in _shown("听辨", len(unheard), hear_all(plan.heard(), ears, jobs)):
        pass
    heard: dict[Take, Reals] = {take: np.array(ears.get(key(take))) for take in plan.heard()}
    texts = plan.sentences.training
    identities = {level: identity(heard, level) for level in INTENSITIES}
    return Findings(
        plan.voices,
        len(texts),
        [standing(measured, emotion, plan.voices, texts) for emotion in plan.emotions],
        [
            trend
            for emotion in plan.emotions
            for voice in plan.voices
            for trend in trends(measured, emotion, voice, texts, plan.intensities)
        ],
        recognition(measured, plan.voices, plan.emotions, plan.sentences),
        [cost(heard, takes) for takes in plan.costs()],
        {level: one for level, one in identities.items() if one},
        remark,
    )


def _shown(doing: str, total: int, results: Iterable[_T]) -> Iterator[_T]:
    """The same, counted on standard error."""
    for count, result in enumerate(results, start=1):
        print(f"\r{doing} {count}/{total}", end="" if count < total else "\n", file=sys.stderr, flush=True)
        yield result


def _parser() -> argparse.ArgumentParser:
    voices = [voice.id for voice in CAPABILITIES.voices]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emotion", description=__doc__)
    parser.add_argument("--voices", type=_listed, default=voices, help="by id, with commas")
    parser.add_argument("--emotions", type=_listed, default=NAMES, help="by name, with commas")
    parser.add_argument("--intensities", type=_numbers, default=[0.5, 1.0, 1.5, 2.0], help="besides 0 and 1")
    parser.add_argument("--sentences", type=int, default=20, help="of each set, the first so many")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once")
    parser.add_argument("--no-guards", action="store_true", help="leave out quality, clearness and identity")
    parser.add_argument("--fast", action="store_true", help="only intensity 1 on the training sentences")
    parser.add_argument("--write", type=Path, help="file for the page")
    return parser


def _listed(text: str) -> list[str]:
    return text.split(",")


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


if __name__ == "__main__":
    main()
