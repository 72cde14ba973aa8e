"""What the benchmark of accounts says of what it found."""

import json
from collections import Counter

from benchmarks.accounts.crashes import Aftermath
from benchmarks.accounts.journey import Step
from benchmarks.accounts.measuring import Result
from benchmarks.accounts.report import card, json_line, page, section
from benchmarks.accounts.speed import Cost

STEPS = (Step("sign_up", 202, is_right=True), Step("paid_wechat", 500, is_right=False))


def found(charges: int = 95) -> Result:
    statuses = Counter({200: 100, 402: 9900})
    return Result(Cost(37.0, 2.5, 2.1), 35.0, 0.95, statuses, Aftermath(5, 95, 0), charges, 0, STEPS)


def test_a_program_reads_every_figure_and_every_step() -> None:
    line = json.loads(json_line(found()))

    assert (line["overhead_ms"], line["throughput_ratio"], line["served_of_100"]) == (2.5, 0.95, 100)
    assert (line["double_charges"], line["lost_after_kill"]) == (0, 0)
    assert line["journey"] == [
        {"step": "sign_up", "status": 202, "ok": True},
        {"step": "paid_wechat", "status": 500, "ok": False},
    ]


def test_charges_that_are_too_many_or_too_few_are_told_apart() -> None:
    more, fewer = json.loads(json_line(found(97))), json.loads(json_line(found(92)))

    assert (more["double_charges"], more["lost_after_kill"]) == (2, 0)
    assert (fewer["double_charges"], fewer["lost_after_kill"]) == (0, 3)


def test_a_wrong_step_is_a_target_that_is_not_met() -> None:
    assert "旅程中的错误 wrong steps | ≤ 0 | 1 | **未达到 not met**" in card(found())


def test_the_page_gets_a_section() -> None:
    written = page(section(found(), ["- 提交 commit：abc"]), "# 性能测试\n")

    assert written.startswith("# 性能测试\n\n<!-- bench-accounts begin -->\n## 账户 Accounts")
    assert "- 10,000 个请求的状态 statuses：200：100，402：9900\n" in written
    assert "- 旅程 journeys：2 步 steps\n" in written
