"""What was found: tables for people, one line for programs, a section of the documentation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.accounts.measuring import Result
from benchmarks.sections import table, with_section
from benchmarks.targets import Target, target_table

PAGE: Final = Path("docs/benchmarks.md")
"""The page that holds the section."""

_OVERHEAD: Final = 3.0
_RATIO: Final = 0.9
_SERVED: Final = 100


_CAVEATS: Final = """\
## 账户 Accounts

启用账户之后，每个请求多用多少时间，以及账目在并发与崩溃之后是否正确。

- 两个服务并列，一个没有账户，一个有账户（SQLite），轮流回答同样的请求，文本不重复，缓存关闭。
  “多用”取相邻两个请求之差的中位数，“吞吐之比”取各轮满载时之比的中位数。
- “剩 100 次”：100 个客户端用一个只剩 100 次的账户同时发出 10,000 个请求。
- “崩溃”：客户端带 `Idempotency-Key` 反复请求直到成功，其间多次 `kill -9` 服务再启动。
- “旅程”：一位客户从注册、用完免费次数、以五种方式付款，到开票与退款；一位运营者从定价、查看收入、停用，
  到在另一处恢复备份。每一步的状态见命令的输出。

Two servers, without accounts and with them, answer the same in turn. Then ten thousand requests for a hundred
calls, kills in mid-work, and both journeys, a customer's and an operator's.
"""


def section(result: Result, around: Sequence[str]) -> str:
    """The section of the documentation; the journeys only by their number of steps.

    Args:
        result: of this run.
        around: lines that tell of the machine and of the command.
    """
    statuses = "，".join(f"{status}：{count}" for status, count in sorted(result.statuses.items()))
    aftermath = result.aftermath
    facts = [
        *around,
        f"- 没有账户时 without accounts：20 字 {result.cost.plain_ms:.1f} ms，满载 {result.rate:.1f} 次/秒",
        f"- {result.statuses.total():,} 个请求的状态 statuses：{statuses}",
        f"- 崩溃 kills：{aftermath.kills} 次，"
        f"成功 answered {aftermath.answered}，扣费 charges {result.charges}",
        f"- 旅程 journeys：{len(result.journey)} 步 steps",
    ]
    return "\n".join([_CAVEATS, *facts, "", target_table(_targets(result))])


def page(section: str, before: str) -> str:
    """The page of the documentation with a new section of ours; the rest stays."""
    return with_section("bench-accounts", section, before)


def card(result: Result) -> str:
    """Targets, and the journeys."""
    rows = ((step.name, str(step.status), "✓" if step.is_right else "✗") for step in result.journey)
    return "\n\n".join([target_table(_targets(result)), table(("步骤 step", "状态 status", ""), rows)])


def json_line(result: Result) -> str:
    """One object."""
    found = {
        "overhead_ms": round(result.cost.overhead_ms, 2),
        "overhead_first_ms": round(result.cost.first_ms, 2),
        "plain_ms": round(result.cost.plain_ms, 1),
        "throughput_ratio": round(result.ratio, 3),
        "answers_a_second": round(result.rate, 1),
        "served_of_100": result.served,
        "statuses": {str(status): count for status, count in sorted(result.statuses.items())},
        "kills": result.aftermath.kills,
        "answered": result.aftermath.answered,
        "charges": result.charges,
        "double_charges": max(result.charges - result.aftermath.answered, 0),
        "lost_after_kill": max(result.aftermath.answered - result.charges, 0),
        "faults": result.faults,
        "journey": [
            {"step": step.name, "status": step.status, "ok": step.is_right} for step in result.journey
        ],
    }
    return json.dumps(found, ensure_ascii=False)


def _targets(result: Result) -> list[Target]:
    answered, charges = result.aftermath.answered, result.charges
    wrong = sum(not step.is_right for step in result.journey)
    return [
        Target("20 字的请求多用 overhead at 20 characters", _OVERHEAD, result.cost.overhead_ms, "ms"),
        Target("满载吞吐之比 throughput ratio", _RATIO, result.ratio, "", at_least=True),
        Target("剩 100 次时成功 served of 100", _SERVED, result.served, "", at_least=True),
        Target("超出 100 次 beyond 100", 0.0, max(result.served - _SERVED, 0), ""),
        Target("重复扣费 double charges", 0.0, max(charges - answered, 0), ""),
        Target("漏扣 lost after kills", 0.0, max(answered - charges, 0), ""),
        Target("账目错误 faults in the books", 0.0, result.faults, ""),
        Target("旅程中的错误 wrong steps", 0.0, wrong, ""),
    ]
