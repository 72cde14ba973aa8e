"""The texts of the corpus: where they come from, what they show, and which must not be learned."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from recipes.builtin.lines import JUDGED, NOVEL, Novelty, emotional, own_lines, plain

from huisheng.emotion.names import NAMES

JUDGED_TEXT = "老裁缝眯着眼睛，把一根细线穿进了针孔。"


@pytest.fixture
def novelty(tmp_path: Path) -> Novelty:
    """Two texts that must not be learned: a long one, and a short one with the emotion before it."""
    path = tmp_path / "judged.txt"
    path.write_text(f"# 说明文字也有七个字以上\n{JUDGED_TEXT}\nhappy\t太好了！\n", encoding="utf-8")
    return Novelty((path,))


def test_texts_that_must_not_be_learned_exist() -> None:
    assert [path.is_file() for path in JUDGED] == [True] * len(JUDGED)


# Novelty


@pytest.mark.parametrize(
    "text",
    [
        JUDGED_TEXT,
        "“老裁缝，眯着眼睛！”",  # marks do not count
        f"昨天{JUDGED_TEXT[:-1]}，真巧。",
        "她把一根细线穿进去了。",
        "太好了",
    ],
)
def test_a_text_that_shares_seven_characters_with_a_judged_one_is_not_novel(
    novelty: Novelty, text: str
) -> None:
    assert not novelty(text)


@pytest.mark.parametrize(
    "text",
    [
        "她把一根细线收好了。",
        "这真是太好了！",  # a short judged text counts as a whole
        "说明文字也有七个字以上",
        "happy",
        "",
    ],
)
def test_a_text_that_shares_less_is_novel(novelty: Novelty, text: str) -> None:
    assert novelty(text)


def test_six_characters_may_be_shared_and_seven_may_not(novelty: Novelty) -> None:
    shared = "把一根细线穿进了"

    assert [novelty(f"他{shared[:count]}。") for count in (NOVEL - 1, NOVEL)] == [True, False]


def test_no_judged_text_is_novel() -> None:
    novelty = Novelty()
    texts = [
        line.rpartition("\t")[2]
        for path in JUDGED
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]

    assert len(texts) > 1_000
    assert [text for text in texts if novelty(text)] == []


def test_few_of_the_texts_written_for_the_voice_have_to_be_left_out() -> None:
    novelty = Novelty()
    lines = list(own_lines())

    assert sum(not novelty(line.text) for line in lines) < 0.03 * len(lines)


# Texts


@pytest.mark.parametrize("kind", ["affectionate", "calm", "formal"])
def test_a_file_that_is_named_like_an_emotion_shows_it(kind: str) -> None:
    assert {line.emotion for line in own_lines() if line.kind == kind} == {kind}


def test_other_texts_written_for_the_voice_may_be_said_in_any_emotion() -> None:
    assert {line.emotion for line in own_lines() if line.kind not in NAMES} == {""}


def test_no_text_is_a_remark_or_blank() -> None:
    texts = [line.text for line in (*own_lines(), *emotional(), *plain())]

    assert [text for text in texts if not text.strip() or text[0] in "#="] == []


def test_every_text_of_the_front_end_ends_with_a_mark() -> None:
    assert {line.text[-1] for line in (*emotional(), *plain())} <= set("。！？…”")


def test_marks_of_phrasing_are_not_said() -> None:
    assert [line for line in plain() if set(line.text) & {"|", "/"}] == []


def test_texts_of_an_emotion_show_one_that_voices_have_and_never_none() -> None:
    emotions = Counter(line.emotion for line in emotional())

    assert set(emotions) <= set(NAMES) - {"neutral"}
    assert min(emotions.values()) > 50


def test_texts_of_the_front_end_are_of_the_kind_of_their_folder() -> None:
    assert {line.kind for line in plain()} == {"breaks", "polyphones"}
    assert {line.kind for line in emotional()} == {"emotions"}
