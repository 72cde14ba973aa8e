from benchmarks.speed.runs import Comparison, in_turn, listen

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SilentEngine


def test_results_come_in_the_order_of_the_candidates_whichever_began() -> None:
    assert in_turn([lambda: "a", lambda: "b", lambda: "c"], turn=1) == ["a", "b", "c"]


def test_another_candidate_begins_each_turn() -> None:
    begun: list[str] = []
    candidates = [lambda: begun.append("a"), lambda: begun.append("b"), lambda: begun.append("c")]

    in_turn(candidates, turn=4)

    assert begun == ["b", "c", "a"]


def test_first_audio_is_heard_before_the_end() -> None:
    spoken = listen(Synthesizer(SilentEngine()), "第一句话。第二句话。")

    assert 0.0 < spoken.first < spoken.wall


def test_sound_is_counted_whole() -> None:
    engine = SilentEngine(seconds_per_item=0.5)

    assert abs(listen(Synthesizer(engine), "四个字吧").sound - 2.0) < 1e-6


def test_warming_up_is_not_told() -> None:
    runs = list(Comparison(Synthesizer(SilentEngine()), None).runs(["你好。", "再见。"], rounds=2))

    assert [run.length for run in runs] == [3, 3, 3, 3]


def test_without_a_bare_model_nothing_is_compared() -> None:
    (run,) = Comparison(Synthesizer(SilentEngine()), None).runs(["你好。"], rounds=1)

    assert (run.same, run.fewest) == (None, None)
