"""What was found, for people and for programs. Tables are Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.sambert.comparison import THREADS, Candidate, Stage
from benchmarks.sambert.figures import JUDGED, LEAST, MIDDLE, Limit, Row, Spread, target_row
from benchmarks.sambert.first import First
from benchmarks.sambert.machine import Machine
from benchmarks.sambert.memory import Memory
from benchmarks.sambert.parts import PARTS, Part, Shares
from benchmarks.sambert.precision import Lowered
from benchmarks.sections import format_value, table, with_section
from benchmarks.targets import Target, target_table

PAGE: Final = Path("docs/benchmarks.md")

_TITLES: Final[Mapping[Stage, str]] = {
    "acoustic": "声学模型 Acoustic model",
    "vocoder": "声码器 Vocoder",
    "both": "全程 End to end",
}
_NAMES: Final[Mapping[Part, str]] = {
    "encoder": "文本编码 encoder",
    "variance": "音高、能量、时长 variance",
    "decoder": "解码器 decoder",
    "postnet": "后处理 postnet",
    "vocoder": "声码器 vocoder",
}
_CAVEATS: Final = """\
## SAM-BERT + HiFi-GAN

比较绘声的引擎与同一组权重的 PyTorch（eager）的速度，并给出机器的理论下限。

- 权重按规则随机生成，大小与公开的 16 kHz 音色相同：测试环境无法获得公开的检查点。
  速度与权重无关，不评价音质。
- 只在一台机器上测量；两者在同一次运行中轮流进行，不含预热。
- 机器繁忙时两个线程的数据不可信，轮数也会减少：PyTorch 的线程以自旋方式互相等待，核被占用时会慢几十倍，
  使加速比虚高。两个线程的 PyTorch 声码器不比一个线程快 1.4 倍以上时，加速比无效。
- 表中为实时率（合成每秒音频所需的秒数）的中位数，括号内为最小与最大。加速比取各自最优的线程数，
  按中位数；括号内按最小值，即干扰最小的一轮。两者在目标的两侧时为未定。
- PyTorch 先整句计算声学模型，再整句计算声码器，全程为两者之和；绘声流式合成，分段与生产环境相同。
- 绘声的每个计算图只用一个线程。“2 线程”指另有一个线程：先计算下一段的频谱，再分担当前段的波形；
  只测声学模型时无法分担，只测声码器时两个线程各计算一部分。
- 首音延迟从调用到得到第一段音频，含文本前端，不含编码与网络；内存在新进程中测得，不导入 PyTorch，
  文件已在系统缓存中。
- “算力下限”假定乘加与大矩阵乘法一样快，“读取下限”假定每一步都以实测的最快速度把权重从缓存或内存读一遍；
  两者在同一次运行中测得。乘加按论文与检查点的层计；绘声把每级的两次上采样合并为一次卷积，
  声码器实际减少 6% 的乘法。
- 低精度不是默认：随机权重无法评价音质差别，须用训练好的音色。

Weights are drawn by a rule, as large as those of the published 16 kHz voices, which cannot be had here.
Figures are real-time factors, medians over rounds in which everybody takes turns, least and most in
parentheses; each side counts with the number of threads that suits it best. Eager PyTorch does one stage
after the other on the whole line, ours streams as in production.
"""


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that one run found.

    Attributes:
        rows: a line each.
        rounds: how often each was said.
        first: how long until something is heard.
        memories: of a short line and of a long one.
        machine: what it can do.
        shares: where the time goes.
        limits: what the machine allows each part.
        lowered: parts in fewer bits; none when that was not asked for.
        load: processes that wanted to run when the run began, a minute's mean; None where unknown.
        library: PyTorch's version and the instructions that it uses.
    """

    rows: Sequence[Row]
    rounds: int
    first: First
    memories: Sequence[Memory]
    machine: Machine
    shares: Shares
    limits: Mapping[Part, Limit]
    lowered: Sequence[Lowered]
    load: float | None
    library: str


def targets(result: Result) -> list[Target]:
    """What was promised."""
    row, longest = target_row(result.rows), result.memories[-1]
    speedups: dict[Stage, float] = {"acoustic": 5.0, "vocoder": 1.0, "both": 2.0}
    return [
        *(_speedup(row, stage, least) for stage, least in speedups.items()),
        Target("首音，20 字 First audio, 20 characters", 120.0, result.first.median * 1000, "ms"),
        Target(f"内存峰值，{longest.seconds:.0f} 秒 Peak memory", 400.0, longest.peak, "MB"),
    ]


def _speedup(row: Row, stage: Stage, least: float) -> Target:
    measured, undisturbed = (row.speedup(stage, figure) for figure in (MIDDLE, LEAST))
    return Target(_TITLES[stage], least, measured, "×", True, undisturbed, not row.disturbed)


def card(result: Result) -> str:
    """The tables for people."""
    parts = [
        f"- 基线 baseline：{result.library}",
        f"- 负载 load：{format_value(result.load, '.1f')}；每句 {result.rounds} 轮 rounds",
        "",
        target_table(targets(result)),
        f"\n加速比取 {JUDGED:g} 秒一行：一句话的通常长度。更短的以固定开销为主，更长的少见：前端会断句。",
        f"\n{_bound_sentence(result)}",
        *(f"\n### {_TITLES[stage]}\n\n{_stage(stage, result.rows)}" for stage in _TITLES),
        f"\n### 首音与内存 First audio and memory\n\n{_start_table(result)}",
        f"\n### 各部分用时 Where the time goes\n\n{_parts(result)}",
    ]
    if result.lowered:
        parts.append(f"\n### 低精度 Low precision\n\n{_precision(result.lowered)}")
    return "\n".join(parts)


def section(result: Result, circumstances: Sequence[str]) -> str:
    """Caveats, circumstances, figures."""
    return "\n".join([_CAVEATS, *circumstances, card(result)])


def page(section: str, before: str) -> str:
    """The page of the documentation with a new section of ours; the rest stays."""
    return with_section("bench-sambert", section, before)


def json_line(result: Result) -> str:
    """One object for programs."""
    row, peak = target_row(result.rows), result.memories[-1].peak
    return json.dumps(
        {
            "acoustic_speedup": round(row.speedup("acoustic", MIDDLE), 2),
            "vocoder_speedup": round(row.speedup("vocoder", MIDDLE), 2),
            "end_to_end_speedup": round(row.speedup("both", MIDDLE), 2),
            "first_audio_ms": round(result.first.median * 1000, 1),
            "peak_memory_mb": None if peak is None else round(peak, 1),
        }
    )


def _bound_sentence(result: Result) -> str:
    """How much faster the acoustic model could be at all: every part of it as fast as the machine allows."""
    factor = sum(limit.factor for part, limit in result.limits.items() if part != "vocoder")
    speedup = target_row(result.rows).best("acoustic", "eager", MIDDLE) / factor
    return (
        f"声学模型每一步都须读取一遍解码器的 float32 权重。各部分都达到“各部分用时”一节的下限时，"
        f"它在一个线程上的实时率是 {factor:.4f}，速度是 PyTorch 的 {speedup:.1f} 倍："
        f"at the limits of this machine the acoustic model would be {speedup:.1f} × as fast."
    )


def _stage(stage: Stage, rows: Sequence[Row]) -> str:
    candidates = [candidate for candidate in rows[0].factors if candidate.stage == stage]
    sides = sorted(candidates, key=lambda candidate: (candidate.side, candidate.threads))  # eager before ours
    head = ["声音 sound, s", *map(_candidate_name, sides), "加速 speedup（最小值 least）"]
    if stage == "both":
        head.insert(1, "PyTorch，两者之和 sum")
    return table(head, (_cells(stage, sides, row) for row in rows))


def _cells(stage: Stage, sides: Sequence[Candidate], row: Row) -> list[str]:
    factors = [_spread(row.factors[candidate]) for candidate in sides]
    if stage == "both":
        factors.insert(0, f"{row.best('both', 'eager', MIDDLE):.3f}")
    speedups = f"{row.speedup(stage, MIDDLE):.2f} ×（{row.speedup(stage, LEAST):.2f} ×）"
    return [f"{row.sound:.1f}", *factors, speedups]


def _candidate_name(candidate: Candidate) -> str:
    side = "PyTorch" if candidate.side == "eager" else "绘声 ours"
    return f"{side}，{candidate.threads} 线程"


def _spread(spread: Spread) -> str:
    return f"{spread.middle:.3f}（{spread.least:.3f}–{spread.most:.3f}）"


def _start_table(result: Result) -> str:
    first, loaded = result.first, format_value(result.memories[-1].loaded, ".0f")
    rows = [
        ("首音，20 字，中位 first audio, 20 characters, median, ms", f"{first.median * 1000:.0f}"),
        (f"首音，p95，{first.count} 次 times, ms", f"{first.p95 * 1000:.0f}"),
        ("引擎载入后的内存 memory with the engine loaded, MB", loaded),
        *(
            (f"一次说完 {memory.seconds:.0f} 秒的内存峰值 peak memory, MB", format_value(memory.peak, ".0f"))
            for memory in result.memories
        ),
    ]
    return table(("", "实测 measured"), rows)


def _parts(result: Result) -> str:
    machine, whole = result.machine, result.shares.whole
    speeds = "，".join(f"{count} 线程 {machine.macs[count] / 1e9:.0f}" for count in THREADS)
    reads = "，".join(f"{size / 1e6:.1f} MB {rate / 1e9:.0f}" for size, rate in machine.reading.items())
    note = (
        f"一个线程，{JUDGED:g} 秒一句。这台机器此刻的大矩阵乘法：{speeds} G 乘加/秒；"
        f"一行乘以一组权重时的读取：{reads} GB/秒。"
    )
    head = (
        "部分 part",
        "乘加/秒 M MAC a second",
        "算力下限 arithmetic",
        "读取下限 reading",
        "实测 measured",
        "占比 share, %",
        "下限/实测 limit reached, %",
    )
    rows = [_part(part, result) for part in PARTS]
    rest = result.shares.rest
    rows.append(["图之外 between the graphs", "—", "—", "—", f"{rest:.4f}", f"{rest / whole * 100:.1f}", "—"])
    return f"{note}\n\n{table(head, rows)}"


def _part(part: Part, result: Result) -> list[str]:
    limit, factor = result.limits[part], result.shares.parts[part]
    return [
        _NAMES[part],
        f"{limit.macs / 1e6:,.0f}",
        f"{limit.arithmetic:.4f}",
        f"{limit.reading:.4f}" if limit.reading else "—",
        f"{factor:.4f}",
        f"{factor / result.shares.whole * 100:.1f}",
        f"{limit.factor / factor * 100:.0f}",
    ]


def _precision(lowered: Sequence[Lowered]) -> str:
    note = (
        "一个线程；每部分的输入都来自 float32。int8：乘法动态量化，声码器静态量化"
        "（QDQ，逐通道，用声学模型的另一段频谱校准）；float16：ONNX Runtime 在这个处理器上没有这样的运算，"
        "会换回 float32；bfloat16：PyTorch autocast。“—”：时长不同，无法逐点比较。"
    )
    head = ("部分 part", "精度 form", "float32", "实时率 factor", "最大差 max", "信噪比 SNR, dB")
    return f"{note}\n\n{table(head, map(_lowered_cells, lowered))}"


def _lowered_cells(row: Lowered) -> list[str]:
    names: Mapping[str, str] = {**_NAMES, "engine": "全程 the engine"}
    factor = "不支持 not supported" if row.factor is None else f"{row.factor:.4f}"
    snr = "∞" if row.snr == math.inf else format_value(row.snr, ".1f")
    name = names.get(row.part, row.part)
    return [name, row.form, f"{row.full:.4f}", factor, format_value(row.difference, ".3g"), snr]
