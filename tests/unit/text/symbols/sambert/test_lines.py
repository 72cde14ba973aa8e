"""Lines of symbols, written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.text.symbols.sambert.reference import REFERENCE, spell, word

from huisheng.errors import MarkupError
from huisheng.text.symbols.sambert import Symbol, line, parse_line
from huisheng.types import Span

SAD = "{m_c$tone1$s_begin$word_begin$emotion_sad$F7}"
VALUES = st.text("abc#@[]:_0123", min_size=1, max_size=6)
SYMBOLS = st.builds(Symbol, VALUES, VALUES, VALUES, VALUES, st.just(0), st.just(Span(0, 1)))


def test_a_symbol_is_six_fields_in_braces() -> None:
    assert line(spell(*word("ma1"))[:1], ["emotion_sad"], "F7") == SAD


def test_an_emotion_may_change_from_symbol_to_symbol() -> None:
    parsed = parse_line(line(spell(*word("ma1"))[:2], ["emotion_sad", "emotion_happy"], "F7"))

    assert parsed.emotions == ("emotion_sad", "emotion_happy")


@pytest.mark.parametrize(
    "text", [*REFERENCE["lines"].values(), *(row.partition("\t")[2] for row in REFERENCE["script"]["meta"])]
)
def test_a_line_of_the_reference_is_read_and_written_unchanged(text: str) -> None:
    parsed = parse_line(text)

    assert line(parsed.symbols, parsed.emotions, parsed.speakers[0]) == text


@given(st.lists(st.tuples(SYMBOLS, VALUES), max_size=5), VALUES)
def test_what_is_written_is_read_back(pairs: list[tuple[Symbol, str]], speaker: str) -> None:
    symbols, emotions = [symbol for symbol, _ in pairs], [emotion for _, emotion in pairs]

    parsed = parse_line(line(symbols, emotions, speaker))

    assert [said.phone for said in parsed.symbols] == [said.phone for said in symbols]
    assert list(parsed.emotions) == emotions


def test_a_parsed_symbol_knows_its_characters() -> None:
    first, second = parse_line(f"{SAD} {SAD}").symbols

    assert (first.span, second.span) == (
        Span(0, len(SAD)),
        Span(len(SAD) + 1, 2 * len(SAD) + 1),
    )
    assert (first.item, second.item) == (0, 1)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("x", 1),
        ("{m_c$tone1$s_begin$word_begin$emotion_sad}", 1),
        ("{m_c$tone1$s_begin$word_begin$emotion_sad$F7$x}", 1),
        ("{m_c$$s_begin$word_begin$emotion_sad$F7}", 1),
        (f" {SAD}", 1),
        (f"{SAD} ", len(SAD) + 1),
        (f"{SAD}{SAD}", len(SAD) + 1),
        (f"{SAD}  {SAD}", len(SAD) + 1),
        (f"{SAD}\t{SAD}", len(SAD) + 1),
        (f"0001\t{SAD}", 1),
    ],
)
def test_what_is_no_line_is_refused_with_its_column(text: str, column: int) -> None:
    with pytest.raises(MarkupError) as refused:
        parse_line(text)

    assert refused.value.column == column


def test_symbols_and_emotions_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        line(spell(*word("ma1")), ["emotion_sad"], "F7")
