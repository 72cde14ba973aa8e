"""SSML to a script: every element and attribute, where each character comes from, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.errors import MarkupError
from huisheng.text.markup import document, ssml
from huisheng.text.markup.script import (
    Bookmark,
    Change,
    Directive,
    MarkupVocabulary,
    OneWord,
    Phonemes,
    Rest,
    SayAs,
    Script,
)
from huisheng.text.sentence import units
from huisheng.types import PLAIN, Emotion, Inflection, Span
from huisheng.units import Seconds

VOCABULARY = MarkupVocabulary(
    emotions={"happy": ("happy", 1.0), "cheerful": ("happy", 1.0), "excited": ("happy", 1.4)},
    voices={"qinglan": "qinglan", "晴岚": "qinglan"},
)
PIECES = st.sampled_from(
    [
        *("<speak>", "</speak>", "<p>", "</p>", "<s>", "</s>", '<break time="1s"/>', '<mark name="m"/>'),
        *('<prosody rate="fast" pitch="+1st">', "</prosody>", '<emotion category="happy">', "</emotion>"),
        *('<sub alias="世 界">', "</sub>", '<say-as interpret-as="digits">', "</say-as>", "<w>", "</w>"),
        *(
            '<phoneme ph="hang2">',
            "</phoneme>",
            "行",
            "𠮷",
            "a",
            " ",
            "\n",
            "\r\n",
            "\r",
            "&amp;",
            "&#x884c;",
        ),
        *("<![CDATA[", "]]>", "&", "<!--x-->", "<?x?>", "<!DOCTYPE x>", "\0", "\ufeff", "<", ">", '"'),
    ]
)
LEAVES = st.sampled_from(
    [
        *(
            "行",
            "𠮷",
            "a1",
            " ",
            "\n",
            "\r\n",
            "\r",
            "&amp;",
            "&#x884c;",
            "&#10;",
            "<![CDATA[&<\r\n]]>",
            "<!--x-->",
        ),
        *(
            "<break/>",
            '<mark name="m"/>',
            '<sub alias="世 界">WHO</sub>',
            '<sub alias="世"/>',
            "<w> 银行 </w>",
        ),
        *('<phoneme ph="hang2">&#x884c;</phoneme>', '<say-as interpret-as="digits">1\n2</say-as>'),
    ]
)
TAGS = (
    "p",
    "s",
    'prosody rate="fast" pitch="+1st"',
    'emotion category="happy"',
    "emphasis",
    'lang xml:lang="en"',
)


def wrap(tag: str, parts: list[str]) -> str:
    return f"<{tag}>{''.join(parts)}</{tag.partition(' ')[0]}>"


WELL_FORMED = st.recursive(
    LEAVES, lambda inner: st.builds(wrap, st.sampled_from(TAGS), st.lists(inner, max_size=4))
)


def parse_inside(inside: str) -> Script:
    return ssml.parse(f"<speak>{inside}</speak>", VOCABULARY)


def sources(script: Script) -> list[str]:
    """What each character of the text stands for in the source."""
    return [script.source[start:end] for start, end in zip(script.starts, script.ends, strict=True)]


def inflection_of(tag: str) -> Inflection:
    """How the content of an element is said."""
    name = tag.partition(" ")[0]
    return parse_inside(f"<{tag}>好</{name}>").inflection(0)


def directive_of(inside: str) -> tuple[Directive, ...]:
    return parse_inside(inside).directives


def refusal(source: str) -> MarkupError:
    with pytest.raises(MarkupError) as caught:
        ssml.parse(source, VOCABULARY)
    return caught.value


def attempt(source: str) -> Script | MarkupError:
    try:
        return ssml.parse(source, VOCABULARY)
    except MarkupError as error:
        return error


def deep(count: int) -> str:
    return "<speak>" + "<s>" * count + "好" + "</s>" * count + "</speak>"


def test_text_is_read_without_its_tags() -> None:
    assert parse_inside("你<emphasis>好</emphasis>。").text == "你好。"


@pytest.mark.parametrize(
    "beginning",
    [
        "",
        "\ufeff",
        "  \n",
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="GBK"?>\n',
        '<?xml version="1.0" encoding="UTF-16"?>',
        '<?xml version="1.1"?><!-- 注释 -->\n<!-- 再来 -->',
    ],
)
def test_a_document_may_begin_with(beginning: str) -> None:
    script = ssml.parse(f"{beginning}<speak>你好</speak>", VOCABULARY)

    assert (script.text, sources(script)) == ("你好", ["你", "好"])


def test_the_head_of_a_document_of_the_standard_is_taken() -> None:
    head = (
        '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="zh-CN" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" '
        'xmlns:mstts="https://www.w3.org/2001/mstts">'
    )

    assert ssml.parse(f"{head}好</speak>", VOCABULARY).text == "好"


@pytest.mark.parametrize("name", ["p", "s"])
def test_paragraphs_and_sentences_end_units(name: str) -> None:
    script = parse_inside(f"甲<{name}>乙</{name}><{name}>丙</{name}>丁")

    assert [unit.span.end for unit in units(script.text)] == [2, 4, 6, 7]


def test_the_end_of_a_unit_stands_for_nothing() -> None:
    assert sources(parse_inside("<s>甲</s>乙")) == ["甲", "", "乙"]


@pytest.mark.parametrize(
    "blanks", [" ", "\n", "\r\n", "\r", "\t \n ", "&#10;", "&#32; ", "\u3000", " <!--x--> "]
)
def test_white_space_is_one_blank(blanks: str) -> None:
    assert parse_inside(f"甲{blanks}乙").text == "甲 乙"


def test_white_space_at_the_beginning_of_a_unit_is_dropped() -> None:
    assert parse_inside("\n <s>\n 甲</s> \n<s> 乙。 </s>").text == "甲。乙。 "


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("甲乙", ["甲", "乙"]),
        ("甲&amp;乙", ["甲", "&amp;", "乙"]),
        ("&lt;&#x884c;&#34892;&gt;", ["&lt;", "&#x884c;", "&#34892;", "&gt;"]),
        ("甲&#x20;乙", ["甲", "&#x20;", "乙"]),
        ("甲\r\n乙", ["甲", "\r\n", "乙"]),
        ("甲\r乙", ["甲", "\r", "乙"]),
        ("甲 \t乙", ["甲", " \t", "乙"]),
        ("<![CDATA[<甲>&amp;]]>乙", ["<", "甲", ">", "&", "a", "m", "p", ";", "乙"]),
        ("<![CDATA[&]]>;乙", ["&", ";", "乙"]),
        ("<![CDATA[甲\r\n乙]]>", ["甲", "\r\n", "乙"]),
        ("𠮷&#x20BB7;😀é", ["𠮷", "&#x20BB7;", "😀", "é"]),
        ("甲<!-- 乙 -->丙", ["甲", "丙"]),
        ("甲<break/>乙", ["甲", "乙"]),
    ],
)
def test_every_character_is_traced_to_its_source(inside: str, expected: list[str]) -> None:
    assert sources(parse_inside(inside)) == expected


@pytest.mark.parametrize(
    ("inside", "text", "first"),
    [
        ('<sub alias="世卫">WHO</sub>好', "世卫好", '<sub alias="世卫">WHO</sub>'),
        ('<sub alias="世卫">WHO</sub >好', "世卫好", '<sub alias="世卫">WHO</sub >'),
        ('<sub alias="世卫"/>好', "世卫好", '<sub alias="世卫"/>'),
        ('<sub alias=" 世&#10; 卫 ">甲&amp;乙</sub>', "世 卫", '<sub alias=" 世&#10; 卫 ">甲&amp;乙</sub>'),
    ],
)
def test_an_alias_is_read_for_the_whole_element(inside: str, text: str, first: str) -> None:
    script = parse_inside(inside)

    assert (script.text, sources(script)[:2]) == (text, [first, first])


@pytest.mark.parametrize(
    ("tag", "seconds"),
    [
        ("<break/>", 0.5),
        ('<break time="300ms"/>', 0.3),
        ('<break time=" 2s "/>', 2.0),
        ('<break strength="none"/>', 0.0),
        ('<break strength="x-weak"/>', 0.1),
        ('<break strength="weak"/>', 0.25),
        ('<break strength="medium"/>', 0.5),
        ('<break strength="strong"/>', 0.75),
        ('<break strength="X-Strong"></break>', 1.25),
        ('<break strength="weak" time="1s"/>', 1.0),
        ('<break time="1s"/> <break time="300ms"/>', 1.0),
    ],
)
def test_a_break_is_a_rest(tag: str, seconds: float) -> None:
    assert parse_inside(f"甲 {tag}乙").rests == (Rest(2, Seconds(seconds)),)


def test_a_mark_is_a_bookmark() -> None:
    assert parse_inside('甲<mark name="here"/>乙').bookmarks == (Bookmark(1, "here"),)


@pytest.mark.parametrize(
    ("tag", "inflection"),
    [
        ('prosody rate="fast"', Inflection(speed=1.3)),
        ('prosody rate="1.5"', Inflection(speed=1.5)),
        ('prosody rate="50%"', Inflection(speed=0.5)),
        ('prosody rate="-20%"', Inflection(speed=0.8)),
        ('prosody pitch="high"', Inflection(pitch=2.0)),
        ('prosody pitch="-3st"', Inflection(pitch=-3.0)),
        ('prosody pitch="+100%"', Inflection(pitch=12.0)),
        ('prosody range="x-low"', Inflection(range=0.4)),
        ('prosody volume="+6dB"', Inflection(volume=6.0)),
        ('prosody volume="silent"', Inflection(volume=-60.0)),
        ('prosody volume="100"', PLAIN),
        ('prosody rate="2" pitch="+1st" range="2" volume="loud"', Inflection("", None, 2.0, 1.0, 2.0, 4.0)),
        ("emphasis", Inflection(emphasis=1)),
        ('emphasis level="strong"', Inflection(emphasis=2)),
        ('emphasis level="none"', PLAIN),
        ('emphasis level="reduced"', Inflection(emphasis=-1)),
        ('voice name="qinglan"', Inflection(voice="qinglan")),
        ('voice name=" 晴岚 "', Inflection(voice="qinglan")),
        ('lang xml:lang="en-US"', PLAIN),
        ('mstts:express-as style="Cheerful"', Inflection(emotion=Emotion("happy"))),
        ('express-as style="happy" styledegree="0.5" role="Girl"', Inflection(emotion=Emotion("happy", 0.5))),
        ('emotion category="happy" intensity="2"', Inflection(emotion=Emotion("happy", 2.0))),
        ('emotion category="excited"', Inflection(emotion=Emotion("happy", 1.4))),
        ('emotion category="excited" intensity="2.0"', Inflection(emotion=Emotion("happy", 2.0))),
    ],
)
def test_an_element_changes_how_its_content_is_said(tag: str, inflection: Inflection) -> None:
    assert inflection_of(tag) == inflection


def test_inflections_add_up_inside_and_end_with_their_element() -> None:
    script = parse_inside('甲<prosody rate="2">乙<prosody rate="0.5" pitch="+1st">丙</prosody>丁</prosody>戊')

    assert script.changes == (
        Change(1, Inflection(speed=2.0)),
        Change(2, Inflection(speed=1.0, pitch=1.0)),
        Change(3, Inflection(speed=2.0)),
        Change(4, PLAIN),
    )


def test_an_inflection_of_nothing_changes_nothing() -> None:
    assert parse_inside('甲<prosody rate="2"></prosody><lang xml:lang="en">b</lang>').changes == ()


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("cardinal", "cardinal"),
        ("ordinal", "ordinal"),
        ("digits", "digits"),
        ("Telephone", "telephone"),
        ("fraction", "fraction"),
        ("score", "score"),
        ("time", "time"),
        ("duration", "duration"),
        ("money", "currency"),
        (" unit ", "unit"),
        ("address", "address"),
        ("nickname", "name"),
        ("spell-out", "characters"),
    ],
)
def test_say_as_names_a_kind(written: str, kind: str) -> None:
    (said,) = directive_of(f'第<say-as interpret-as="{written}"> 12 </say-as>')

    assert isinstance(said, SayAs)
    assert (said.span, said.kind, said.layout) == (Span(2, 4), kind, "")


def test_say_as_hands_on_the_layout_of_a_date() -> None:
    said = directive_of('<say-as interpret-as="date" format=" MDY " detail="1">1/2/2024</say-as>')

    assert said == (SayAs(Span(0, 8), "date", "mdy"),)


@pytest.mark.parametrize("name", ["w", "token"])
def test_a_word_is_one_word(name: str) -> None:
    assert directive_of(f'大<{name} role="x">学生</{name}>') == (OneWord(Span(1, 3)),)


@pytest.mark.parametrize(
    "attributes",
    [
        'ph="yin2 hang2"',
        'ph="yínháng"',
        'alphabet="PinYin" ph="yin2hang2"',
        'alphabet="py" ph="yin2 hang2"',
        'alphabet="sapi" ph="yin 2 hang 2"',
        'alphabet="ipa" ph="in˧˥ xaŋ˧˥"',
    ],
)
def test_a_phoneme_gives_each_character_its_syllable(attributes: str) -> None:
    said = directive_of(f"在<phoneme {attributes}>\n银行\n</phoneme>")

    assert said == (Phonemes(Span(2, 4), ("yin2", "hang2")),)


def test_a_sentence_that_ends_in_a_stop_gets_no_other() -> None:
    assert parse_inside("<s>甲？</s><s>乙</s>").text == "甲？乙。"


def test_a_phoneme_gives_jyutping() -> None:
    said = directive_of('<phoneme alphabet="jyutping" ph="hong4">行</phoneme>')

    assert said == (Phonemes(Span(0, 1), ("hong4",), language="yue"),)


def test_a_phoneme_gives_an_english_word_its_phones() -> None:
    said = directive_of('<phoneme alphabet="ipa" ph="təˈmɑːtoʊ">tomato</phoneme>')

    assert said == (Phonemes(Span(0, 6), phones=("T", "AH0", "M", "AA1", "T", "OW0")),)


@pytest.mark.parametrize(
    ("source", "line", "column", "said"),
    [
        ("", 1, 1, "<speak>"),
        ("你好", 1, 1, "<speak>"),
        ("<speaker/>", 1, 1, "<speak>"),
        ("\n <html/>", 2, 2, "<speak>"),
        ("<speak>甲<b>乙</b></speak>", 1, 9, "<b>"),
        ("<speak>甲\n乙<p>丙", 2, 6, "</speak>"),
        ("<speak>甲\r\n乙\r丙<x/></speak>", 3, 2, "<x>"),
        ("<speak>😀&nbsp;</speak>", 1, 9, "&amp;"),
        ("<speak>汉字 a < b</speak>", 1, 14, "&lt;"),
        ("<speak><p>甲</s></speak>", 1, 14, "顺序"),
        ("<speak>甲</speak>乙", 1, 17, "里面"),
        ('<speak><break time="1s" time="2s"/></speak>', 1, 25, "两次"),
        ("<speak>甲<break", 1, 9, "“>”"),
        ("<speak>甲<![CDATA[乙", 1, 19, "]]>"),
        ('\n<?xml version="1.0"?><speak/>', 2, 1, "最前面"),
        ('<?xml version="1.0" encoding="?"?><speak/>', 1, 31, 'version="1.0"'),
        ("<speak>甲<?php x?></speak>", 1, 9, "<?…?>"),
        ("<?php x?><speak/>", 1, 1, "<?…?>"),
        ("<speak><speak/></speak>", 1, 8, "最外层"),
        ('<speak><break tome="1s"/></speak>', 1, 8, "time"),
        ('<speak><p xmlnsx="1"/></speak>', 1, 8, "xmlnsx"),
        ("<speak>甲<break>乙</break></speak>", 1, 9, "<break/>"),
        ("<speak><break><break/></break></speak>", 1, 15, "<break/>"),
        ("<speak><w>甲<break/></w></speak>", 1, 12, "<w>"),
        ("<speak><mark/></speak>", 1, 8, "name"),
        ("<speak>甲<sub>乙</sub></speak>", 1, 9, "alias"),
        ('<speak><sub alias=" ">乙</sub></speak>', 1, 8, "alias"),
        ('<speak><break time="11s"/></speak>', 1, 8, "10s"),
        ('<speak><break strength="hard"/></speak>', 1, 8, "medium"),
        ('<speak><prosody rate="0"/></speak>', 1, 8, "rate"),
        ('<speak><prosody pitch="up"/></speak>', 1, 8, "+2st"),
        ('<speak><prosody range="wide"/></speak>', 1, 8, "range"),
        ('<speak><prosody volume="+3"/></speak>', 1, 8, "+6dB"),
        ('<speak><emphasis level="very"/></speak>', 1, 8, "strong"),
        ("<speak><voice/></speak>", 1, 8, "name"),
        ('<speak><voice name="nobody"/></speak>', 1, 8, "qinglan"),
        ("<speak><lang/></speak>", 1, 8, "xml:lang"),
        ('<speak><lang xml:lang="fr-FR"/></speak>', 1, 8, "zh-CN"),
        ("<speak><express-as/></speak>", 1, 8, "style"),
        ('<speak><express-as style="hungry"/></speak>', 1, 8, "happy"),
        ('<speak><express-as style="happy" styledegree="3"/></speak>', 1, 8, "styledegree"),
        ('<speak><emotion category="happy" intensity="-1"/></speak>', 1, 8, "intensity"),
        ("<speak>1<say-as>2</say-as></speak>", 1, 9, "interpret-as"),
        ('<speak>1<say-as interpret-as="x">2</say-as></speak>', 1, 9, "cardinal"),
        ("<speak><phoneme>行</phoneme></speak>", 1, 8, "ph"),
        ('<speak><phoneme alphabet="x" ph="hang2">行</phoneme></speak>', 1, 8, "pinyin"),
        ('<speak><phoneme ph="hong9">行</phoneme></speak>', 1, 8, "hang2"),
        ('<speak><phoneme ph="hang2">银行</phoneme></speak>', 1, 8, "1 个"),
        ('<speak><phoneme ph="hang2">A</phoneme></speak>', 1, 8, "汉字"),
        ('<speak><phoneme ph="hang2"/></speak>', 1, 8, "汉字"),
        ('<speak><phoneme alphabet="ipa" ph="¿">a</phoneme></speak>', 1, 8, "英语"),
        ('<speak><phoneme alphabet="ipa" ph="ə">a b</phoneme></speak>', 1, 8, "逐词"),
        ("<speak>甲\0</speak>", 1, 9, "U+0000"),
        ("<speak>甲\x1b</speak>", 1, 9, "U+001B"),
        ("<speak>😀\ufffe</speak>", 1, 9, "U+FFFE"),
        ("<speak>\ud800</speak>", 1, 8, "U+D800"),
        ("<speak>甲&#0;</speak>", 1, 9, "&#"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(source: str, line: int, column: int, said: str) -> None:
    error = refusal(source)

    assert (error.line, error.column, said in error.message) == (line, column, True), error.message


@pytest.mark.parametrize(
    "value", ["1e999", "nan", "inf", "-inf", "9" * 400, "1" + "0" * 100_000, "٣", "", "--1"]
)
@pytest.mark.parametrize(
    "tag",
    [
        '<break time="{}s"/>',
        '<prosody rate="{}"/>',
        '<prosody pitch="+{}st"/>',
        '<prosody range="{}"/>',
        '<prosody volume="{}dB"/>',
        '<emotion category="happy" intensity="{}"/>',
    ],
)
def test_a_number_beyond_bounds_is_refused(tag: str, value: str) -> None:
    assert refusal(f"<speak>{tag.format(value)}</speak>").column == 8


@pytest.mark.parametrize(
    "source",
    [
        "<!DOCTYPE speak><speak>甲</speak>",
        '<?xml version="1.0"?>\n<!DOCTYPE speak SYSTEM "file:///etc/passwd"><speak>甲</speak>',
        '<!-- a --><!DOCTYPE speak [<!ENTITY a "甲">]><speak>&a;</speak>',
    ],
)
def test_a_document_type_is_refused(source: str) -> None:
    assert "<!DOCTYPE …>" in refusal(source).message


@pytest.mark.parametrize(
    "declared",
    [
        f'<!ENTITY a "{"甲" * 50_000}">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY a PUBLIC "a" "http://127.0.0.1:1/a">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1:1/a.dtd"> %a;',
        '<!ATTLIST speak a CDATA "甲">',
    ],
    ids=["repeated", "file", "address", "parameter", "default"],
)
def test_what_a_document_type_declares_is_never_used(declared: str) -> None:
    """Neither expanded (quadratic blow-up) nor fetched (external entities)."""
    source = f"<!DOCTYPE speak [{declared}]><speak>{'&a;' * 10_000}</speak>"

    assert "<!DOCTYPE …>" in refusal(source).message


@pytest.mark.parametrize("name", ["a", "nbsp", "lt2", "#0", "#xD800", "#x110000", "a" * 10_000])
def test_an_entity_that_xml_does_not_know_is_refused(name: str) -> None:
    assert refusal(f"<speak>&{name};</speak>").line == 1


def test_an_element_full_of_attributes_is_refused_for_the_first() -> None:
    attributes = " ".join(f'a{n}="{n}"' for n in range(10_000))

    assert "a0" in refusal(f"<speak><break {attributes}/></speak>").message


@pytest.mark.parametrize("before", ["", "<?x?>", "<!-- -- -->", "\ufeff\n"])
def test_an_entity_bomb_is_refused_at_once(before: str) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 20))
    bomb = f'{before}<!DOCTYPE speak [<!ENTITY e0 "甲">{entities}]><speak>&e19;</speak>'

    assert "请删除" in refusal(bomb).message


def test_elements_may_nest_thirty_two_deep() -> None:
    assert ssml.parse(deep(31), VOCABULARY).text == "好。"


@pytest.mark.parametrize("count", [32, 1_000, 28_000])
def test_elements_that_nest_deeper_are_refused_where_they_do(count: int) -> None:
    error = refusal(deep(count))

    assert (error.column, "32 层" in error.message) == (8 + 31 * 3, True)


def test_a_document_a_hundred_thousand_deep_is_refused_for_its_length() -> None:
    assert "200000" in refusal(deep(100_000)).message


def test_a_document_may_have_two_hundred_thousand_characters() -> None:
    inside = "好" * (document.LONGEST - len("<speak></speak>"))

    assert len(parse_inside(inside).text) == len(inside)


def test_a_document_with_one_more_is_refused() -> None:
    inside = "好" * (document.LONGEST - len("<speak></speak>") + 1)

    assert "200001" in refusal(f"<speak>{inside}</speak>").message


def test_an_attribute_may_be_as_long_as_a_document() -> None:
    alias = "好" * 100_000

    assert parse_inside(f'<sub alias="{alias}">x</sub>').text == alias


def test_a_long_wrong_value_is_not_repeated_in_full() -> None:
    assert len(refusal(f'<speak><prosody rate="{"9" * 100_000}"/></speak>').message) < 200


def test_a_document_full_of_elements_is_read() -> None:
    assert len(directive_of('<phoneme ph="hang2">行</phoneme>&amp;' * 5_000)) == 5_000


@given(st.one_of(st.text(), st.text(alphabet="<>/&;\"'=!-[]?speak \n\r\0甲"), st.lists(PIECES).map("".join)))
def test_any_text_is_parsed_or_refused_with_a_place_inside_it(text: str) -> None:
    found = attempt(f"<speak>{text}</speak>")

    assert isinstance(found, MarkupError) or len(found.text) == len(found.starts) == len(found.ends)
    assert isinstance(found, Script) or 1 <= found.column <= len(text) + len("<speak></speak>") + 1


@given(st.one_of(st.text(), st.text(alphabet="<>/&;!-[]?speakxml \n甲")))
def test_any_text_without_a_root_is_parsed_or_refused(text: str) -> None:
    found = attempt(text)

    assert isinstance(found, MarkupError) or found.source == text


@given(WELL_FORMED)
def test_offsets_of_any_document_grow_and_stay_inside_it(inside: str) -> None:
    script = parse_inside(inside)

    assert len(script.text) == len(script.starts) == len(script.ends)
    assert list(script.starts) == sorted(script.starts)
    assert list(script.ends) == sorted(script.ends)
    assert max(script.ends, default=0) <= len(script.source) - len("</speak>")


@given(WELL_FORMED)
def test_the_end_of_any_document_is_said_as_its_beginning(inside: str) -> None:
    script = parse_inside(inside)

    assert script.inflection(len(script.text)) == PLAIN


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])))
def test_text_that_is_escaped_is_read_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    script = parse_inside(escaped)

    assert script.text == text
    assert "".join(sources(script)) == escaped
