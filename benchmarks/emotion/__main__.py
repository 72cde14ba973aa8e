"""Speak, measure, judge and print."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from benchmarks.emotion.acoustics import standing
from benchmarks.emotion.bands import broken_contrasts
from benchmarks.emotion.deviations import Measured
from benchmarks.emotion.report import standings_table
from benchmarks.emotion.sentences import read_sentences
from benchmarks.emotion.takes import RESULTS, Ledger, Take, measure_all
from huisheng.emotion.names import NAMES
from huisheng.engines.kokoro import CAPABILITIES


def main(argv: Sequence[str] | None = None) -> None:
    """Run what the arguments ask for."""
    options = _parser().parse_args(argv)
    sentences = read_sentences().first(options.sentences)
    takes = [
        Take(voice, emotion, 1.0, text)
        for voice in options.voices
        for emotion in ("neutral", *options.emotions)
        for text in sentences.training
    ]
    measured = _measured(takes, options.jobs)
    standings = [standing(measured, e, options.voices, sentences.training) for e in options.emotions]
    print(standings_table(standings))
    for line in broken_contrasts({s.emotion: s.pooled for s in standings}):
        print("-", line)


def _measured(takes: Sequence[Take], jobs: int) -> Measured:
    measured: dict[Take, object] = {}
    began = time.monotonic()
    for take, values in measure_all(takes, Ledger(RESULTS / "takes.jsonl"), jobs):
        measured[take] = values
        print(f"\r{len(measured)}/{len(takes)} {time.monotonic() - began:.0f} s", end="", file=sys.stderr)
    print(file=sys.stderr)
    return measured


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emotion", description=__doc__)
    parser.add_argument("--voices", type=_names, default=[voice.id for voice in CAPABILITIES.voices])
    parser.add_argument("--emotions", type=_names, default=[name for name in NAMES if name != "neutral"])
    parser.add_argument("--sentences", type=int, default=20, help="of each set, the first so many")
    parser.add_argument("--jobs", type=int, default=2, help="processes that speak at once")
    parser.add_argument("--no-guards", action="store_true")
    return parser


def _names(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    main()
