"""What holds for any text: the tokens cover it once, in order, whatever it holds and however long it is."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.normalization.normalizer import normalize
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.types import Span

MARKS = set("，、；：。！？…—“”（）")
ANY_CHARACTER = st.characters(exclude_categories=())
"""Lone surrogates, NUL, combining and right-to-left marks included."""
LIVELY = st.text(
    st.sampled_from(
        "0123456789.,:-/%+~ aAkmgGV年月日个元第¥$é²½①Ⅳ\u0301\u200b\u202e\ud800\x00😀<>&;#*[]()\n：，。"
    )
)
FORMS = [
    "3-5天",
    "¥12.5",
    "2026-11-20",
    "14:30",
    "NBA",
    "<b>",
    "&lt;",
    "½",
    "a@b.cn",
    "①",
    "。。。",
    "\n",
    "年",
    "2",
]


def cover(text: str, tokens: list[Token]) -> bool:
    place = 0
    for token in tokens:
        if token.span.start != place or token.written != text[token.span.start : token.span.end]:
            return False
        place = token.span.end
    return place == len(text) and all(token.written or token.kind is TokenKind.MARK for token in tokens)


@given(st.text(ANY_CHARACTER))
def test_tokens_cover_any_text_once_and_in_order(text: str) -> None:
    assert cover(text, normalize(text))


@given(LIVELY)
def test_tokens_cover_texts_full_of_signs_once_and_in_order(text: str) -> None:
    assert cover(text, normalize(text))


@given(st.lists(st.sampled_from(FORMS)).map("".join))
def test_tokens_cover_any_sequence_of_forms_once_and_in_order(text: str) -> None:
    assert cover(text, normalize(text))


@given(st.text(ANY_CHARACTER) | LIVELY)
def test_text_tokens_speak_one_character_for_each_written(text: str) -> None:
    for token in normalize(text):
        if token.kind is TokenKind.TEXT:
            assert len(token.spoken) == len(token.written) == token.span.end - token.span.start


@given(st.text(ANY_CHARACTER) | LIVELY)
def test_marks_are_in_their_normal_form(text: str) -> None:
    assert {token.spoken for token in normalize(text) if token.kind is TokenKind.MARK} <= MARKS


@given(st.text(ANY_CHARACTER) | LIVELY)
def test_only_silent_tokens_say_nothing(text: str) -> None:
    for token in normalize(text):
        assert (token.spoken == "") is (token.kind is TokenKind.SILENT)


@given(st.text(ANY_CHARACTER) | LIVELY)
def test_no_digit_is_ever_said_as_written(text: str) -> None:
    assert not any(c in "0123456789" for token in normalize(text) for c in token.spoken)


@given(st.text(ANY_CHARACTER) | LIVELY | st.lists(st.sampled_from(FORMS)).map("".join))
def test_others_are_few_and_differ_from_what_is_said_and_from_each_other(text: str) -> None:
    for token in normalize(text):
        forms = [form.replace(" ", "") for form in (token.spoken, *token.others)]
        assert len(token.others) <= 3
        assert len(set(forms)) == len(forms)
        assert not token.others or all(forms)


@given(LIVELY | st.lists(st.sampled_from(FORMS)).map("".join))
def test_no_digit_is_left_in_the_others(text: str) -> None:
    assert not any(c in "0123456789" for token in normalize(text) for form in token.others for c in form)


@pytest.mark.parametrize(
    ("written", "place", "other"),
    [
        ("房间502", 1, "五百零二"),
        ("2008", 0, "二零零八"),
        ("2008年", 0, "两千零八"),
        ("21:15", 0, "二十一比十五"),
        ("比分21:15", 1, "二十一点十五分"),
        ("1/2", 0, "一月二日"),
        ("110", 0, "幺幺零"),
        ("3-5天", 0, "三比五"),
        ("2个", 0, "二"),
    ],
)
def test_what_else_a_form_could_be_is_kept(written: str, place: int, other: str) -> None:
    assert other in normalize(written)[place].others


def test_plain_text_names_no_rule() -> None:
    assert [token.rule for token in normalize("好5")] == ["", "cardinal"]


@pytest.mark.parametrize("written", ["好", "，", " ", "😀"])
def test_text_marks_and_silence_have_no_others(written: str) -> None:
    assert normalize(written)[0].others == ()


HOSTILE = [
    *(
        "1",
        "1,",
        "1-",
        "1:",
        "1/",
        "1.1.",
        "1x",
        "1 ",
        "a",
        "a.",
        "a-",
        "a@",
        "A1",
        "C2",
        "/a",
        "年1",
        "周一-",
    ),
    *("1~", "a/", "1:1", "|a|", "x→", "II-", "(▽", "12:", "元/", "以1-", "一O", "*1#", "90、", "<script>"),
    *(
        "①",
        "①甲乙",
        "1.甲",
        "😀",
        "😀甲乙",
        "(^_^)",
        "(^",
        "2a-",
        "x²-",
        "-1/",
        "1 + ",
        "§3.",
        "Nov. 1, ",
        "08/2008",
    ),
    *(
        "00:01:02,500 --> ",
        "1\n",
        "[00:12.34]",
        "log₂(",
        "1e-",
        "T0801",
        "+08:00",
        "几km",
        "1多",
        "3k+",
        "XL/",
        "M-",
    ),
    *("<", "<!--", "<a ", "&#", "![", "](", "*", "~", "\n ", "\u0301", "\ud800", "\x00", "😀", "か", "２"),
]


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_repetition_is_normalised_without_backtracking(piece: str) -> None:
    text = piece * (5_000 // len(piece))

    assert cover(text, normalize(text))


def test_every_numeral_of_unicode_is_said_in_words() -> None:
    numerals = [
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.numeric(chr(code), None) is not None
    ]

    assert all(token.spoken.isalpha() for numeral in numerals for token in normalize(numeral))


def test_a_very_long_number_is_said_digit_by_digit() -> None:
    (token,) = normalize("7" * 10_000)

    assert token.spoken == "七" * 10_000


def kinds(text: str) -> list[TokenKind]:
    return [token.kind for token in normalize(text)]


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("1个", TokenKind.NUMBER),
        ("1月", TokenKind.ORDINAL),
        ("1楼", TokenKind.ORDINAL),
        ("11月20日", TokenKind.DATE),
        ("14:30", TokenKind.TIME),
        ("¥5", TokenKind.MONEY),
        ("5kg", TokenKind.UNIT),
        ("3/4", TokenKind.FRACTION),
        ("13812345678", TokenKind.DIGITS),
        ("NBA", TokenKind.LATIN),
        ("a@b.cn", TokenKind.NETWORK),
        ("α", TokenKind.SYMBOL),
        ("！", TokenKind.MARK),
        ("😀", TokenKind.SILENT),
        ("好", TokenKind.TEXT),
    ],
)
def test_a_form_has_its_kind(written: str, kind: TokenKind) -> None:
    assert kinds(written)[0] is kind


def test_a_number_behind_di_is_an_ordinal() -> None:
    assert kinds("第1") == [TokenKind.TEXT, TokenKind.ORDINAL]


def test_repeated_marks_are_one_with_the_span_of_all() -> None:
    assert normalize("好！！！")[1] == Token(Span(1, 4), "！！！", "！", TokenKind.MARK, "stop")


def test_what_is_folded_away_between_characters_is_silent() -> None:
    assert [(t.written, t.spoken) for t in normalize("北\u200b京")] == [
        ("北", "北"),
        ("\u200b", ""),
        ("京", "京"),
    ]


def test_a_tag_inside_a_number_belongs_to_the_number() -> None:
    assert [token.written for token in normalize("<b>12</b>%")] == ["<b>", "12</b>%"]


def test_a_decoded_character_keeps_the_span_of_its_entity() -> None:
    assert normalize("&#20320;")[0] == Token(Span(0, 8), "&#20320;", "你", TokenKind.SYMBOL)


def test_a_mark_that_is_not_written_has_an_empty_span() -> None:
    tokens = normalize("①付款")

    assert [(token.span, token.spoken) for token in tokens] == [
        ((0, 1), "一"),
        ((1, 1), "、"),
        ((1, 3), "付款"),
    ]


def test_an_empty_text_has_no_tokens() -> None:
    assert normalize("") == []


def test_letters_of_an_acronym_are_kept_apart_by_blanks() -> None:
    assert normalize("NBA")[0].spoken == "N B A"


def test_groups_of_a_telephone_number_are_kept_apart_by_blanks() -> None:
    assert normalize("13812345678")[0].spoken == "幺三八 幺二三四 五六七八"
