"""What was found, for people and for programs. Tables are Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.sections import format_value, table, with_section
from benchmarks.serving.client import TIMEOUT
from benchmarks.serving.figures import Quantiles, Row
from benchmarks.serving.knee import ENOUGH, EXPLODED, highest
from benchmarks.serving.measuring import OURS, Result, judged_overhead
from benchmarks.serving.overhead import Overhead
from benchmarks.serving.saturation import THREADS, Saturation
from benchmarks.serving.voices import BUILTIN, Voice
from benchmarks.targets import Target, target_table

PAGE: Final = Path("docs/benchmarks.md")

_NAMES: Final[dict[Voice, str]] = {
    "builtin": "内置音色 built-in",
    "sambert": "导入的 16 kHz 音色 imported, 16 kHz",
    "kokoro": "Kokoro",
}
_CAVEATS: Final = f"""\
## 服务 The server under load

并发请求时的首音延迟、断流，以及过载时的表现。

- 只在一台机器上测量，客户端与服务在同一台机器上，占用的核数列在表中。
- 请求按固定种子的泊松过程到达，不等待之前的响应（开环），从计划发送的时刻计时，因此包含服务积压的时间。
  此时每个请求使用新连接；单个请求与满载测试时，客户端复用连接。响应为 WAV，最多等待 {TIMEOUT:.0f} 秒。
- 文本不重复，缓存关闭；“重复的请求”除外。
- “断流”是播放中断的响应所占的比例：一种播放器收到第一段即播放，一种先缓冲 100 毫秒。
  “间隔”是一个响应中相邻两段到达的最长间隔，取 p95。
- 请求率逐次加倍，直到完成率不足 {ENOUGH:.0%}，或首音 p95 超过最低一档中位数的 {EXPLODED:g} 倍：
  最后一行为过载状态。
- “简单服务”使用同一个引擎，每个请求一个线程，整段合成完才发送：`benchmarks/serving/naive.py`。
- Piper 使用自带的 HTTP 服务和与公开的 medium 音色同样大小的网络，权重随机生成（测试环境无法获得公开的音色），
  文本由自带的 eSpeak NG 处理。速度与权重无关；不比较音质与读音。
- “裸引擎”是在同一进程中直接调用 `Synthesizer`，不编码也不发送；与服务轮流运行，“超出”取相邻两次之比的中位数。
  “CPU 时间”是所有核的时间之和，受机器负载的影响较小；服务的时间包含编码与发送。
  超出部分的分析与尝试见[实验记录](experiments.md)。
- 内存按 PSS 计，含模型。

Requests come at random moments that do not wait for answers, each timed from the moment it was due. The naive
server has the same engine, a thread for every request, and sends whole files. Piper's network is as large as
its published medium voices, its weights are drawn. Every text is new and nothing is cached, except where
repeated requests are told of.
"""


def section(result: Result, around: Sequence[str]) -> str:
    """The section of the documentation.

    Args:
        result: of this run.
        around: lines that tell of the machine and of the command.
    """
    load = "—" if result.load is None else f"{result.load:.1f}"
    facts = [*around, f"- 负载 load：{load}；每档 {result.plan.seconds:g} 秒 seconds a rate"]
    return "\n".join([_CAVEATS, *facts, "", card(result)])


def page(section: str, before: str) -> str:
    """The page of the documentation with a new section of ours; the rest stays."""
    return with_section("bench-serve", section, before)


def card(result: Result) -> str:
    """The tables for people."""
    parts = [target_table(targets(result))]
    if result.alone:
        parts += ["### 一次一个请求 One at a time", _alone(result)]
    if result.saturation:
        parts += ["### 满载 At full load", _saturation_table(result.saturation)]
    for name, rows in result.climbs.items():
        parts += [f"### {name}", _rate_sentence(highest(rows)), _rows(rows)]
    if result.half:
        parts += ["### 绘声，一半的负载 ours, at half load", _rows([result.half])]
    parts += [f"没有测到 not measured：{name}（{reason}）" for name, reason in result.missing.items()]
    return "\n\n".join(parts)


def targets(result: Result) -> list[Target]:
    """What was promised, and what came of it."""
    judged = judged_overhead(result.alone, result.main_voice)
    at_most = result.saturation.most if result.saturation else None
    share = result.saturation.share if result.saturation else None
    repeated = None if result.repeated is None else result.repeated * 1000.0
    name = _NAMES[result.main_voice]
    return [
        Target("首音中位，内置音色 first audio, built-in", 50.0, _first(result, "builtin"), "ms"),
        Target("首音中位，导入的 16 kHz 音色 first audio, imported", 120.0, _first(result, "sambert"), "ms"),
        Target(f"一半负载时首音的 p95 / p50 at half load，{name}", 2.0, _spread(result.half), "×"),
        Target(f"服务超出引擎 server over engine，{name}", 5.0, judged and judged.over_total, "%"),
        Target(f"重复的请求 a repeated request，{name}", 5.0, repeated, "ms"),
        Target(f"满载时达到裸引擎的 of the bare engine，{name}", 95.0, share, "%", at_least=True),
        *_throughput(result.main_voice, at_most),
    ]


def json_line(result: Result) -> str:
    """One object for programs."""
    found: dict[str, Any] = {
        "voice": result.main_voice,
        "first_audio_ms_p50": {voice: _round(_first(result, voice)) for voice in result.alone},
        "half_load_p95_over_p50": _round(_spread(result.half), 2),
        "overhead_percent": {
            voice: _round(one.over_total, 2)
            for voice in result.alone
            if (one := judged_overhead(result.alone, voice))
        },
        "repeated_ms": _round(None if result.repeated is None else result.repeated * 1000.0),
        "requests_per_second": _round(result.saturation and result.saturation.most),
        "of_bare_percent": _round(result.saturation and result.saturation.share),
        "kept_up_with_per_second": {name: highest(rows) for name, rows in result.climbs.items()},
        "memory_mb": _round(result.climbs[OURS][-1].memory) if OURS in result.climbs else None,
    }
    return json.dumps(found, ensure_ascii=False)


def _throughput(voice: Voice, measured: float | None) -> list[Target]:
    if voice != BUILTIN:
        return []
    return [Target("满载时 20 字的请求 at full load", 10.0, measured, "/s", at_least=True)]


def _first(result: Result, voice: Voice) -> float | None:
    found = judged_overhead(result.alone, voice)
    return found and found.first.p50 * 1000.0


def _spread(half: Row | None) -> float | None:
    return half.first.p95 / half.first.p50 if half and half.first else None


def _round(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)


def _alone(result: Result) -> str:
    head = (
        "音色 voice",
        "字数 characters",
        "首音 first audio p50 / p95 / p99, ms",
        "裸引擎首音 bare, ms",
        "超出 over, %",
        "全部 total p50 / p95 / p99, ms",
        "裸引擎 bare, ms",
        "超出 over, %",
        "CPU 时间超出 of CPU time, %",
    )
    return table(head, (_cells(_NAMES[voice], each) for voice, its in result.alone.items() for each in its))


def _cells(name: str, each: Overhead) -> list[str]:
    return [
        name,
        str(each.length),
        _milliseconds(each.first),
        f"{each.bare_first * 1000:.0f}",
        f"{each.over_first:+.1f}",
        _milliseconds(each.total),
        f"{each.bare_total * 1000:.0f}",
        f"{each.over_total:+.1f}",
        format_value(each.over_work, "+.1f"),
    ]


def _saturation_table(found: Saturation) -> str:
    head = ("对象 side", "请求/秒 requests a second", "裸引擎的 of the bare engine, %")
    rows = [[f"裸引擎，{THREADS} 个线程 bare, threads", f"{found.bare:.1f}", "100"]]
    rows += [
        [f"绘声，{clients} 个客户端 clients", f"{rate:.1f}", f"{found.shares[clients]:.1f}"]
        for clients, rate in found.served.items()
    ]
    return f"{table(head, rows)}\n\n客户端最多占用 {found.client:.2f} 个核 cores of the client。"


def _rate_sentence(rate: float | None) -> str:
    if rate is None:
        return "最低一档也会过载。 It does not keep up with the lowest rate."
    return f"每秒 {rate:g} 个请求不过载。 It keeps up with {rate:g} requests a second."


def _rows(rows: Sequence[Row]) -> str:
    head = (
        "请求/秒 rate",
        "完成/拒绝/失败 done, refused, failed",
        "首音 first audio p50 / p95 / p99, ms",
        "全部 total p50 / p95 / p99, ms",
        "拒绝 p95 refusal, ms",
        "断流 underruns，0 / 100 ms, %",
        "断流时长 silence, ms",
        "间隔 gap, ms",
        "音频秒/秒 audio s/s",
        "CPU 服务/客户端 server, client, cores",
        "内存 memory, MB",
    )
    return table(head, map(_row, rows))


def _row(row: Row) -> list[str]:
    return [
        f"{row.rate:.3g}",
        f"{row.done} / {row.refused} / {row.failed}",
        _milliseconds(row.first),
        _milliseconds(row.total),
        "—" if row.refusal is None else f"{row.refusal * 1000:.0f}",
        f"{row.dry * 100:.0f} / {row.dry_buffered * 100:.0f}",
        f"{row.silence * 1000:.0f}",
        f"{row.gap * 1000:.0f}",
        f"{row.sound:.1f}",
        f"{format_value(row.cores, '.2f')} / {row.client:.2f}",
        format_value(row.memory, ".0f"),
    ]


def _milliseconds(found: Quantiles | None) -> str:
    return "—" if found is None else " / ".join(f"{each * 1000:.0f}" for each in found)
