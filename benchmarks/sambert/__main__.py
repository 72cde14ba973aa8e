"""Draw a voice, run the comparison, measure what surrounds it, and print: tables, then one line of JSON."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import torch
from benchmarks.arguments import count
from benchmarks.fresh import in_fresh_process
from benchmarks.sambert import __doc__ as question
from benchmarks.sambert.comparison import THREADS, Comparison, Run
from benchmarks.sambert.figures import JUDGED, limit, rounds_done, rows
from benchmarks.sambert.first import first_audio
from benchmarks.sambert.lines import Line, Lines
from benchmarks.sambert.machine import measure_machine
from benchmarks.sambert.memory import Memory, memory
from benchmarks.sambert.parts import Part, shares
from benchmarks.sambert.precision import precision
from benchmarks.sambert.report import PAGE, Result, card, json_line, page, section
from benchmarks.sambert.voice import DrawnVoice, drawn_voice
from benchmarks.sambert.work import (
    Size,
    Work,
    decoder_work,
    encoder_work,
    postnet_work,
    variance_work,
    vocoder_work,
)
from benchmarks.sections import add_json, circumstances, show
from tqdm import tqdm

from huisheng.errors import HuishengError
from huisheng.types import ResolvedOptions

LENGTHS: Final = (1.5, 3.0, JUDGED, 12.0, 21.0)
"""Seconds of sound."""
_CALIBRATING: Final = 12.0
_REMEMBERED: Final = (10.0, 60.0)
_SLOWLY: Final = ResolvedOptions(speed=0.8)
"""So that 60 s are fewer symbols than the model takes in one call."""
_FIRSTS: Final = 10
"""Rounds over the three texts of 20 characters."""


def main(arguments: Sequence[str]) -> int:
    """0, or 1 when the voice cannot be made."""
    options = _parser().parse_args(arguments)
    command = shlex.join(["python", "-m", "benchmarks.sambert", *arguments])
    try:
        result = measure(options.rounds, options.seconds, lowers=options.precision)
    except HuishengError as error:
        print(f"错误：{error.message} {error.english}", file=sys.stderr)
        return 1
    around = circumstances(command)
    if options.write:
        PAGE.write_text(page(section(result, around), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    show("\n".join([*around, card(result)]), json_line(result), only_line=options.json)
    return 0


def measure(rounds: int, seconds: Sequence[float], *, lowers: bool) -> Result:
    """Everything, on one voice.

    Args:
        rounds: how often each line is said.
        seconds: of sound of the lines; `JUDGED` is added.
        lowers: whether numbers of fewer bits are measured too.

    Raises:
        HuishengError: the voice cannot be made.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    with drawn_voice() as voice:
        lines = Lines(voice.package)
        said = [lines.line(length, ResolvedOptions()) for length in sorted({*seconds, JUDGED})]
        judged = next(line for line in said if line.asked == JUDGED)
        runs = _runs(voice, said, rounds)
        work = _work(voice, judged)
        machine = measure_machine(
            THREADS, tuple(sorted({each.weights for each in work.values() if each.turns}))
        )
        other = lines.line(_CALIBRATING, ResolvedOptions())
        return Result(
            rows=rows(runs),
            rounds=rounds_done(runs),
            first=first_audio(voice.package, _FIRSTS),
            memories=[_memory(voice, lines, length) for length in _REMEMBERED],
            machine=machine,
            shares=shares(voice.package, judged, rounds),
            limits={part: limit(each, judged.seconds, machine) for part, each in work.items()},
            lowered=precision(voice, judged, other) if lowers else [],
            load=load,
            library=f"PyTorch {torch.__version__}，{torch.backends.cpu.get_cpu_capability()}，inference_mode",
        )


def _runs(voice: DrawnVoice, lines: Sequence[Line], rounds: int) -> list[Run]:
    runs = Comparison(voice).runs(lines, rounds)
    return list(tqdm(runs, disable=not sys.stderr.isatty()))


def _memory(voice: DrawnVoice, lines: Lines, seconds: float) -> Memory:
    """
    Raises:
        AssertionError: the process imported PyTorch, so the figure would not be that of serving.
    """
    package = voice.package
    sentence = lines.line(seconds, _SLOWLY).sentence
    found = in_fresh_process(memory, package.directory.parent, package.manifest.name, sentence, _SLOWLY)
    if found.torch:
        raise AssertionError("the engine has imported PyTorch")
    return found


def _work(voice: DrawnVoice, line: Line) -> Mapping[Part, Work]:
    config, outline = voice.acoustic.config, line.outline
    size = Size(len(line.plan.ids), outline.total, outline.band)
    return {
        "encoder": encoder_work(config, size),
        "variance": variance_work(config, size),
        "decoder": decoder_work(config, size),
        "postnet": postnet_work(config, size),
        "vocoder": vocoder_work(voice.vocoder.config, outline.total),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sambert",
        description=question,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=count, default=3, help="how often each line is said, if time allows")
    parser.add_argument(
        "--seconds", type=float, nargs="+", default=LENGTHS, help=f"of the lines; {JUDGED:g} is always said"
    )
    parser.add_argument("--no-precision", dest="precision", action="store_false", help="float32 alone")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.as_posix()}")
    add_json(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
