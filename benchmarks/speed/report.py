"""What was found, for people and for programs. Tables are Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.sections import circumstances, format_value, table
from benchmarks.speed.figures import JUDGED, Row, targets
from benchmarks.speed.start import Start
from benchmarks.targets import target_table

PAGE: Final = Path("docs/benchmarks.md")

_HEAD: Final = (
    "字数 characters",
    "用时 time, s",
    "实时率 real-time factor",
    "首音 first audio p50 / p95, ms",
    "字/秒 characters a second",
    "内存峰值 peak memory, MB",
    "裸模型，同样的调用 bare, same calls, s",
    "超出 overhead, %",
    "裸模型，整段 bare, whole text, s",
    "超出 overhead, %",
)
_CAVEATS: Final = """\
# 性能测试 Benchmarks

说明：

- 只在一台机器上测量；机器繁忙时数值会大很多，请在自己的机器上运行下面的命令。
- 音频不编码、不经网络：浏览器的首音延迟还包括网络和播放器的时间。
- “用时”是从提交文本到得到最后一段音频；“首音”是到得到第一段音频：SAM-BERT（内置音色）逐词输出，
  Kokoro 的第一段至少六个字，到标点为止。
- 裸模型只与 Kokoro 比（`make bench ENGINE=kokoro`），SAM-BERT 另有[比较](#sam-bert--hifi-gan)。
- “裸模型，同样的调用”只用 ONNX Runtime，按我们切分的短句逐句调用同一个模型，不含文本转符号，
  也不含修剪和限幅，因此差额即为我们代码的开销；“整段”一次提交全部符号
  （模型一次最多 509 个），首音须等待全部完成。
- 两者与我们轮流运行，先后交替，开销取相邻两次之比的中位数；不含预热。
- 内存和启动时间在新进程中测得，文件已在系统缓存中，词典已编译；内存含模型。

Times are medians on one machine, sound neither encoded nor sent. The bare model is ONNX Runtime alone, given
the symbols that our front-end found; it takes turns with ours, and the overhead is the median of neighbouring
pairs.
"""


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that one run of the benchmark found.

    Attributes:
        engine: its name.
        bare: what it was compared with; empty for nothing.
        rounds: how often each text was spoken.
        rows: a length each.
        starts: of fresh processes.
    """

    engine: str
    bare: str
    rounds: int
    rows: Sequence[Row]
    starts: Sequence[Start]

    @property
    def startup(self) -> float:
        """Seconds, median."""
        return median(start.seconds for start in self.starts)


def card(result: Result) -> str:
    """The tables for people."""
    starts = [start.seconds for start in result.starts]
    return "\n\n".join(
        [
            table(_HEAD, (_cells(row) for row in result.rows)),
            f"启动 start-up：{result.startup:.2f} s"
            f"（{min(starts):.2f}…{max(starts):.2f}，{len(starts)} 个进程 processes）。"
            f"裸模型 bare model：{result.bare or '无 none'}。每段文字 {result.rounds} 次 rounds。",
            target_table(targets(result.rows)),
        ]
    )


def json_line(result: Result) -> str:
    """One object for programs: texts of 50 characters."""
    row = next(row for row in result.rows if row.length == JUDGED)
    return json.dumps(
        {
            "engine": result.engine,
            "real_time_factor": round(row.real_time_factor, 4),
            "first_audio_ms_p50": round(row.first_p50 * 1000, 1),
            "first_audio_ms_p95": round(row.first_p95 * 1000, 1),
            "overhead_percent": None if row.overhead is None else round(row.overhead, 2),
            "peak_memory_mb": None if row.peak is None else round(row.peak, 1),
            "startup_s": round(result.startup, 3),
        }
    )


def page(result: Result, command: str, before: str = "") -> str:
    """The page of the documentation: caveats, circumstances, figures.

    Args:
        result: of this run.
        command: that measured it.
        before: the page as it was; its sections are about other benchmarks and stay.
    """
    _, heading, sections = before.partition("\n## ")
    return "\n".join([_CAVEATS, *circumstances(command), "", card(result), ""]) + heading + sections


def _cells(row: Row) -> list[str]:
    return [
        str(row.length),
        f"{row.wall:.2f}",
        f"{row.real_time_factor:.3f}",
        f"{row.first_p50 * 1000:.0f} / {row.first_p95 * 1000:.0f}",
        f"{row.rate:.1f}",
        format_value(row.peak, ".0f"),
        format_value(row.same, ".2f"),
        format_value(row.overhead, "+.1f"),
        format_value(row.fewest, ".2f"),
        format_value(row.difference, "+.1f"),
    ]
