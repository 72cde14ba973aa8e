"""Items become symbols: phones, places, tones, breaks; what cannot be said is refused with its place."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.text.documents import script
from tests.unit.text.symbols.sambert.reference import (
    PINYIN,
    REFERENCE,
    breaks,
    english,
    mark,
    phones,
    spell,
    syllable,
    word,
)

from huisheng.errors import UnpronounceableSymbol
from huisheng.text.frontend import Frontend
from huisheng.text.symbols.sambert import Symbol, encode, inventory, line, transcribe, with_marked_breaks
from huisheng.types import Break, Mark, Sentence, Span, SpokenItem, Syllable

PHRASE, SENTENCE = Break.PHRASE, Break.SENTENCE
CANTONESE = inventory("ZhHK")
SICHUANESE = inventory("Sichuan")
MARKED = with_marked_breaks(PINYIN)
TUNING = Path(__file__).resolve().parents[4] / "golden/text/tuning"
SCRIPT: dict[str, list[SpokenItem]] = {
    "0001": [
        *word("jin1", "tian1"),
        *word("tian1", "qi4", after=PHRASE),
        mark("，"),
        *word("zhen1", "hao3", after=SENTENCE),
        mark("。", SENTENCE),
    ],
    "0002": [
        *word("huar1"),
        *word("kai1", "le5", after=PHRASE),
        *word("wo3", after=PHRASE),
        mark("，"),
        *word("ai4"),
        english("HH AH0 L OW1", SENTENCE),
        mark("。", SENTENCE),
    ],
    "0003": [*word("en4", after=PHRASE), mark("，"), *word("shi4", "de5", after=SENTENCE)],
}


def places(*items: SpokenItem) -> list[tuple[str, str]]:
    return [(symbol.syllable_flag, symbol.word_segment) for symbol in spell(*items)]


def assert_well_formed(items: tuple[SpokenItem, ...], symbols: tuple[Symbol, ...]) -> None:
    """What holds for any items."""
    said = [symbol.item for symbol in symbols if symbol.word_segment != "word_none"]
    spoken = [index for index, item in enumerate(items) if not isinstance(item, Mark)]
    levels = [symbol.phone.startswith("#") for symbol in symbols]
    assert sorted(set(said)) == spoken
    assert all(first.item <= second.item for first, second in pairwise(symbols))
    assert not any(first and second for first, second in pairwise(levels))
    assert not spoken or symbols[-1].phone in {"#3", "#4"}
    assert not levels or not levels[0]
    assert_words_whole(symbols)


def assert_words_whole(symbols: tuple[Symbol, ...]) -> None:
    """Between two breaks stands one word: begun once, ended once."""
    segments = [symbol.word_segment.removeprefix("word_") for symbol in symbols]
    for stretch in " ".join(segments).split("none"):
        inner = stretch.split()
        whole = len(inner) > 1 and (inner[0], inner[-1], {*inner[1:-1]} <= {"middle"}) == (
            "begin",
            "end",
            True,
        )
        assert not inner or inner == ["both"] or whole


# The reference


@pytest.mark.parametrize("row", REFERENCE["script"]["meta"])
def test_a_script_becomes_the_line_that_the_reference_makes_of_it(row: str) -> None:
    number, _, expected = row.partition("\t")

    symbols = spell(*SCRIPT[number])

    assert line(symbols, ["emotion_neutral"] * len(symbols), "F7") == expected


# Words


def test_a_syllable_of_one_phone_begins_and_ends_at_once() -> None:
    symbols = spell(syllable("aa3", SENTENCE, "yue"), known=CANTONESE)

    assert (symbols[0].syllable_flag, symbols[0].word_segment) == ("s_both", "word_both")


def test_inside_a_word_of_one_syllable_phones_are_in_the_middle_of_both() -> None:
    assert places(english("K AE1 T"))[:3] == [
        ("s_begin", "word_begin"),
        ("s_middle", "word_middle"),
        ("s_end", "word_end"),
    ]


def test_a_one_phone_syllable_begins_a_word_of_two() -> None:
    assert places(english("AH0 B AW1 T"))[:2] == [("s_both", "word_begin"), ("s_begin", "word_middle")]


def test_syllables_without_a_break_are_one_word() -> None:
    assert [segment for _, segment in places(*word("tu2", "shu1", "guan3"))] == [
        "word_begin",
        *["word_middle"] * 4,
        "word_end",
        "word_none",
    ]


def test_the_tone_that_is_heard_is_written_not_that_of_the_dictionary() -> None:
    assert spell(Syllable(Span(0, 1), "你", "ni3", "ni2"))[0].tone == "tone2"


@pytest.mark.parametrize(("stress", "tone"), [("0", "tone0"), ("1", "tone1"), ("2", "tone0")])
def test_an_english_syllable_has_its_stress_for_a_tone(stress: str, tone: str) -> None:
    assert {symbol.tone for symbol in spell(english(f"K AE{stress} T"))[:3]} == {tone}


@pytest.mark.parametrize(
    "items", [(english("EY1", Break.SYLLABLE), syllable("de5")), (syllable("a1"), english("T IY1"))]
)
def test_chinese_and_english_are_different_words_even_where_nothing_parts_them(
    items: tuple[SpokenItem, ...],
) -> None:
    assert breaks(*items) == ["#1", "#3"]


# Breaks


@pytest.mark.parametrize(
    ("items", "level"),
    [
        ([syllable("ma1", Break.WORD)], "#1"),
        ([syllable("ma1", PHRASE)], "#2"),
        ([syllable("ma1", PHRASE), mark("，")], "#3"),
        ([syllable("ma1", PHRASE), mark("、")], "#3"),
        ([syllable("ma1", PHRASE), mark("；")], "#3"),
        ([syllable("ma1", PHRASE), mark("：")], "#3"),
        ([syllable("ma1", PHRASE), mark("—")], "#3"),
        ([syllable("ma1", PHRASE), mark("，", exact=True)], "#3"),
        ([syllable("ma1", SENTENCE), mark("。", SENTENCE)], "#3"),
        ([syllable("ma1", PHRASE), mark("（")], "#2"),
        ([syllable("ma1", Break.WORD), mark("“")], "#1"),
        ([syllable("ma1", PHRASE), mark("“")], "#2"),
        ([syllable("ma1", PHRASE), mark("：", PHRASE), mark("“")], "#3"),
    ],
)
def test_the_strongest_break_between_two_words_is_the_one_that_is_heard(
    items: list[SpokenItem], level: str
) -> None:
    assert breaks(*items, syllable("ma1", SENTENCE)) == [level, "#4"]


@pytest.mark.parametrize(
    ("items", "level"),
    [
        ([syllable("ma1", SENTENCE)], "#4"),
        ([syllable("ma1", SENTENCE), mark("。", SENTENCE)], "#4"),
        ([syllable("ma1", SENTENCE), mark("？", SENTENCE), mark("”", SENTENCE)], "#4"),
        ([syllable("ma1", PHRASE), mark("…", SENTENCE)], "#4"),
        ([syllable("ma1", SENTENCE), mark("。", SENTENCE), mark("，", SENTENCE, exact=True)], "#4"),
        ([syllable("ma1", PHRASE), mark("，", SENTENCE, exact=True)], "#4"),
        ([syllable("ma1", PHRASE), mark("）", SENTENCE)], "#4"),
        ([syllable("ma1", PHRASE), mark("，", SENTENCE)], "#3"),
        ([syllable("ma1", PHRASE), mark("；", SENTENCE)], "#3"),
        ([syllable("ma1", PHRASE), mark("，")], "#3"),
        ([syllable("ma1", Break.WORD)], "#3"),
        ([syllable("ma1", Break.SYLLABLE)], "#3"),
    ],
)
def test_a_line_ends_with_a_sentence_or_with_a_clause(items: list[SpokenItem], level: str) -> None:
    assert breaks(*items) == [level]


def test_a_mark_before_the_first_word_is_no_break() -> None:
    assert phones(mark("“"), syllable("ma1", SENTENCE)) == ["m_c", "a_c", "#4"]


@pytest.mark.parametrize("items", [(), (mark("…"),)])
def test_where_nothing_is_spoken_there_are_no_symbols(items: tuple[SpokenItem, ...]) -> None:
    assert spell(*items) == ()


def test_a_break_belongs_to_the_mark_that_asks_for_it() -> None:
    symbols = spell(*word("ma1", after=PHRASE), mark("：", PHRASE), mark("“"), *word("ma1", after=SENTENCE))

    assert [symbol.item for symbol in symbols] == [0, 0, 1, 3, 3, 3]


def test_a_full_stop_owns_its_break_although_the_word_before_ends_the_sentence_too() -> None:
    assert [symbol.item for symbol in spell(syllable("ma1", SENTENCE), mark("。", SENTENCE))] == [0, 0, 1]


def test_a_break_without_a_mark_belongs_to_the_word_before() -> None:
    assert [symbol.item for symbol in spell(*word("ma1"), *word("ma1"))] == [0, 0, 0, 1, 1, 1]


def test_a_break_has_neither_tone_nor_place() -> None:
    last = spell(syllable("ma1"))[-1]

    assert (last.tone, last.syllable_flag, last.word_segment) == ("tone_none", "s_none", "word_none")


def test_a_symbol_knows_the_source_of_its_item() -> None:
    assert {symbol.span for symbol in spell(syllable("ma1", span=Span(4, 6)))} == {Span(4, 6)}


# Breaks with marks


@pytest.mark.parametrize(
    ("items", "symbol"),
    [
        ([syllable("ma1", Break.WORD), mark("“")], "#1“"),
        ([syllable("ma1", Break.WORD), mark("”")], "#1”"),
        ([syllable("ma1", PHRASE), mark("（")], "#2（"),
        ([syllable("ma1", PHRASE), mark("）")], "#2）"),
        ([syllable("ma1", PHRASE), mark("：")], "#3："),
        ([syllable("ma1", PHRASE), mark("；")], "#3；"),
        ([syllable("ma1", PHRASE), mark("—")], "#3—"),
        ([syllable("ma1", PHRASE), mark("…")], "#3…"),
        ([syllable("ma1", SENTENCE), mark("？", SENTENCE)], "#3？"),
        ([syllable("ma1", SENTENCE), mark("！", SENTENCE)], "#3！"),
        ([syllable("ma1", SENTENCE), mark("。", SENTENCE)], "#3。"),
    ],
)
def test_inside_a_line_a_break_says_which_mark_it_stands_for(items: list[SpokenItem], symbol: str) -> None:
    assert breaks(*items, syllable("ma1", SENTENCE), known=MARKED)[0] == symbol


@pytest.mark.parametrize("text", "？！…")
def test_at_the_end_a_break_says_which_mark_it_stands_for(text: str) -> None:
    ended = [syllable("ma5", SENTENCE), mark(text, SENTENCE)]

    assert (breaks(*ended, known=MARKED), breaks(*ended)) == ([f"#4{text}"], ["#4"])


@pytest.mark.parametrize(
    ("items", "plain"),
    [
        ([syllable("ma1", PHRASE), mark("，"), syllable("ma1", SENTENCE)], ["#3", "#4"]),
        ([syllable("ma1", PHRASE), mark("、"), syllable("ma1", SENTENCE)], ["#3", "#4"]),
        ([syllable("ma1", SENTENCE), mark("。", SENTENCE)], ["#4"]),
        ([syllable("ma1", PHRASE), syllable("ma1", Break.WORD)], ["#2", "#3"]),
    ],
)
def test_breaks_without_a_melody_of_their_own_stay_plain(items: list[SpokenItem], plain: list[str]) -> None:
    assert breaks(*items, known=MARKED) == plain


def test_the_stronger_of_two_marks_counts() -> None:
    items = [*word("ma1", after=PHRASE), mark("：", PHRASE), mark("“"), *word("ma1", after=SENTENCE)]

    assert breaks(*items, known=MARKED) == ["#3：", "#4"]


def test_a_phrase_that_outranks_the_quotation_mark_behind_it_is_heard_without_it() -> None:
    assert breaks(syllable("ma1", PHRASE), mark("“"), *word("ma1"), known=MARKED)[0] == "#2"


# Languages


def test_jyutping_from_markup_is_said_in_cantonese(frontend: Frontend) -> None:
    text = '<speak><phoneme alphabet="jyutping" ph="nei5 hou2">你好</phoneme> hello</speak>'
    (sentence,) = frontend.sentences(script(text))

    symbols = transcribe(sentence.items, CANTONESE)

    assert [symbol.phone for symbol in symbols] == ["n", "ei", "h", "ou", "#1", "hh", "ah", "l", "ow", "#4"]
    assert [symbol.tone for symbol in symbols[:4]] == ["tone5", "tone5", "tone2", "tone2"]


def test_pinyin_from_markup_stays_mandarin(frontend: Frontend) -> None:
    (sentence,) = frontend.sentences(
        script('<speak><phoneme alphabet="pinyin" ph="hang2">行</phoneme></speak>')
    )

    assert [symbol.phone for symbol in transcribe(sentence.items, PINYIN)] == ["h_c", "ang_c", "#4"]


@pytest.mark.parametrize(
    ("language", "item", "advice"),
    [
        ("ZhHK", syllable("nei5", span=Span(3, 4)), "粤语.*jyutping"),
        ("WuuShanghai", syllable("nong2", span=Span(3, 4)), "上海话.*换用其他音色"),
        ("PinYin", syllable("nei5", language="yue", span=Span(3, 4)), "普通话.*拼音"),
        ("Sichuan", syllable("nei5", language="yue", span=Span(3, 4)), "四川话.*拼音"),
    ],
)
def test_what_a_voice_cannot_read_is_refused_with_its_place_and_never_said_in_another_language(
    language: str, item: SpokenItem, advice: str
) -> None:
    with pytest.raises(UnpronounceableSymbol, match=advice) as refused:
        spell(
            syllable("ma1") if language == "PinYin" else english("K AE1 T"), item, known=inventory(language)
        )

    assert refused.value.span == Span(3, 4)
    assert "第 4 字" in refused.value.message


@pytest.mark.parametrize("surface", ["lum1", "maa0"])
def test_a_phone_or_a_tone_that_the_inventory_lacks_is_refused(surface: str) -> None:
    own = replace(CANTONESE, tones=("tone1", "tone_none"))

    with pytest.raises(UnpronounceableSymbol, match=f"{surface}.*ZhHK") as refused:
        spell(syllable(surface, language="yue"), known=own)

    assert refused.value.symbol == surface


def test_a_word_without_phones_is_refused() -> None:
    with pytest.raises(UnpronounceableSymbol):
        spell(english(""))


def test_a_language_of_its_own_reads_english_with_the_phones_that_it_brings() -> None:
    own = replace(PINYIN, language="EnUS", phones=("k", "ae", "t", "#4"))

    assert phones(english("K AE1 T", SENTENCE), known=own) == ["k", "ae", "t", "#4"]


def test_a_language_of_its_own_does_not_read_chinese_as_mandarin() -> None:
    with pytest.raises(UnpronounceableSymbol, match="英语"):
        spell(syllable("ma1"), known=replace(PINYIN, language="EnUS"))


# Whatever the front-end reads


def sentences(frontend: Frontend, text: str) -> list[Sentence]:
    return list(frontend.sentences(text))


MIXED = st.lists(
    st.one_of(
        st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=6),
        st.sampled_from("，。！？、；：…—“”（）《》 \n"),
        st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True),
        st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,2})?%?", fullmatch=True),
        st.sampled_from(
            ["花儿", "这儿", "一会儿", "NBA", "iPhone 15", "AI的", "T恤", "hello world", "3点半", "¥5.6"]
        ),
    ),
    max_size=8,
).map("".join)


@pytest.mark.slow
@settings(max_examples=200)
@given(MIXED)
def test_whatever_is_read_can_be_spelt_and_encoded_in_mandarin(frontend: Frontend, text: str) -> None:
    for sentence in sentences(frontend, text):
        symbols = transcribe(sentence.items, PINYIN)
        assert_well_formed(sentence.items, symbols)
        assert encode(symbols, PINYIN).shape == (len(symbols), 4)


@settings(max_examples=100)
@given(MIXED)
def test_breaks_with_marks_change_nothing_but_the_name_of_the_break(frontend: Frontend, text: str) -> None:
    for sentence in sentences(frontend, text):
        heard = transcribe(sentence.items, MARKED)
        plain = [
            symbol._replace(phone=symbol.phone[:2]) if symbol.phone[0] == "#" else symbol for symbol in heard
        ]

        assert tuple(plain) == transcribe(sentence.items, PINYIN)
        assert len(encode(heard, MARKED)) == len(heard)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["breaks", "normalization", "polyphones", "sandhi", "emotion"])
def test_every_sentence_of_the_tuning_set_can_be_spelt_and_encoded(frontend: Frontend, task: str) -> None:
    texts = "\n".join(path.read_text(encoding="utf-8") for path in sorted((TUNING / task).iterdir()))

    for sentence in sentences(frontend, texts):
        for known in (PINYIN, SICHUANESE):
            symbols = transcribe(sentence.items, known)
            assert_well_formed(sentence.items, symbols)
            assert len(encode(symbols, known)) == len(symbols)
