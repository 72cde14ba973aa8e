import json
from pathlib import Path

from benchmarks.path import Trace, card, details, trace_call, trace_request

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SilentEngine


def trace_stream() -> Trace:
    synthesizer = Synthesizer(SilentEngine())
    synthesizer.load()
    return trace_call(lambda: list(synthesizer.stream("你好，再见。")))


def test_a_request_passes_the_server_and_the_engine(tmp_path: Path) -> None:
    trace = trace_request(Synthesizer(SilentEngine()), tmp_path)

    assert {"server/app.py", "testing.py"} & {*trace.modules} == {"testing.py"}  # built before, and spoke
    assert any(module.startswith("server/") for module in trace.modules)
    assert trace.figures()["calls"] == len(trace.named_functions) > len(trace.modules)


def test_the_figures_are_numbers_for_programs() -> None:
    figures = json.loads(json.dumps(trace_stream().figures()))

    assert list(figures) == ["modules", "calls", "calls_total", "generators_nested", "stat_calls"]
    assert figures["calls_total"] > figures["calls"] > figures["modules"] > 0


def test_the_engine_is_the_innermost_generator_of_a_stream() -> None:
    assert any(name == "testing.py:SilentEngine.synthesize" for name in trace_stream().nest)


def test_comprehensions_have_no_name() -> None:
    assert not any("<" in name.rpartition(".")[2] for _, name in trace_stream().named_functions)


def test_code_of_others_is_not_in_the_trace() -> None:
    trace = trace_call(lambda: json.dumps({}))

    assert trace.figures() == dict.fromkeys(trace.figures(), 0)


def test_questions_to_the_file_system_outside_ours_have_no_function() -> None:
    assert trace_call(lambda: Path(__file__).stat()).stats.total() == 1


def test_a_module_is_one_row() -> None:
    assert "| testing.py |" in card(trace_stream())


def test_details_name_the_functions_of_the_modules_that_were_asked_for() -> None:
    shown = details(trace_stream(), ("testing",))

    assert "    SilentEngine.synthesize " in shown
    assert "runtime/synthesizer.py\n" not in shown
