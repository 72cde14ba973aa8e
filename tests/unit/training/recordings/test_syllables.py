"""A transcript is cut at its marks and counted as it is said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.text.frontend import Frontend
from huisheng.training.recordings.syllables import SyllablePart, parts


def cut_at_pauses(text: str, frontend: Frontend) -> list[tuple[str, int, bool]]:
    return [(text[p.span.start : p.span.end], p.syllables, p.ends_sentence) for p in parts(text, frontend)]


def test_a_clause_is_a_part_and_knows_whether_it_ends_a_sentence(frontend: Frontend) -> None:
    assert cut_at_pauses("今天天气很好，我们去公园吧！好啊。", frontend) == [
        ("今天天气很好，", 6, False),
        ("我们去公园吧！", 6, True),
        ("好啊。", 2, True),
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [("一共3个。", 4), ("2024年。", 5), ("50%。", 5), ("hello。", 2), ("AI公司。", 4), ("花儿开了。", 3)],
)
def test_what_is_said_is_counted_not_what_is_written(text: str, count: int, frontend: Frontend) -> None:
    assert [part.syllables for part in parts(text, frontend)] == [count]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("——你好。", ["——你好。"]), ("你好。\n\n……\n再见。", ["你好。\n\n……\n", "再见。"]), ("……", ["……"])],
)
def test_what_says_nothing_joins_its_neighbour(text: str, expected: list[str], frontend: Frontend) -> None:
    assert [said for said, _, _ in cut_at_pauses(text, frontend)] == expected


def test_where_nothing_is_said_the_only_part_has_no_syllables(frontend: Frontend) -> None:
    assert [part.syllables for part in parts("……！", frontend)] == [0]


@settings(max_examples=60)
@given(text=st.text(st.sampled_from("你好的一不3a，。！？“”\n 50%.,$℃(+)^2:-"), min_size=1, max_size=60))
def test_parts_cover_any_text_once_in_order(text: str, frontend: Frontend) -> None:
    found = parts(text, frontend)

    assert "".join(text[part.span.start : part.span.end] for part in found) == text
    assert all(part.syllables for part in found) or len(found) == 1
    assert all(isinstance(part, SyllablePart) for part in found)
