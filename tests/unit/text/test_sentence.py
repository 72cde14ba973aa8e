"""Units: where a text is cut, where not, and the pause that follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.sentence import LONGEST, Unit, units
from huisheng.types import Span
from huisheng.units import Seconds

MARKED = st.text(
    st.sampled_from("好a1。！？…；，、：.,!?;:“”‘’「」《》（）()\"' \n—-\u0301\u200d"), max_size=600
)


def cut(text: str) -> list[str]:
    return [text[unit.span.start : unit.span.end] for unit in units(text)]


@given(st.one_of(st.text(max_size=500), MARKED))
def test_units_cover_any_text_once_in_order_and_are_short(text: str) -> None:
    pieces = cut(text)

    assert "".join(pieces) == text
    assert all(0 < len(piece) <= LONGEST for piece in pieces)


@pytest.mark.parametrize(
    "pieces",
    [
        ["你好。", "再见。"],
        ["真的吗？！", "当然。"],
        ["他走了……", "再没回来。"],
        ["第一；", "第二。"],
        ["第一行\n", "第二行"],
        ["他说：“你好。我走了。”", "然后走了。"],
        ["“走吧！”，他说。"],
        ["《怎么办？》这本书很好。"],
        ["圆周率是3.14，不是3.15。", "对。"],
        ["Hello there. ", "How are you? ", "好。"],
        ["看 a.b.com/?q=1 吧。"],
        ["1. 苹果"],
        ["（真的。）好。"],
        ["1\n00:01:02,500 --> 00:01:05,000\n", "你好。\n\n", "2\n00:01:06,000 --> 00:01:07,000\n"],
        ["12\n", "第一章\n", "好"],
        ["他在Nov. 21来，Sept. 3走。", "好。"],
        ["He left in snow. ", "好。"],
        ["1+2+…+100。", "好……", "吧"],
    ],
)
def test_a_text_is_cut_between_these_pieces(pieces: list[str]) -> None:
    assert cut("".join(pieces)) == pieces


def test_a_quotation_that_fits_is_kept_whole() -> None:
    quotation = "“" + "好。" * 90 + "”"

    assert cut("他" * 50 + quotation) == ["他" * 50, quotation]


def test_a_long_sentence_is_cut_after_its_last_comma_that_fits() -> None:
    assert cut("好" * 150 + "，" + "好" * 100 + "。") == ["好" * 150 + "，", "好" * 100 + "。"]


def test_a_number_at_the_limit_stays_whole() -> None:
    pieces = cut("好" * 195 + "1234567890" + "好" * 10)

    assert any("1234567890" in piece for piece in pieces)


@pytest.mark.parametrize("number", ["12：30", "1，000", "１，０００", "2020—2024"])
def test_a_mark_inside_a_number_is_no_place_to_cut(number: str) -> None:
    pieces = cut("好" * 150 + number + "好" * 100)

    assert any(number in piece for piece in pieces)


def test_a_word_at_the_limit_stays_whole() -> None:
    pieces = cut("好" * 195 + "international" + "好" * 10)

    assert any("international" in piece for piece in pieces)


def test_an_accent_stays_on_its_letter() -> None:
    assert all(not piece.startswith("\u0301") for piece in cut("好" * 199 + "e\u0301" + "好" * 10))


def test_what_has_no_place_to_cut_is_cut_hard() -> None:
    assert [len(piece) for piece in cut("a" * 450)] == [200, 200, 50]


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        ("你好。他", 0.45),
        ("你好！他", 0.5),
        ("你好？他", 0.5),
        ("你好；他", 0.35),
        ("你好……他", 0.5),
        ("你好。\n他", 0.7),
        ("你好", 0.45),
        ("好" * 150 + "，" + "好" * 100, 0.22),
        ("好" * 250, 0.0),
        ("\n\n", 0.0),
    ],
)
def test_the_mark_at_the_end_gives_the_pause(text: str, pause: float) -> None:
    assert next(units(text)).pause == pause


@pytest.mark.slow
@pytest.mark.parametrize("character", list("。，“a1好\n 《(.!;-…—'\"&\u200d"))
def test_a_million_equal_characters_are_cut_one_by_one(character: str) -> None:
    count = sum(1 for _ in units(character * 100_000))

    assert count == 100_000 // LONGEST


def test_units_are_made_only_when_asked_for() -> None:
    assert next(units("你好。" * 300_000)) == Unit(Span(0, 3), pause=Seconds(0.45))
