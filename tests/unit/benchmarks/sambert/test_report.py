import json

from benchmarks.sambert.comparison import Candidate
from benchmarks.sambert.figures import JUDGED, Limit, Row, Spread
from benchmarks.sambert.first import First
from benchmarks.sambert.machine import Machine
from benchmarks.sambert.memory import Memory
from benchmarks.sambert.parts import PARTS, Shares
from benchmarks.sambert.precision import Lowered
from benchmarks.sambert.report import Result, card, json_line, page, section


def test_the_last_line_tells_of_the_judged_line_and_of_the_longest_memory() -> None:
    assert json.loads(json_line(_result())) == {
        "acoustic_speedup": 4.0,
        "vocoder_speedup": 1.5,
        "end_to_end_speedup": 2.0,
        "first_audio_ms": 80.0,
        "peak_memory_mb": 300.0,
    }


def test_unknown_memory_is_null() -> None:
    assert json.loads(json_line(_result(peak=None)))["peak_memory_mb"] is None


def test_a_target_that_is_missed_is_called_missed() -> None:
    (line,) = (
        line for line in card(_result()).splitlines() if line.startswith("| 声学模型") and "≥ 5" in line
    )

    assert "未达到" in line


def test_speedups_of_a_busy_machine_are_called_neither_met_nor_missed() -> None:
    lines = [line for line in card(_result(eager_on_two=9.0)).splitlines() if "≥" in line]

    assert len(lines) == 3
    assert all("不可信" in line for line in lines)


def test_a_target_on_which_medians_and_least_rounds_disagree_is_called_unsettled() -> None:
    (line,) = (line for line in card(_result(eager_least=0.1)).splitlines() if "≥ 1 ×" in line)

    assert "未定" in line


def test_a_target_that_was_not_measured_is_not_called_met() -> None:
    (line,) = (line for line in card(_result(peak=None)).splitlines() if line.startswith("| 内存峰值"))

    assert "未测" in line


def test_numbers_that_the_runtime_does_not_take_are_called_so() -> None:
    (line,) = (line for line in card(_result()).splitlines() if "| float16 |" in line)

    assert "不支持" in line


def test_it_says_how_fast_the_acoustic_model_could_be_at_the_limits_of_the_machine() -> None:
    assert "0.2000，速度是 PyTorch 的 2.0 倍" in card(_result())  # four parts at 0.05 against 0.4


def test_without_fewer_bits_nothing_is_said_of_them() -> None:
    assert "Low precision" not in card(_result(lowered=()))


def test_the_section_opens_with_its_caveats_and_names_its_command() -> None:
    text = section(_result(), ["- 命令 command：`make`"])

    assert text.index("随机生成") < text.index("`make`") < text.index("| 目标 target")


def test_a_page_without_the_section_gets_it_at_its_end() -> None:
    assert page("new", "# Speed\n") == (
        "# Speed\n\n<!-- bench-sambert begin -->\nnew\n<!-- bench-sambert end -->\n"
    )


def test_only_the_section_is_renewed() -> None:
    before = "# Speed\n\n<!-- bench-sambert begin -->\nold\n<!-- bench-sambert end -->\n\n## Text\n"

    assert page("new", before) == before.replace("old", "new")


def _result(
    *,
    peak: float | None = 300.0,
    eager_on_two: float = 0.3,
    eager_least: float = 0.3,
    lowered: tuple[Lowered, ...] = (Lowered("vocoder", "float16", 0.1),),
) -> Result:
    factors = {
        Candidate("acoustic", "eager", 1): 0.4,
        Candidate("acoustic", "ours", 1): 0.1,
        Candidate("vocoder", "eager", 1): 0.5,
        Candidate("vocoder", "eager", 2): eager_on_two,
        Candidate("vocoder", "ours", 1): 0.2,
        Candidate("both", "ours", 1): 0.35,
    }
    spreads = {candidate: Spread(each, each, each) for candidate, each in factors.items()}
    spreads[Candidate("vocoder", "eager", 2)] = Spread(eager_on_two, eager_least, eager_on_two)
    row = Row(JUDGED, JUDGED, spreads)
    return Result(
        rows=[row],
        rounds=1,
        first=First(0.08, 0.1, 30),
        memories=[Memory(10.0, 200.0, 290.0, torch=False), Memory(60.0, 200.0, peak, torch=False)],
        machine=Machine({1: 1e9, 2: 2e9}, {8: 1e9}),
        shares=Shares(dict.fromkeys(PARTS, 0.1), 0.6),
        limits=dict.fromkeys(PARTS, Limit(1e6, 0.05, 0.0)),
        lowered=lowered,
        load=None,
        library="PyTorch",
    )
