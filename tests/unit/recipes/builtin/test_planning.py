"""Which speaker says what: the same for the same text, in the shares that were asked for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from recipes.builtin import planning
from recipes.builtin.lines import Line, Novelty
from recipes.builtin.planning import (
    CANDIDATES,
    HURRIED,
    INTENSITIES,
    NEUTRAL,
    OWN,
    PITCHES,
    RAISED,
    SPEEDS,
    Fresh,
    PlannedUtterance,
    Rarity,
    plan_utterances,
)

from huisheng.emotion.names import NAMES
from huisheng.text.frontend import Frontend
from huisheng.types import Emotion

SPEAKERS = ("tinglan", "chutang", "lishan")
LINES = (
    Line("渡口的雾还没散。", "narrative", ""),
    Line("再等等吧！你看，船来了吗？", "narrative", ""),
    Line("太可惜了。", "emotions", "sad"),
    Line("会议改到3月8日上午举行。", "numbers", ""),
)
MANY = 4_000


@pytest.fixture(scope="module")
def plain() -> list[PlannedUtterance]:
    """Utterances of many texts that would do in any emotion."""
    return [
        planning._plan_utterance(Line(f"第{number}句。", "short", ""), SPEAKERS) for number in range(MANY)
    ]


@pytest.fixture(scope="module")
def sad() -> list[PlannedUtterance]:
    """Utterances of many texts whose words are sad."""
    return [
        planning._plan_utterance(Line(f"第{number}句。", "emotions", "sad"), SPEAKERS)
        for number in range(MANY)
    ]


def share(count: int) -> float:
    return count / MANY


# The plan


def test_every_sentence_is_said_once(frontend: Frontend) -> None:
    planned = plan_utterances([*LINES, *LINES], frontend, SPEAKERS)

    assert Counter(utterance.text for utterance in planned) == Counter(
        ["渡口的雾还没散。", "再等等吧！", "你看，船来了吗？", "太可惜了。", "会议改到3月8日上午举行。"]
    )


def test_how_a_sentence_is_said_does_not_depend_on_what_else_is(frontend: Frontend) -> None:
    together = {utterance.text: utterance for utterance in plan_utterances(LINES, frontend, SPEAKERS)}

    for line in LINES:
        for utterance in plan_utterances([line], frontend, SPEAKERS):
            assert together[utterance.text] == utterance


def test_the_plan_does_not_depend_on_the_order_of_the_texts(frontend: Frontend) -> None:
    assert plan_utterances(LINES, frontend, SPEAKERS) == plan_utterances(LINES[::-1], frontend, SPEAKERS)


def test_a_plan_is_sorted_by_the_ids_of_its_utterances(frontend: Frontend) -> None:
    names = [utterance.id for utterance in plan_utterances(LINES, frontend, SPEAKERS)]

    assert names == sorted(names)


def test_where_nothing_is_spoken_nothing_is_planned(frontend: Frontend) -> None:
    assert plan_utterances([Line("……", "short", ""), Line("？！", "short", "")], frontend, SPEAKERS) == []


def test_a_plan_is_read_as_it_was_saved(frontend: Frontend, tmp_path: Path) -> None:
    planned = plan_utterances(LINES, frontend, SPEAKERS)

    planning.save(planned, tmp_path / "plan.jsonl")

    assert planning.load(tmp_path / "plan.jsonl") == planned


# Shares


def test_every_speaker_says_about_as_much(plain: list[PlannedUtterance]) -> None:
    counts = Counter(utterance.speaker for utterance in plain)

    assert set(counts) == set(SPEAKERS)
    assert all(share(count) == pytest.approx(1 / 3, abs=0.03) for count in counts.values())


def test_about_half_of_the_texts_without_an_emotion_are_said_without_one(
    plain: list[PlannedUtterance],
) -> None:
    assert share(sum(utterance.emotion == "neutral" for utterance in plain)) == pytest.approx(
        NEUTRAL, abs=0.03
    )


def test_every_emotion_has_about_the_same_share_of_the_others(plain: list[PlannedUtterance]) -> None:
    counts = Counter(utterance.emotion for utterance in plain if utterance.emotion != "neutral")

    assert set(counts) == set(NAMES) - {"neutral"}
    assert all(share(count) == pytest.approx(NEUTRAL / 8, abs=0.02) for count in counts.values())


def test_most_texts_with_an_emotion_of_their_own_are_said_in_it(sad: list[PlannedUtterance]) -> None:
    expected = OWN + (1.0 - OWN) * (1.0 - NEUTRAL) / 8

    assert share(sum(utterance.emotion == "sad" for utterance in sad)) == pytest.approx(expected, abs=0.03)


def test_emotions_have_the_strengths_that_were_asked_for(sad: list[PlannedUtterance]) -> None:
    strengths = Counter(utterance.intensity for utterance in sad if utterance.emotion != "neutral")

    total = sum(strengths.values())
    assert set(strengths) == {strength for strength, _ in INTENSITIES}
    assert all(strengths[strength] / total == pytest.approx(part, abs=0.03) for strength, part in INTENSITIES)


def test_without_an_emotion_the_strength_is_1(plain: list[PlannedUtterance]) -> None:
    assert {utterance.intensity for utterance in plain if utterance.emotion == "neutral"} == {1.0}


def test_a_few_are_said_at_another_speed_and_at_another_pitch_within_bounds(
    plain: list[PlannedUtterance],
) -> None:
    speeds = [utterance.speed for utterance in plain if utterance.speed != 1.0]
    pitches = [utterance.pitch for utterance in plain if utterance.pitch != 0.0]

    assert share(len(speeds)) == pytest.approx(HURRIED, abs=0.02)
    assert share(len(pitches)) == pytest.approx(RAISED, abs=0.02)
    assert SPEEDS[0] <= min(speeds) < max(speeds) <= SPEEDS[1]
    assert PITCHES[0] <= min(pitches) < max(pitches) <= PITCHES[1]


def test_the_emotion_of_an_utterance_is_a_value_with_its_strength() -> None:
    utterance = PlannedUtterance("00", "好。", "short", "tinglan", "sad", 1.5, 1.0, 0.0)

    assert utterance.emotion_value == Emotion("sad", 1.5)


# What may be said


def test_a_text_passes_once_and_one_that_the_voice_is_judged_by_never(tmp_path: Path) -> None:
    judged = tmp_path / "judged.txt"
    judged.write_text("老裁缝眯着眼睛，把一根细线穿进了针孔。\n", encoding="utf-8")
    fresh = Fresh(Novelty((judged,)))

    texts = ["渡口的雾还没散。", "渡口的雾还没散。", "他眯着眼睛，把一根针捡了起来。", "他把一根细线收好了。"]

    assert [fresh(Line(text, "short", "")) for text in texts] == [True, False, False, True]


# Filling up


def test_a_text_of_syllables_that_were_not_counted_is_rarer_than_one_of_counted_ones(
    frontend: Frontend,
) -> None:
    rarity = Rarity(frontend)
    rarity.count("今天天气真好。")

    assert rarity("今天天气真好。") < rarity("今天你真好。") < rarity("骆驼踏着软沙。") == 1.0


def test_the_same_syllable_in_another_tone_is_another_one(frontend: Frontend) -> None:
    rarity = Rarity(frontend)
    rarity.count("妈。")

    assert (rarity("妈。"), rarity("马。")) == (0.5, 1.0)


def test_the_rarest_of_the_next_few_texts_is_taken_and_then_counted(frontend: Frontend) -> None:
    common, rare = Line("好。", "breaks", ""), Line("骆驼。", "breaks", "")
    pool = [common, rare, *[common] * (CANDIDATES - 2), rare, *[common] * (CANDIDATES - 1)]
    rarity = Rarity(frontend)
    rarity.count("好好好。")

    taken = list(planning._rarest(pool, 2, rarity))

    assert taken == [rare, rare]
    assert rarity("骆驼。") == pytest.approx(1 / 3)


def test_no_more_texts_are_taken_than_there_are(frontend: Frontend) -> None:
    pool = [Line("好。", "breaks", "")] * (CANDIDATES + 1)

    assert len(list(planning._rarest(pool, 9, Rarity(frontend)))) == 2
