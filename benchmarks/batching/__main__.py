"""Measure, and print: tables, then one line of JSON."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence

from benchmarks.batching import __doc__ as question
from benchmarks.batching.packed import WINDOWS, PackedTiming, compare_packing
from benchmarks.batching.rows import Rows, time_rows
from benchmarks.batching.speakers import BATCH, Concurrency, compare_batches
from benchmarks.sambert.voice import drawn_voice
from benchmarks.sections import add_json, circumstances, show, table

from huisheng.errors import HuishengError
from huisheng.voice.builtin import BUILTIN, builtin_folder
from huisheng.voice.load import load_package


def main(arguments: Sequence[str]) -> int:
    """0, or 1 when a voice cannot be had."""
    options = _parser().parse_args(arguments)
    try:
        with drawn_voice() as voice:
            rows = time_rows(voice.package, 5 * options.rounds)
            spoken = compare_batches(voice.package, options.rounds)
        packed = compare_packing(load_package(BUILTIN, builtin_folder()), 3 * options.rounds)
    except HuishengError as error:
        print(f"错误：{error.message} {error.english}", file=sys.stderr)
        return 1
    where = "\n".join(circumstances(shlex.join(["python", "-m", "benchmarks.batching", *arguments])))
    tables = "\n\n".join([where, "", _rows_table(rows), _packing_table(packed), _speech_table(spoken)])
    show(tables, _json(rows, packed, spoken), only_line=options.json)
    return 0


def _rows_table(found: Sequence[Rows]) -> str:
    cells = [
        [str(each.rows), f"{each.step:.2f}", f"{each.share:.2f}", f"{each.difference:.1e}"] for each in found
    ]
    return table(["行数 rows", "一步 a step, ms", "每行 each row, ms", "最大差 max difference"], cells)


def _packing_table(found: Sequence[PackedTiming]) -> str:
    header = [
        "图 graph",
        "帧 frames",
        "原图 published, ms",
        *(f"{count} 段 windows, ms" for count in WINDOWS),
    ]
    cells = [
        [
            each.part,
            str(each.frames),
            f"{each.published:.2f}",
            *(f"{each.windows[count]:.2f}" for count in WINDOWS),
            f"{each.difference:.1e}",
        ]
        for each in found
    ]
    return table([*header, "最大差 max difference"], cells)


def _speech_table(found: Sequence[Concurrency]) -> str:
    header = ["同时 speakers", "一起 batch", "处理器 work", "用时 wall", "首音 first audio, ms"]
    cells = [
        [
            str(each.speakers),
            str(each.batch),
            f"{each.work:.3f}",
            f"{each.wall:.3f}",
            f"{each.first:.0f}",
            f"{each.neighbours:.1e}",
            f"{each.difference:.1e}",
        ]
        for each in found
    ]
    return table([*header, "与独自说之差 from alone", "与不合并之差 from not shared"], cells)


def _json(rows: Sequence[Rows], packed: Sequence[PackedTiming], spoken: Sequence[Concurrency]) -> str:
    """One object for programs."""
    work = {(each.speakers, each.batch): each.work for each in spoken}
    crowd = max(count for count, _ in work)
    return json.dumps(
        {
            "row_of_8_to_1": round(
                next(each.share for each in rows if each.rows == BATCH) / rows[0].share, 3
            ),
            "packed_8_to_published": {
                f"{each.part}_{each.frames}": round(each.windows[max(WINDOWS)] / each.published, 3)
                for each in packed
            },
            "work_shared_to_not": round(work[crowd, BATCH] / work[crowd, 1], 3),
            "max_difference": max(each.difference for each in [*rows, *packed, *spoken]),
        }
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.batching",
        description=question,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often speakers speak; others more often")
    add_json(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
