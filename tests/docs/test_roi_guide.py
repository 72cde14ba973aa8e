"""The guide to the calculator has every input as it is, and its figures come out of the calculator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from huisheng.economics.calculator import calculate
from huisheng.economics.findings import yuan
from huisheng.economics.report import RoiReport
from huisheng.economics.scenario import INPUTS, Input, make_scenario
from huisheng.economics.speed import ASSUMED

GUIDE: Final = (Path(__file__).resolve().parents[2] / "docs/guides/roi.md").read_text(encoding="utf-8")


def row(name: str, known: Input) -> str:
    default = "" if known.default is None else f" {known.default}"
    return f"| `{name}` |{default} | {known.low}–{known.high} | {known.chinese} |"


def test_the_table_holds_every_input_as_it_is() -> None:
    table = GUIDE.partition("<!-- inputs -->")[2].partition("<!-- /inputs -->")[0]

    assert table.strip().splitlines()[2:] == [row(name, known) for name, known in INPUTS.items()]


def test_every_field_of_the_answer_is_described() -> None:
    described = set(re.findall(r"`(\w+)`", GUIDE.partition("## 接口")[2]))

    assert RoiReport.model_fields.keys() <= described


def test_the_figures_of_the_example_are_true() -> None:
    found = calculate(make_scenario({"rent_fen": 80_000, "price_fen": 1, "price_calls": 1}, ASSUMED))

    assert f"每月收入 {yuan(found.month.revenue_fen)}" in GUIDE
    assert f"亏损 {yuan(-found.month.profit_fen)}" in GUIDE
    assert f"每天 {found.break_even.calls_per_day:,} 次才能保本" in GUIDE
