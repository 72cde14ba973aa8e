from __future__ import annotations

import json

import numpy as np
from benchmarks.sambert.first import First
from benchmarks.voice.alignment import Run, TranscriptErrors
from benchmarks.voice.articulation import Articulation
from benchmarks.voice.figures import Contrast, Estimate
from benchmarks.voice.identity import Identity, Kinship, Person
from benchmarks.voice.page import page
from benchmarks.voice.quality import BETWEEN, BOTH, Quality
from benchmarks.voice.report import (
    Section,
    identity_section,
    quality_section,
    robust_section,
    speed_section,
)
from benchmarks.voice.robust import Reading, Robustness
from benchmarks.voice.speed import Speed
from benchmarks.voice.texts import Line

NAN = float("nan")
FIGURES = {
    **dict.fromkeys(BOTH, Contrast(1.0, 2.0, Estimate(1.0, 0.5, 1.5))),
    "quality": Contrast(3.43, 3.4, Estimate(-0.03, -0.1, 0.02)),
    "noise": Contrast(13.0, 13.9, Estimate(0.9, 0.7, 1.1)),
    "height": Contrast(84.0, 96.0, Estimate(12.0, 11.0, 13.0)),
}
LIKENESS = {**dict.fromkeys(BETWEEN, Estimate(0.9, 0.8, 1.0)), "melody": Estimate(NAN, NAN, NAN)}
QUALITY = quality_section(Quality(3, {"": FIGURES, "a": FIGURES}, {"": LIKENESS, "a": LIKENESS}))


def lines(section: Section, start: str) -> list[str]:
    return [line for line in section.text.splitlines() if line.startswith(f"| {start}")]


def test_a_figure_is_told_of_both_with_its_difference_and_interval() -> None:
    both, between = lines(QUALITY, "a ")

    assert "| 3.43 → 3.40（-0.03，-0.10…+0.02） |" in both
    assert "| 0.9（0.8…1.0） |" in between


def test_heights_of_pitch_are_told_in_hertz_and_their_difference_in_semitones() -> None:
    assert "| 128 → 256（+12.00，+11.00…+13.00） |" in lines(QUALITY, "全部")[0]


def test_what_is_not_known_is_a_dash_for_people_and_null_for_programs() -> None:
    assert "| —（—…—） |" in lines(QUALITY, "a ")[1]
    assert QUALITY.facts["all"]["melody"] == [None, None, None]


def test_a_difference_beyond_its_limit_is_marked_in_either_direction() -> None:
    judged = [line for start in ("误听", "DNS", "谐噪") for line in lines(QUALITY, start)]

    assert [line.endswith("| 达到 met |") for line in judged] == [True, True, False]


def dropped_reading(text: str, heard: str, run: int) -> Reading:
    runs = (Run(True, 4, run),) if run else ()
    return Reading(
        Line("short", text), "a", heard, TranscriptErrors(10, run, runs), Articulation(0.2, 0.05, -12.0)
    )


ROBUST = robust_section(
    Robustness(
        [dropped_reading("甲", "一", 2), dropped_reading("乙", "二", 3), dropped_reading("丙", "三", 0)],
        {"甲": dropped_reading("甲", "四", 2), "乙": dropped_reading("乙", "五", 0)},
        {"dropped": [dropped_reading("丁", "", 2), dropped_reading("戊", "", 0)], "doubled": []},
    )
)


def test_flagged_texts_are_told_beside_the_teachers_reading() -> None:
    assert lines(ROBUST, "甲") == ["| 甲 | a | 2 / 0，复核一致 | 一 | 2 / 0，复核一致 | 四 |  |"]
    assert lines(ROBUST, "乙") == ["| 乙 | a | 3 / 0，复核一致 | 二 | 0 / 0 | 五 | 可疑 |"]


def test_texts_are_counted_by_group() -> None:
    assert lines(ROBUST, "short") == ["| short | 3 | 16.7 | 2 | 2 | 1 | 0 |"]


def test_how_much_the_ear_notices_is_told() -> None:
    assert lines(ROBUST, "剪掉") == ["| 剪掉两个音节 | 2 | 1 | 1 |"]
    assert not lines(ROBUST, "重复")


def test_where_nothing_was_spoiled_no_table_is_empty() -> None:
    assert "故意弄坏" not in robust_section(Robustness([dropped_reading("甲", "一", 0)], {}, {})).text


def test_the_shortest_and_the_faintest_syllable_are_told() -> None:
    assert "有 50 ms；" in ROBUST.text
    assert "低 12 dB。" in ROBUST.text


def test_suspected_texts_are_named_for_programs() -> None:
    assert ROBUST.facts["suspected"] == [["a", "乙", "二"]]


IDENTITY = identity_section(
    Identity(
        ("neutral", "sad"),
        [Person("a", 0.95, 0.9, "b", 0.5), Person("b", 0.95, 0.9, "a", 0.5)],
        [Person("a", 0.9, 0.8, "b", 0.6), Person("b", 0.85, 0.8, "a", 0.6)],
        [Kinship("a", {"x": 0.7, "y": 0.6}), Kinship("b", {"z": 0.9})],
        (0.2, 0.4, 0.8),
    )
)


def test_speakers_are_told_beside_themselves_others_and_sources() -> None:
    assert lines(IDENTITY, "a ") == [
        "| a | 0.950 → 0.900 | 0.900 → 0.800 | b | 0.500 → 0.600 |",
        "| a | x 0.700，y 0.600 |",
    ]


def test_a_speaker_that_is_nearer_to_a_source_than_sources_are_is_marked() -> None:
    judged = lines(IDENTITY, "最易混淆") + lines(IDENTITY, "与最相似")

    assert [line.endswith("| 达到 met |") for line in judged] == [True, False]
    assert (IDENTITY.facts["kept"], IDENTITY.facts["nobodys_double"]) == (True, False)


def speed(seam: float | None = 2e-5) -> Section:
    factors = {1: {20: 0.018, 50: 0.012}, 2: {20: 0.016, 50: 0.01}}
    return speed_section(Speed(factors, First(0.03, 0.05, 15), 1.5, 24_000_000, seam), ["- 机器"])


def test_the_slowest_set_of_texts_is_judged() -> None:
    assert lines(speed(), "实时率，两") == ["| 实时率，两个线程 | ≤ 0.015 | 0.016 | **未达到 not met** |"]


def test_sizes_and_times_are_told_in_their_units() -> None:
    assert lines(speed(), "语音包") == ["| 语音包大小 | ≤ 25 MB | 24 MB | 达到 met |"]
    assert lines(speed(), "20 字首音，") == ["| 20 字首音，中位 | ≤ 40 ms | 30 ms | 达到 met |"]


def test_a_seam_that_was_not_measured_is_not_called_met() -> None:
    assert lines(speed(None), "流式") == ["| 流式与整段的最大差 | ≤ 0.0001 | — | 未测 not measured |"]


def test_every_section_is_one_object_of_json() -> None:
    for section in (QUALITY, ROBUST, IDENTITY, speed()):
        assert json.loads(json.dumps(section.facts, allow_nan=False))


def test_sections_that_were_not_measured_anew_stay_on_the_page() -> None:
    before = page([Section("甲", "旧甲\n\n| 1 |", {}), Section("乙", "旧乙", {})])

    after = page([Section("甲", "新甲", {}), Section("丙", "新丙", {})], before)

    assert after.count("\n## ") == 3
    assert after.endswith("## 甲\n\n新甲\n\n## 乙\n\n旧乙\n\n## 丙\n\n新丙\n")


def test_a_page_that_is_written_again_is_the_same() -> None:
    sections = [Section("甲", "旧甲", {}), Section("乙", "旧乙", {})]

    assert page(sections, page(sections)) == page(sections)


def test_the_interval_comes_from_numbers_that_json_can_hold() -> None:
    assert all(np.isfinite(QUALITY.facts["all"]["quality"]["difference"]))
