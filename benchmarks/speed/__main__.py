"""Run the benchmark and print what it found."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from itertools import chain

from benchmarks.arguments import count
from benchmarks.fresh import in_fresh_process
from benchmarks.sections import add_json, circumstances, show
from benchmarks.speed import __doc__ as question
from benchmarks.speed.bare import bare_model
from benchmarks.speed.figures import row
from benchmarks.speed.report import PAGE, Result, card, json_line, page
from benchmarks.speed.runs import Comparison, Run
from benchmarks.speed.start import Start, start
from benchmarks.speed.texts import read_texts
from tqdm import tqdm

from huisheng.engines import make_engine
from huisheng.errors import HuishengError
from huisheng.runtime.synthesizer import Synthesizer


def main(arguments: Sequence[str]) -> int:
    """0, or 1 when the engine cannot be had."""
    options = _parser().parse_args(arguments)
    command = shlex.join(["python", "-m", "benchmarks.speed", *arguments])
    try:
        result = measure(options.engine, options.rounds, options.starts)
    except HuishengError as error:
        print(f"错误：{error.message} {error.english}", file=sys.stderr)
        return 1
    if options.write:
        PAGE.parent.mkdir(exist_ok=True)
        before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        PAGE.write_text(page(result, command, before), encoding="utf-8")
    tables = "\n".join([*circumstances(command), "", card(result)])
    show(tables, json_line(result), only_line=options.json)
    return 0


def measure(engine: str, rounds: int, starts: int) -> Result:
    """Fresh processes, while this one is idle; then the comparison.

    Raises:
        HuishengError: the engine, its voice or its bare model cannot be had.
    """
    synthesizer = Synthesizer(make_engine(engine))
    name = synthesizer.capabilities.name
    texts = read_texts()
    synthesizer.load()  # what is missing is told here, before a process is started for it
    started = {length: _starts(name, its, starts) for length, its in texts.items()}
    bare = bare_model(name)
    runs = _runs(Comparison(synthesizer, bare), texts, rounds)
    rows = [row([run for run in runs if run.length == length], started[length]) for length in texts]
    return Result(name, bare.name if bare else "", rounds, rows, list(chain(*started.values())))


def _starts(engine: str, texts: Sequence[str], count: int) -> list[Start]:
    return [in_fresh_process(start, engine, texts) for _ in range(count)]


def _runs(comparison: Comparison, texts: Mapping[int, Sequence[str]], rounds: int) -> list[Run]:
    each = list(chain(*texts.values()))
    shown = tqdm(comparison.runs(each, rounds), total=len(each) * rounds, disable=not sys.stderr.isatty())
    return list(shown)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed",
        description=question,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--engine", default="", help="name of the engine; the default one when empty")
    parser.add_argument("--rounds", type=count, default=3, help="how often each text is spoken")
    parser.add_argument("--starts", type=count, default=3, help="fresh processes for each length")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.as_posix()}")
    add_json(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
