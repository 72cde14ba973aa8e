"""What was found: tables for people, one line for programs."""

from __future__ import annotations

import json
from typing import Final

from benchmarks.accounts.measuring import Result
from benchmarks.sections import table
from benchmarks.targets import Target, target_table

_OVERHEAD: Final = 3.0
_RATIO: Final = 0.9
_SERVED: Final = 100


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
