import json

from benchmarks.serving.client import Outcome
from benchmarks.serving.figures import Stretch, row
from benchmarks.serving.measuring import NAIVE, OURS, Plan, Result
from benchmarks.serving.overhead import Pair, summarize
from benchmarks.serving.player import Piece
from benchmarks.serving.report import card, json_line, page, section, targets
from benchmarks.serving.saturation import Saturation
from benchmarks.speed.runs import Spoken

PLAN = Plan(("builtin", "sambert"), seconds=20.0, rounds=3, count=40, most=64.0)


def found() -> Result:
    answer = Outcome("done", 0.06, (Piece(0.03, 1.0), Piece(0.05, 3.0)))
    rows = [row([answer] * 4, Stretch(rate, 20.0, 0.5, 0.01, 240.0)) for rate in (1.0, 2.0)]
    alone = [summarize(20, [Pair(answer, Spoken(0.05, 0.025, 4.0), 0.05)], 0.06)]
    result = Result(PLAN, load=0.1, half=rows[0], repeated=0.004)
    result.alone["builtin"] = alone
    result.saturation = Saturation(20.0, {2: 19.0, 4: 19.5}, {2: 95.0, 4: 97.5}, 0.1)
    result.climbs.update({OURS: rows, NAIVE: rows})
    result.missing["sambert"] = "make dev (PyTorch)"
    return result


def test_what_was_measured_is_judged() -> None:
    judged = {target.name.split("，")[0]: target.met for target in targets(found())}

    assert judged["首音中位"] is False  # of the imported voice, which comes after the built-in one
    assert judged["服务超出引擎 server over engine"] is False
    assert judged["重复的请求 a repeated request"] is True
    assert judged["满载时达到裸引擎的 of the bare engine"] is True


def test_what_was_not_measured_is_said_with_its_reason() -> None:
    told = card(found())

    assert "没有测到 not measured：sambert（make dev (PyTorch)）" in told
    assert "| 首音中位，导入的 16 kHz 音色 first audio, imported | ≤ 120 ms | — | 未测 not measured |" in told


def test_the_last_line_is_one_object() -> None:
    assert json.loads(json_line(found())) == {
        "voice": "builtin",
        "first_audio_ms_p50": {"builtin": 30.0},
        "half_load_p95_over_p50": 1.0,
        "overhead_percent": {"builtin": 20.0},
        "repeated_ms": 4.0,
        "requests_per_second": 19.5,
        "of_bare_percent": 97.5,
        "kept_up_with_per_second": {OURS: 2.0, NAIVE: 2.0},
        "memory_mb": 240.0,
    }


def test_where_nothing_was_measured_there_are_still_targets() -> None:
    empty = Result(PLAN, load=None)

    assert all(target.measured is None for target in targets(empty))
    assert json.loads(json_line(empty))["requests_per_second"] is None
    assert "### 一次一个请求" not in card(empty)


def test_writing_again_replaces_the_section_and_leaves_the_others() -> None:
    before = page(section(found(), ["- first"]), "# Page\n\n## Other\n")

    after = page(section(found(), ["- second"]), f"{before}\n## Later\n")

    assert "- first" not in after
    assert after.count("## 服务 The server under load") == after.count("- second") == 1
    assert "## Other" in after
    assert after.endswith("\n## Later\n")
