"""Does memory stay bounded, however long the text?

A front-end that reads everything first, or a joiner that keeps what it has joined, grows with the text. The
peak of a fresh process is compared with that of another one that speaks a shorter text; the stream is let go,
not collected. The silent engine shows our own path at full length; a real engine, that the model adds nothing
that grows.

    python -m benchmarks.long_text                                       1,000,000 characters, silent
    python -m benchmarks.long_text --engine kokoro --characters 3000     a real voice
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.fresh import in_fresh_process, peak_memory
from benchmarks.sections import add_json, show, table
from benchmarks.speed.texts import read_texts

from huisheng.engines import make_engine
from huisheng.engines.protocol import Engine
from huisheng.errors import HuishengError
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SilentEngine

SILENT: Final = "silent"
_ITEM: Final = 0.01
"""Seconds of silence for each syllable: short, since every sample passes the limiter."""
_SHORT: Final = 10_000
"""Characters of the shorter text, at most a third of the longer one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text of some length, spoken by a fresh process.

    Attributes:
        characters: that the stream said it has spoken.
        wall: seconds.
        sound: seconds.
        largest: seconds, the longest piece.
        peak: most resident memory, MB; None where it is not known.
    """

    characters: int
    wall: float
    sound: float
    largest: float
    peak: float | None


def text_of(length: int) -> str:
    """Our sentences over and over, cut at a length."""
    characters = itertools.cycle("".join(itertools.chain(*read_texts().values())))
    return "".join(itertools.islice(characters, length))


def read(engine: str, length: int) -> Reading:
    """Speak a text and let every piece go.

    Raises:
        SetupError: the engine cannot be had.
    """
    synthesizer = Synthesizer(_engine(engine))
    synthesizer.load()
    began = time.perf_counter()
    characters, sound, largest = 0, 0.0, 0.0
    for chunk in synthesizer.stream(text_of(length)):
        characters = chunk.span.end
        sound += chunk.duration
        largest = max(largest, chunk.duration)
    return Reading(characters, time.perf_counter() - began, sound, largest, peak_memory())


def main(arguments: Sequence[str]) -> int:
    """0, or 1 when the engine cannot be had."""
    options = _parser().parse_args(arguments)
    lengths = (min(_SHORT, max(1, options.characters // 3)), options.characters)
    try:
        _engine(options.engine).load()  # what is missing is told here, before a process is started for it
        short, long = (in_fresh_process(read, options.engine, length) for length in lengths)
    except HuishengError as error:
        print(f"错误：{error.message} {error.english}", file=sys.stderr)
        return 1
    show(_table((short, long)), json_line(options.engine, short, long), only_line=options.json)
    return 0


def growth(short: Reading, long: Reading) -> float | None:
    """MB that the longer text needed more; None where memory is not known."""
    return None if short.peak is None or long.peak is None else long.peak - short.peak


def json_line(engine: str, short: Reading, long: Reading) -> str:
    """One object for programs."""
    more = growth(short, long)
    return json.dumps(
        {
            "engine": engine,
            "characters": long.characters,
            "audio_s": round(long.sound, 1),
            "wall_s": round(long.wall, 1),
            "peak_memory_mb": None if long.peak is None else round(long.peak, 1),
            "compared_characters": short.characters,
            "growth_mb": None if more is None else round(more, 1),
        }
    )


def _table(readings: Sequence[Reading]) -> str:
    head = (
        "字数 characters",
        "声音 sound, s",
        "最长一段 longest piece, s",
        "用时 time, s",
        "内存峰值 peak, MB",
    )
    return table(head, (_cells(reading) for reading in readings))


def _cells(reading: Reading) -> list[str]:
    peak = "未知 unknown" if reading.peak is None else f"{reading.peak:.1f}"
    return [
        f"{reading.characters:,}",
        f"{reading.sound:.1f}",
        f"{reading.largest:.1f}",
        f"{reading.wall:.1f}",
        peak,
    ]


def _engine(name: str) -> Engine:
    return SilentEngine(_ITEM) if name == SILENT else make_engine(name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.long_text",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--engine", default=SILENT, help="silent, or the name of an engine")
    parser.add_argument("--characters", type=int, default=1_000_000)
    add_json(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
