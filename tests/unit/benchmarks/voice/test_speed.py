from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from benchmarks.sambert.first import First
from benchmarks.voice.opening import SILENT, open_engine, package_folder
from benchmarks.voice.seams import largest_difference
from benchmarks.voice.speed import Speed, _factors, _first, _start, sets
from tests.unit.engines.parallel import tiny_parallel
from tests.unit.engines.sambert.tiny import package

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.voice.builtin import BUILTIN, builtin_folder
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import MANIFEST
from huisheng.voice.store import voices_folder


def test_every_set_has_texts_of_about_its_length() -> None:
    lengths = {length: [len(text) for text in its] for length, its in sets().items()}

    assert list(lengths) == [20, 50, 80]
    assert all(0.8 * length <= own <= 1.1 * length for length, its in lengths.items() for own in its)


def test_the_slowest_set_of_a_number_of_threads_is_told() -> None:
    found = Speed({1: {20: 0.3, 80: 0.2}, 2: {20: 0.1, 80: 0.4}}, First(0.0, 0.0, 1), 0.0, 0, None)

    assert (found.slowest(1), found.slowest(2)) == (0.3, 0.4)


def test_every_number_of_threads_says_every_set() -> None:
    voices = {threads: Synthesizer(open_engine(SILENT, threads)) for threads in (1, 2)}

    found = _factors(voices, {2: ["你好。", "再见。"], 4: ["今天天气。"]}, 1)

    assert {threads: list(its) for threads, its in found.items()} == {1: [2, 4], 2: [2, 4]}
    assert all(factor > 0.0 for its in found.values() for factor in its.values())


def test_the_first_sound_of_every_text_is_waited_for_in_every_round() -> None:
    assert _first(Synthesizer(open_engine(SILENT)), ["你好。", "再见。"], 3).count == 6


def test_a_start_lasts_until_something_is_heard() -> None:
    assert _start(SILENT, "你好。") > 0.0


LONG = "清晨的薄雾散去以后，湖面上露出一排旧木桩，奶奶把晒干的萝卜条装进了玻璃罐。"


@pytest.mark.parametrize(
    "made",
    [partial(package, "plain"), partial(package, "nsf"), tiny_parallel.package],
    ids=["frame after frame", "looking ahead", "all frames at once"],
)
def test_a_stream_differs_from_the_whole_by_rounding_alone(made: Callable[[], VoicePackage]) -> None:
    found = largest_difference(made().directory, [LONG])

    assert found is not None
    assert found < 1e-4


def test_an_engine_that_says_clauses_whole_has_no_seam_to_look_at() -> None:
    assert largest_difference(SILENT, ["你好。"]) is None


def test_a_package_is_found_by_its_name_or_by_its_path() -> None:
    assert package_folder("mine") == voices_folder() / "mine"
    assert package_folder(BUILTIN) == builtin_folder() / BUILTIN
    assert package_folder("voices/builtin") == Path("voices/builtin")


def test_the_package_in_any_folder_is_opened() -> None:
    made = package("several")

    assert (made.directory / MANIFEST).is_file()
    assert len(open_engine(made.directory).capabilities.voices) == 3
