"""Directions in brackets to a script: what each says, how they nest, what is wrong, and what is only text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.errors import MarkupError
from huisheng.text.markup import shorthand
from huisheng.text.markup.script import Change, MarkupVocabulary, Phonemes, Rest, Script, plain_script
from huisheng.types import PLAIN, Emotion, Inflection, Span
from huisheng.units import Seconds

VOCABULARY = MarkupVocabulary(
    emotions={
        "happy": ("happy", 1.0),
        "开心": ("happy", 1.0),
        "sad": ("sad", 1.0),
        "excited": ("happy", 1.4),
    },
    voices={"qinglan": "qinglan", "清岚": "qinglan"},
)
HAPPY = Emotion("happy")
PIECES = st.sampled_from(
    [
        *("[开心]", "[sad:0.5]", "[语速 1.2]", "[重读]", "[读作 甲 乙]", "[音色 清岚]", "[/]", "[/开心]"),
        *("[停顿]", "[pause 1s]", "行[hang2]", "[yin2 hang2]", "[hxng2]", "[háng]", "[停顿 99s]", "[开心 9]"),
        *("\\[", "\\", "[", "]", "[1]", "[微笑]", "好", "𠮷", "a", " ", "\n", "\r\n", "[[", "[]", "[:]"),
    ]
)
MARKED = st.one_of(st.text(), st.text(alphabet="[]/\\: 开心停顿行hang2ā1\n"), st.lists(PIECES).map("".join))


def strict(source: str) -> Script:
    return shorthand.parse(source, VOCABULARY, strict=True)


def lenient(source: str) -> Script:
    return shorthand.parse(source, VOCABULARY, strict=False)


def refusal(source: str) -> MarkupError:
    with pytest.raises(MarkupError) as caught:
        strict(source)
    return caught.value


def sources(script: Script) -> list[str]:
    """What each character of the text stands for in the source."""
    return [script.source[start:end] for start, end in zip(script.starts, script.ends, strict=True)]


def nest(depth: int) -> str:
    return "[重读]" * depth + "好" + "[/]" * depth


def test_a_text_without_brackets_is_unmarked() -> None:
    assert strict("你好\\。") == plain_script("你好\\。")


@pytest.mark.parametrize(
    ("source", "text", "span", "syllables"),
    [
        ("行[hang2]。", "行。", Span(0, 1), ("hang2",)),
        ("银行[hang2]。", "银行。", Span(1, 2), ("hang2",)),
        ("在银行[yin2 hang2]。", "在银行。", Span(1, 3), ("yin2", "hang2")),
        ("银行[yin2hang2]", "银行", Span(0, 2), ("yin2", "hang2")),
        ("银行[yínháng]", "银行", Span(0, 2), ("yin2", "hang2")),
        ("银行[ yín háng ]", "银行", Span(0, 2), ("yin2", "hang2")),
        ("女儿[nǚ'ér]", "女儿", Span(0, 2), ("nv3", "er2")),
        ("妈妈[ma1 ma]", "妈妈", Span(0, 2), ("ma1", "ma5")),
        ("𠮷[ji2]", "𠮷", Span(0, 1), ("ji2",)),
        ("花[huar1]", "花", Span(0, 1), ("huar1",)),
    ],
)
def test_pinyin_is_said_for_the_characters_before_it(
    source: str, text: str, span: Span, syllables: tuple[str, ...]
) -> None:
    script = strict(source)

    assert (script.text, script.directives) == (text, (Phonemes(span, syllables),))


@pytest.mark.parametrize(
    ("bracket", "seconds"),
    [
        ("[停顿]", 0.5),
        ("[停顿 500ms]", 0.5),
        ("[停顿500ms]", 0.5),
        ("[停顿：2秒]", 2.0),
        ("[停 .3s]", 0.3),
        ("[pause 1s]", 1.0),
        ("[ Pause: 1.5s ]", 1.5),
        ("[停顿 10s]", 10.0),
        ("[停顿 1s][停顿 200ms]", 1.0),
    ],
)
def test_a_rest_is_silence_where_it_stands(bracket: str, seconds: float) -> None:
    script = strict(f"甲{bracket}乙")

    assert (script.text, script.rests) == ("甲乙", (Rest(1, Seconds(seconds)),))


@pytest.mark.parametrize(
    ("bracket", "inflection"),
    [
        ("[开心]", Inflection(emotion=HAPPY)),
        ("[开心:1.5]", Inflection(emotion=Emotion("happy", 1.5))),
        ("[开心：1.5]", Inflection(emotion=Emotion("happy", 1.5))),
        ("[开心1.5]", Inflection(emotion=Emotion("happy", 1.5))),
        ("[Happy 1.5]", Inflection(emotion=Emotion("happy", 1.5))),
        ("[sad 0]", Inflection(emotion=Emotion("sad", 0.0))),
        ("[excited]", Inflection(emotion=Emotion("happy", 1.4))),
        ("[excited 2]", Inflection(emotion=Emotion("happy", 2.0))),
        ("[语速 1.2]", Inflection(speed=1.2)),
        ("[rate fast]", Inflection(speed=1.3)),
        ("[语速 -20%]", Inflection(speed=0.8)),
        ("[音高 +2]", Inflection(pitch=2.0)),
        ("[音高 -1.5半音]", Inflection(pitch=-1.5)),
        ("[pitch: low]", Inflection(pitch=-2.0)),
        ("[音量 +3dB]", Inflection(volume=3.0)),
        ("[音量-6分贝]", Inflection(volume=-6.0)),
        ("[volume 100]", PLAIN),
        ("[音色 清岚]", Inflection(voice="qinglan")),
        ("[voice qinglan]", Inflection(voice="qinglan")),
        ("[重读]", Inflection(emphasis=1)),
        ("[重读 2]", Inflection(emphasis=2)),
        ("[强调 -1]", Inflection(emphasis=-1)),
        ("[emphasis strong]", Inflection(emphasis=2)),
        ("[重读 none]", PLAIN),
    ],
)
def test_a_stretch_changes_how_its_text_is_said(bracket: str, inflection: Inflection) -> None:
    script = strict(f"{bracket}甲[/]乙")

    assert (script.text, script.inflection(0), script.inflection(1)) == ("甲乙", inflection, PLAIN)


@pytest.mark.parametrize("bracket", ["[读作 世界卫生组织]", "[读作：世界卫生组织]", "[sub 世界卫生组织]"])
def test_an_alias_is_read_for_its_text(bracket: str) -> None:
    script = strict(f"在{bracket}WHO[/]。")

    assert script.text == "在世界卫生组织。"
    assert sources(script)[1:-1] == [f"{bracket}WHO[/]"] * 6


def test_an_alias_may_hold_a_colon_and_blanks() -> None:
    assert strict("[读作 十二:三十  分]12:30[/]").text == "十二:三十 分"


def test_an_alias_stands_inside_a_stretch() -> None:
    script = strict("[开心][读作 甲]A[/]好[/]的")

    assert (script.text, script.changes) == (
        "甲好的",
        (Change(0, Inflection(emotion=HAPPY)), Change(2, PLAIN)),
    )


def test_an_escaped_bracket_inside_an_alias_is_replaced_with_the_rest() -> None:
    assert strict("[读作 甲]a\\[0][/]乙").text == "甲乙"


def test_stretches_nest_and_the_innermost_is_closed_first() -> None:
    script = strict("[开心]甲[语速 2]乙[音高 +1][语速 2]丙[/][/][/]丁[/]戊")

    assert script.text == "甲乙丙丁戊"
    assert script.changes == (
        Change(0, Inflection(emotion=HAPPY)),
        Change(1, Inflection(emotion=HAPPY, speed=2.0)),
        Change(2, Inflection(emotion=HAPPY, speed=4.0, pitch=1.0)),
        Change(3, Inflection(emotion=HAPPY)),
        Change(4, PLAIN),
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("甲[停顿]乙", ["甲", "乙"]),
        ("行[hang2]𠮷😀", ["行", "𠮷", "😀"]),
        ("\\[停顿]", ["\\[", "停", "顿", "]"]),
        ("a\\\\[b", ["a", "\\", "\\[", "b"]),
        ("[重读]甲[/]\r\n乙", ["甲", "\r", "\n", "乙"]),
        ("甲[读作 乙丙]&[/]", ["甲", "[读作 乙丙]&[/]", "[读作 乙丙]&[/]"]),
    ],
)
def test_every_character_is_traced_to_its_source(source: str, expected: list[str]) -> None:
    assert sources(strict(source)) == expected


@pytest.mark.parametrize(
    "source",
    [
        *(
            "[1]",
            "见[12]。",
            "[微笑]你好",
            "[图片]",
            "[开 心]",
            "[]",
            "[ ]",
            "[:]",
            "[",
            "]",
            "[停顿",
            "停顿]",
        ),
        *(
            "数组[a]",
            "单元格[A1]",
            "变量[x1]",
            "咖啡馆[café]",
            "中国[China]",
            "子[zi]",
            "a[hang2]",
            "[hang2]",
        ),
        *("行 [hang2]", "行[hang2\n]", "图[fig. 1]", "[[开心", "[/b]", "行[1][hang2]"),
    ],
)
def test_other_brackets_are_literal_text_even_when_strict(source: str) -> None:
    assert strict(source) == plain_script(source)


@pytest.mark.parametrize(
    ("source", "line", "column", "said"),
    [
        ("行[hxng2]", 1, 2, "hang2"),
        ("行[hang2a1]", 1, 2, "2 个"),
        ("行[hag2]", 1, 2, "拼音"),
        ("行[yin2 hang2]", 1, 2, "2 个"),
        ("A行[yin2 hang2]", 1, 3, "2 个"),
        ("银行[hang2]长[hang2 zhang3]", 1, 11, "2 个"),
        ("银，行[yínháng]", 1, 4, "2 个"),
        ("[停顿 11s]", 1, 1, "≤ 10s"),
        ("[停顿 500]", 1, 1, "500ms"),
        ("[pause nan]", 1, 1, "500ms"),
        ("[开心:2.5]好[/]", 1, 1, "0 – 2"),
        ("[开心 地笑]好[/]", 1, 1, "0 – 2"),
        ("[happy -1]好[/]", 1, 1, "0 – 2"),
        ("[语速]好[/]", 1, 1, "[语速 1.2]"),
        ("[语速 0]好[/]", 1, 1, "[语速 1.2]"),
        ("[语速 1e999]好[/]", 1, 1, "[语速 1.2]"),
        ("[音高 2]好[/]", 1, 1, "[音高 +2]"),
        ("[音高 +99]好[/]", 1, 1, "24"),
        ("[音量 +3]好[/]", 1, 1, "[音量 +3dB]"),
        ("[音量 +30dB]好[/]", 1, 1, "+20dB"),
        ("[音色]好[/]", 1, 1, "qinglan"),
        ("[音色 小明]好[/]", 1, 1, "qinglan"),
        ("[重读 3]好[/]", 1, 1, "[重读 2]"),
        ("[重读 1.5]好[/]", 1, 1, "[重读 2]"),
        ("[读作]WHO[/]", 1, 1, "世界卫生组织"),
        ("好[/]", 1, 2, "[开心]"),
        ("[开心]好[/][/]", 1, 9, "删除"),
        ("好\r\n𠮷😀[开心]好", 2, 3, "[/]"),
        ("甲\r乙\n[开心]好[重读]的[/]", 3, 1, "[/]"),
        ("[开心]好[/开心]", 1, 1, "[/]"),
        ("[/开心]", 1, 1, "应写成 [/]"),
        ("[读作 甲]乙[停顿]丙[/]", 1, 8, "移到外面"),
        ("[读作 甲]乙[重读]丙[/][/]", 1, 8, "移到外面"),
        ("\\[开心][语速 x]", 1, 6, "语速"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(source: str, line: int, column: int, said: str) -> None:
    error = refusal(source)

    assert (error.line, error.column, said in error.message) == (line, column, True), error.message


def test_the_first_of_several_faults_is_named() -> None:
    assert refusal("甲[/]乙[语速 x]丙[开心]").column == 2


@pytest.mark.parametrize(
    "source",
    [
        *("行[hxng2]", "行[yin2 hang2]", "[停顿 11s]", "[开心:9]", "[语速]", "[音色 小明]", "[/]", "[开心]"),
        *("[/][开心]", "[/开心]", "[重读 x]好", "[读作]", "[读作 甲]乙"),
    ],
)
def test_what_is_wrong_stays_as_it_is_when_lenient(source: str) -> None:
    assert lenient(source) == plain_script(source)


def test_what_is_right_beside_what_is_wrong_counts_when_lenient() -> None:
    script = lenient("[/][开心]甲[停顿]乙[语速 x]")

    assert (script.text, script.rests) == ("[/][开心]甲乙[语速 x]", (Rest(8, Seconds(0.5)),))


def test_an_end_belongs_to_the_innermost_beginning_when_another_is_never_closed() -> None:
    script = lenient("[开心]甲[语速 2]乙[/]丙")

    assert (script.text, script.changes) == (
        "[开心]甲乙丙",
        (Change(5, Inflection(speed=2.0)), Change(6, PLAIN)),
    )


def test_directions_inside_an_alias_are_replaced_with_the_rest_when_lenient() -> None:
    script = lenient("[读作 甲]乙[停顿][重读]丙[/][/]丁")

    assert (script.text, script.rests, script.changes) == ("甲丁", (), ())


def test_directions_behind_an_alias_without_an_end_count_when_lenient() -> None:
    assert lenient("[读作 甲]乙[停顿]丙").rests == (Rest(7, Seconds(0.5)),)


def test_stretches_may_nest_thirty_two_deep() -> None:
    assert strict(nest(32)).text == "好"


def test_a_stretch_that_nests_deeper_is_refused_where_it_does() -> None:
    error = refusal(nest(40))

    assert (error.column, "32 层" in error.message) == (32 * 4 + 1, True)


def test_a_stretch_that_nests_deeper_is_literal_text_when_lenient() -> None:
    assert lenient(nest(34)).text == "[重读][重读]好[/][/]"


def test_stretches_that_are_never_closed_do_not_count_as_nested() -> None:
    assert lenient("[开心]" * 40 + "[重读]好[/]").inflection(160) == Inflection(emphasis=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("piece", "end"),
    [
        ("[开心]", ""),
        ("[/]", ""),
        ("[开心:9]", ""),
        ("[开心]好[/]", ""),
        ("行[hang2]", ""),
        ("[读作 甲]", "[/]" * 50_000),
        ("[重读]", "[/]" * 50_000),
        ("[停顿 1s]", ""),
        ("\\[", ""),
        ("[", ""),
        ("[音色 无]", ""),
        ("行[hxng2 ", "]"),
    ],
)
def test_a_text_full_of_brackets_is_read(piece: str, end: str) -> None:
    script = lenient(piece * 50_000 + end)

    assert script.plain or len(script.starts) == len(script.text)


@pytest.mark.parametrize("inside", ["a" * 1_000_000, "hang2" * 200_000, " " * 1_000_000, "停" * 1_000_000])
def test_a_bracket_of_a_million_characters_is_read(inside: str) -> None:
    assert lenient(f"行[{inside}]").text.startswith("行[")


@given(MARKED)
def test_lenient_shorthand_is_never_refused_and_its_offsets_fit(text: str) -> None:
    script = lenient(text)

    assert script.plain or len(script.text) == len(script.starts) == len(script.ends)
    assert not script.plain or script.text in ("", text)


@given(MARKED)
def test_offsets_grow_and_stay_inside_the_source(text: str) -> None:
    script = lenient(text)

    assert list(script.starts) == sorted(script.starts)
    assert list(script.ends) == sorted(script.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(script.starts, script.ends, strict=True))


@given(st.text(alphabet="[\\好a停"))
def test_a_text_in_which_no_bracket_closes_loses_only_its_escapes(text: str) -> None:
    assert lenient(text).text == text.replace("\\[", "[")


@given(MARKED)
def test_what_strict_shorthand_takes_lenient_shorthand_takes_alike(text: str) -> None:
    try:
        script = strict(text)
    except MarkupError:
        return

    assert lenient(text) == script


@given(st.text(alphabet="好a9 \n[]微笑"))
def test_a_text_without_directions_is_unmarked(text: str) -> None:
    assert lenient(text) == plain_script(text)
