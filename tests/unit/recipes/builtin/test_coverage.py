"""A report of a few sentences, counted by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pytest
from recipes.builtin import coverage, planning, speaking
from recipes.builtin.__main__ import main
from recipes.builtin.coverage import CoveredSentence, page, possible, read
from recipes.builtin.teacher import Recording
from tests.unit.recipes.builtin.toy_teacher import planned_utterance

from huisheng.text.frontend import Frontend

TEXTS: Final = (
    "我想买五百把好雨伞。",
    "不对，一个也不是！",
    "花儿红了吗？",
    "他用 Python，花了 12 元。",
)
PLAN: Final = tuple(planned_utterance(number, text) for number, text in enumerate(TEXTS))
EMOTIONAL: Final = PLAN[0]._replace(id="f" * 12, emotion="sad", intensity=2.0, speed=0.9, pitch=1.0)


@pytest.fixture(scope="module")
def corpus(frontend: Frontend) -> list[CoveredSentence]:
    return read(PLAN, Path("nowhere"), frontend)


def of(corpus: list[CoveredSentence], number: int) -> list[CoveredSentence]:
    return [corpus[number]]


def record(folder: Path, seconds: float) -> None:
    folder.mkdir(exist_ok=True)
    samples = np.zeros(round(24_000 * seconds), dtype=np.int16)
    curve = np.zeros(2, dtype=np.float32)
    recording = Recording(samples, "a", np.array([1], np.int16), curve, curve)
    speaking._write(speaking.path(folder, PLAN[0]), recording)


# What can be said


def test_every_syllable_of_the_standards_characters_can_be_said() -> None:
    known = possible()

    assert "马" in known["ma3"]
    assert len({syllable[:-1] for syllable in known}) == 401


def test_no_character_has_a_neutral_tone_of_its_own() -> None:
    assert not [syllable for syllable in possible() if syllable.endswith("5")]


# What is said


def test_syllables_are_counted_as_they_are_said_after_sandhi(corpus: list[CoveredSentence]) -> None:
    counts = coverage.surfaces(of(corpus, 1))

    assert (counts["bu2"], counts["bu4"], counts["yi2"], counts["yi1"]) == (2, 0, 1, 0)


def test_a_syllable_with_a_retroflex_ending_is_counted_apart(corpus: list[CoveredSentence]) -> None:
    assert coverage.erhua(of(corpus, 2)) == {"huar1": 1}
    assert not [syllable for syllable in coverage.surfaces(of(corpus, 2)) if syllable.startswith("hua")]


def test_tones_in_a_row_are_not_counted_across_marks(corpus: list[CoveredSentence]) -> None:
    pairs = coverage.tones(of(corpus, 1), 2)

    assert pairs.total() == 1 + 4
    assert pairs["24"] == 2 + 1


def test_third_tones_of_the_dictionary_make_a_chain(corpus: list[CoveredSentence]) -> None:
    assert coverage.chains(of(corpus, 0)) == {9: 1}


def test_the_ways_of_a_character_are_told_apart(corpus: list[CoveredSentence]) -> None:
    assert coverage.readings(of(corpus, 1), "不") == {"bu2": 2}


def test_sentences_are_counted_by_their_end(corpus: list[CoveredSentence]) -> None:
    assert coverage.intonations(corpus) == {"陈述": 2, "感叹": 1, "疑问": 1}


def test_the_class_of_length_is_that_of_syllables_and_english_words(corpus: list[CoveredSentence]) -> None:
    found = coverage.lengths(corpus)

    assert [each.length for each in corpus] == [9, 7, 4, 8]
    assert (found["1–4"], found["5–9"], found["40 以上"]) == (1, 3, 0)


def test_numbers_are_counted_by_their_rule(corpus: list[CoveredSentence]) -> None:
    assert coverage.rules(of(corpus, 3)) == {"word": 1, "amount before 元": 1}


def test_phones_that_no_sentence_asks_for_have_a_count_of_zero(corpus: list[CoveredSentence]) -> None:
    counts = coverage.phones(corpus)

    assert (counts["uar_c"], counts["th"], counts["ueir_c"]) == (1, 1, 0)


# The page


def test_what_is_missing_is_named_with_its_characters(corpus: list[CoveredSentence]) -> None:
    text = page(corpus)

    assert "a1 阿" in next(line for line in text.splitlines() if line.startswith("- 有一级字的："))
    assert "fiao" not in text


def test_emotions_are_counted_by_speaker_and_by_strength(frontend: Frontend) -> None:
    text = page(read([*PLAN, EMOTIONAL], Path("nowhere"), frontend))

    assert "| tinglan | 4 | 0 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |" in text
    assert "| 悲伤 | 0 | 1 |" in text
    assert "快慢不同的 1 句，高低不同的 1 句。" in text


def test_minutes_are_those_of_the_recordings(tmp_path: Path, frontend: Frontend) -> None:
    record(tmp_path, seconds=180.0)

    text = page(read(PLAN, tmp_path, frontend))

    assert "已录 1 句，3 分钟。" in text


def test_a_letter_that_is_named_is_no_word(frontend: Frontend) -> None:
    text = page(read([planned_utterance(1, "走 B 口，不是 A 口。")], Path("nowhere"), frontend))

    assert "单词 0 个，0 种；字母 2 个，没有的：C、D、E" in text


def test_the_same_plan_gives_the_same_page(corpus: list[CoveredSentence]) -> None:
    assert page(corpus) == page(list(corpus))


@pytest.mark.parametrize(("options", "sentences"), [([], 4), (["--recorded"], 1)])
def test_the_stage_writes_the_page_of_the_plan_or_of_what_was_spoken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], sentences: int
) -> None:
    monkeypatch.setattr(coverage, "PAGE", tmp_path / "COVERAGE.md")
    planning.save(PLAN, tmp_path / "plan.jsonl")
    record(tmp_path / "recordings", seconds=1.0)

    assert main(["cover", "--home", str(tmp_path), *options]) == 0

    assert f"\n{sentences} 句，" in (tmp_path / "COVERAGE.md").read_text(encoding="utf-8")
