"""Measure what is asked for and print it: the page, then a line of JSON; progress goes to standard error."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.arguments import count
from benchmarks.emotion.ear import NoEar, install
from benchmarks.sections import add_json, circumstances, show
from benchmarks.voice import __doc__ as question
from benchmarks.voice.identity import identity
from benchmarks.voice.opening import package_folder
from benchmarks.voice.page import PAGE, page
from benchmarks.voice.quality import quality
from benchmarks.voice.readers import PackageReader, students
from benchmarks.voice.report import (
    Section,
    identity_section,
    quality_section,
    robust_section,
    speed_section,
)
from benchmarks.voice.robust import robustness
from benchmarks.voice.speed import speed
from benchmarks.voice.texts import held_out, robust, spread
from recipes.builtin.speakers import recipes

from huisheng.emotion.names import NAMES
from huisheng.errors import HuishengError
from huisheng.types import EmotionName

TEXTS_PER_EMOTION: Final = 4
"""Sentences that every speaker says in every emotion."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for.

    Attributes:
        package: folder of the student's package.
        speakers: ids.
        limit: texts of each part at most; 0 for all.
        jobs: processes at once.
        rounds: how often each text is spoken for its speed.
        command: that asked for it.
    """

    package: Path
    speakers: tuple[str, ...]
    limit: int
    jobs: int
    rounds: int
    command: str

    def students(self) -> tuple[PackageReader, ...]:
        """The voices that are judged, with an ear ready for them.

        Raises:
            VoiceMissing, VoicePackageError: by their names.
            UnknownVoice: the package does not have one of the speakers.
            NoEar: no ear can be had.
        """
        found = students(self.package, self.speakers)
        install()
        return found


def main(arguments: Sequence[str]) -> int:
    """0, or 1 when the package cannot be had, or no ear can listen to it."""
    parser = _parser()
    options = parser.parse_args(arguments)
    parts = options.part or PARTS
    if "identity" in parts and len(options.speakers) == 1:
        parser.error("--part identity needs two speakers")
    plan = Plan(
        package_folder(options.package),
        options.speakers,
        options.limit,
        options.jobs,
        options.rounds,
        shlex.join(["python", "-m", "benchmarks.voice", *arguments]),
    )
    try:
        found = {name: PARTS[name](plan) for name in parts}
    except HuishengError as error:
        print(f"错误：{error.message} {error.english}", file=sys.stderr)
        return 1
    except NoEar as error:
        print(f"错误：评测环境装不上（{error}）。 The ear cannot be installed.", file=sys.stderr)
        return 1
    before = PAGE.read_text(encoding="utf-8") if options.write and PAGE.exists() else ""
    written = page(found.values(), before)
    if options.write:
        PAGE.write_text(written, encoding="utf-8")
    facts = {name: section.facts for name, section in found.items()}
    line = json.dumps({"package": plan.package.name, **facts}, ensure_ascii=False)
    show(written, line, only_line=options.json)
    return 0


def _quality(plan: Plan) -> Section:
    return quality_section(quality(plan.students(), spread(held_out(), plan.limit), plan.jobs))


def _robust(plan: Plan) -> Section:
    return robust_section(robustness(plan.students(), spread(robust(), plan.limit), plan.jobs))


def _identity(plan: Plan) -> Section:
    texts = spread(held_out(), min(plan.limit or TEXTS_PER_EMOTION, TEXTS_PER_EMOTION))
    emotions = tuple[EmotionName, ...](name for name in NAMES if name != "neutral")
    return identity_section(identity(plan.students(), emotions, texts, plan.jobs))


def _speed(plan: Plan) -> Section:
    return speed_section(speed(plan.package, plan.rounds), circumstances(plan.command))


PARTS: Final[Mapping[str, Callable[[Plan], Section]]] = {
    "quality": _quality,
    "robust": _robust,
    "identity": _identity,
    "speed": _speed,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.voice",
        description=question,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--part", action="append", choices=tuple(PARTS), help="may be repeated; all without")
    parser.add_argument("--package", default="builtin", help="name of an installed package, or its folder")
    parser.add_argument("--speakers", type=_names, default=tuple(recipes()), help="ids, with commas")
    parser.add_argument(
        "--limit", type=int, default=0, help="texts of each part, for a quick look; 0 for all"
    )
    parser.add_argument("--rounds", type=count, default=5, help="how often each text is spoken for its speed")
    parser.add_argument("--jobs", type=count, default=2, help="processes at once")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.as_posix()}")
    add_json(parser)
    return parser


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
