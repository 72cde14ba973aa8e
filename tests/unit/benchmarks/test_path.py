import json
from pathlib import Path

from benchmarks.path import Road, card, details, trace, trace_request

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SilentEngine


def trace_stream() -> Road:
    synthesizer = Synthesizer(SilentEngine())
    synthesizer.load()
    return trace(lambda: list(synthesizer.stream("你好，再见。")))


def test_a_request_passes_the_server_and_the_engine(tmp_path: Path) -> None:
    road = trace_request(Synthesizer(SilentEngine()), tmp_path)

    assert {"server/app.py", "testing.py"} & {*road.modules} == {"testing.py"}  # built before, and spoke
    assert any(module.startswith("server/") for module in road.modules)
    assert road.figures()["calls"] == len(road.named_functions) > len(road.modules)


def test_the_figures_are_numbers_for_programs() -> None:
    figures = json.loads(json.dumps(trace_stream().figures()))

    assert list(figures) == ["modules", "calls", "calls_total", "generators_nested", "stat_calls"]
    assert figures["calls_total"] > figures["calls"] > figures["modules"] > 0


def test_the_engine_is_the_innermost_generator_of_a_stream() -> None:
    assert any(name == "testing.py:SilentEngine.synthesize" for name in trace_stream().nest)


def test_comprehensions_have_no_name() -> None:
    assert not any("<" in name.rpartition(".")[2] for _, name in trace_stream().named_functions)


def test_code_of_others_is_not_on_the_road() -> None:
    road = trace(lambda: json.dumps({}))

    assert road.figures() == dict.fromkeys(road.figures(), 0)


def test_questions_to_the_file_system_outside_ours_have_no_function() -> None:
    assert trace(lambda: Path(__file__).stat()).stats.total() == 1


def test_a_module_is_one_row() -> None:
    assert "| testing.py |" in card(trace_stream())


def test_details_name_the_functions_of_the_modules_that_were_asked_for() -> None:
    shown = details(trace_stream(), ("testing",))

    assert "    SilentEngine.synthesize " in shown
    assert "runtime/synthesizer.py\n" not in shown
