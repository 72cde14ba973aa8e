"""Running text: what is an error, of which class, and which breaks are found."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from benchmarks.text.natural import MisalignedParagraph, Paragraph, Read, Said, paragraphs, parse
from benchmarks.text.natural_scoring import ErrorClass, Score, interval, mistakes, score, score_alike
from hypothesis import given
from hypothesis import strategies as st

MARKED = "花儿|开了2次，一般"
READINGS = "huar1 _ kai1 le5 [liang3 | er4] ci4 yi4 ban1"
RIGHT = [
    Said(0, 2, "huar1"),
    Said(2, 3, "kai1"),
    Said(3, 4, "le5"),
    Said(4, 6, "liang3"),
    Said(4, 6, "ci4"),
    Said(7, 8, "yi4"),
    Said(8, 9, "ban1"),
]


def paragraph(marked: str = MARKED, readings: str = READINGS) -> Paragraph:
    return parse("kind", marked, readings)


def classes(said: list[Said], given: Paragraph | None = None) -> list[ErrorClass]:
    return [mistake.kind for mistake in mistakes(given or paragraph(), said)]


def replace_said(place: int, *syllables: str) -> list[Said]:
    start, end, _ = RIGHT[place]
    return [*RIGHT[:place], *(Said(start, end, each) for each in syllables), *RIGHT[place + 1 :]]


def test_a_paragraph_knows_its_text_its_breaks_and_its_characters() -> None:
    made = paragraph()

    assert (made.text, made.breaks, made.characters) == ("花儿开了2次，一般", {2}, 7)


@pytest.mark.parametrize("readings", ["huar1 _", f"{READINGS} ban1"])
def test_a_paragraph_needs_a_token_for_each_character(readings: str) -> None:
    with pytest.raises(MisalignedParagraph):
        paragraph(readings=readings)


def test_the_paragraphs_of_a_folder_are_those_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "tuning" / "natural"
    folder.mkdir(parents=True)
    (folder / "b.txt").write_text("你好\nni3 hao3\n\n再见\nzai4 jian4\n", encoding="utf-8")
    (folder / "a.txt").write_text("谁\nshui2/shei2\n", encoding="utf-8")

    found = [(each.kind, each.text) for each in paragraphs("tuning", tmp_path)]

    assert found == [("a", "谁"), ("b", "你好"), ("b", "再见")]


def test_what_is_right_has_no_mistakes() -> None:
    assert classes(RIGHT) == []


@pytest.mark.parametrize(
    ("place", "said", "expected"),
    [
        (0, ["hua1", "er2"], ["erhua"]),
        (0, ["hua1"], ["erhua"]),
        (1, ["kai3"], ["polyphone"]),
        (1, [], ["polyphone"]),
        (2, ["le4"], ["neutral"]),
        (2, ["liao3"], ["polyphone"]),
        (3, ["er4"], []),
        (3, ["er4", "shi2"], ["number"]),
        (3, [], ["number"]),
        (5, ["yi1"], ["yi_bu"]),
    ],
)
def test_an_error_has_a_class(place: int, said: list[str], expected: list[ErrorClass]) -> None:
    assert classes(replace_said(place, *said)) == expected


def test_readings_that_are_as_right_are_right() -> None:
    given = paragraph("谁", "shui2/shei2")

    assert [classes([Said(0, 1, said)], given) for said in ("shui2", "shei2", "shei1")] == [
        [],
        [],
        ["polyphone"],
    ]


def test_a_full_er_that_is_swallowed_is_one_error() -> None:
    assert classes([Said(0, 2, "nvr3")], paragraph("女儿", "nv3 er2")) == ["erhua"]


def test_a_number_said_with_its_characters_is_compared_with_them() -> None:
    date = paragraph("3月2日", "[san1] yue4 [er4] ri4")
    said = [Said(0, 4, syllable) for syllable in ("san1", "yue4", "liang3", "ri4")]

    assert classes(said, date) == ["number"]


def test_breaks_are_found_made_and_wanted() -> None:
    made = score(paragraph(), Read(RIGHT, frozenset({2, 4})))

    assert (made.wanted, made.made, made.found) == (1, 2, 1)
    assert (made.precision, made.recall, made.f1) == (0.5, 1.0, pytest.approx(2 / 3))


def test_peers_are_not_asked_for_numbers_nor_for_yi_bu_and_er() -> None:
    said = ["hua1", "er2", "kai1", "liao3", "", "ci5", "", "yi1", "ban1"]

    made = score_alike([paragraph()], [said])

    assert made == Score(5, Counter[ErrorClass]({"polyphone": 1, "neutral": 1}))


def test_a_peer_without_an_answer_has_everything_wrong() -> None:
    assert score_alike([paragraph()], [()]).rate("polyphone") == 1000


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_an_interval_holds_its_figure(errors: list[int]) -> None:
    found = interval([Score(100, Counter[ErrorClass]({"number": count})) for count in errors], "number")

    assert found.low <= found.value + 1e-9
    assert found.value <= found.high + 1e-9
