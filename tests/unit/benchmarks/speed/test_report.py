import json

from benchmarks.speed.figures import row
from benchmarks.speed.report import Result, card, json_line, page
from benchmarks.speed.runs import Run, Spoken
from benchmarks.speed.start import Start


def test_the_last_line_tells_of_50_characters() -> None:
    told = json.loads(json_line(_result()))

    assert told == {
        "engine": "kokoro",
        "real_time_factor": 0.2,
        "first_audio_ms_p50": 400.0,
        "first_audio_ms_p95": 400.0,
        "overhead_percent": 100.0,
        "peak_memory_mb": 300.0,
        "startup_s": 2.0,
    }


def test_without_a_bare_model_the_overhead_is_null() -> None:
    assert json.loads(json_line(_result(bare=None)))["overhead_percent"] is None


def test_a_target_that_is_missed_is_called_missed() -> None:
    (line,) = (line for line in card(_result()).splitlines() if line.startswith("| 50 字全部合成"))

    assert "未达到" in line


def test_a_target_that_was_not_measured_is_not_called_met() -> None:
    lines = [line for line in card(_result(bare=None)).splitlines() if "裸模型 over" in line]

    assert all("未测" in line for line in lines)


def test_the_page_opens_with_its_caveats_and_names_its_command() -> None:
    text = page(_result(), "python -m benchmarks.speed --write")

    assert text.index("说明：") < text.index("`python -m benchmarks.speed --write`") < text.index("| 字数")


def test_sections_about_other_benchmarks_stay_and_the_rest_is_renewed() -> None:
    text = page(_result(), "make bench", "# Old\n\n| old |\n\n## Memory\n\nKept.\n")

    assert text.endswith("\n\n## Memory\n\nKept.\n")
    assert "old" not in text.lower()
    assert page(_result(), "make bench", text) == text


def _result(bare: float | None = 1.0) -> Result:
    starts = [Start(2.0, 300.0)]
    lengths = (5, 20, 50, 100, 200)
    runs = [Run(length, Spoken(2.0, 0.4, 10.0), bare, bare) for length in lengths]
    return Result("kokoro", "model.onnx" if bare else "", 1, [row([run], starts) for run in runs], starts)
