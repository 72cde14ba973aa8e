"""Text in pieces: what is given away, when, and that it is what the whole text would be read as."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huisheng.text.arriving import Arriving
from huisheng.text.frontend import Frontend
from huisheng.text.markup import shorthand
from huisheng.text.markup.script import MarkupVocabulary
from huisheng.text.sentence import Unit, units
from huisheng.types import Passage, Sentence, SpokenItem

SCRAPS = st.sampled_from(
    [
        *"好a1。！？…；，、：.,!?;:“”‘’「」《》（）()\"'[] \n\r—-&\u0301\u200d😀",
        *(
            "……",
            "3.14",
            "U.S.",
            "Hello. ",
            "e.g. ",
            "12：30",
            "1，000",
            "&amp;",
            "他说：“走吧。”",
            "你好",
            "\r\n",
        ),
        *("“好。”，他说", "www.a.com", "2020—2024", "「真的？」", "好" * 90, "word " * 30, "好，" * 80),
    ]
)
TEXTS = st.one_of(st.lists(SCRAPS, max_size=40).map("".join), st.text(max_size=300))
LENGTHS = st.lists(st.integers(1, 300), min_size=1)
VOCABULARY = MarkupVocabulary(emotions={"开心": ("happy", 1.0)})


def pieces(text: str, lengths: list[int]) -> list[str]:
    """A text in pieces of these lengths, again and again."""
    places = [0]
    while places[-1] < len(text):
        places.append(places[-1] + lengths[len(places) % len(lengths)])
    return [text[start:end] for start, end in pairwise(places)]


def passages(arriving: Arriving, *arrived: str) -> list[Passage]:
    given_away = [passage for piece in arrived for passage in arriving.take(piece)]
    return [*given_away, *arriving.flush()]


def texts(found: tuple[Passage, ...] | list[Passage]) -> list[str]:
    return [passage.text for passage in found]


@given(TEXTS, LENGTHS)
@example("好" * 200 + ".他说。", [1])
@example("好" * 150 + "“" + "好。" * 60 + "”", [7])
def test_passages_are_the_units_of_the_whole_text(text: str, lengths: list[int]) -> None:
    found = passages(Arriving(), *pieces(text, lengths))

    assert [(each.start, each.text) for each in found] == [
        (unit.span.start, text[unit.span.start : unit.span.end]) for unit in units(text)
    ]


@given(TEXTS, LENGTHS)
def test_a_passage_alone_is_one_unit_with_the_pause_that_it_has_in_the_whole(
    text: str, lengths: list[int]
) -> None:
    found = passages(Arriving(), *pieces(text, lengths))

    alone = [list(units(each.text, continued=each.continued)) for each in found]

    assert alone == [[from_its_start(unit)] for unit in units(text)]


def from_its_start(unit: Unit) -> Unit:
    """The unit as it is counted from its own first character."""
    return unit._replace(span=unit.span.shifted(-unit.span.start))


@given(TEXTS, LENGTHS, st.booleans(), st.lists(st.integers(0, 40)))
def test_passages_are_consecutive_and_cover_the_text_whenever_it_is_flushed_or_settled(
    text: str, lengths: list[int], eager: bool, pushed: list[int]
) -> None:
    arriving = Arriving(eager=eager)
    found: list[Passage] = []
    for number, piece in enumerate(pieces(text, lengths)):
        found += arriving.take(piece)
        if number in pushed:
            found += arriving.flush() if number % 2 else arriving.settle()
    found += arriving.flush()

    assert "".join(texts(found)) == text
    assert [each.start for each in found] == [
        sum(map(len, texts(found[:number]))) for number in range(len(found))
    ]
    assert arriving.length == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "他说：“今天3.14元，很便宜。我们走吧！”然后走了……\n第二行；U.S. 是 America. 好不好？“好”。结束",
        "，，，……。你好" + "长" * 230 + "，后面" * 40 + "。完",
        "第一句。。“第二句？”\r\n\r\n😀第三句 Hello there. How are you? 行。",
    ],
)
@pytest.mark.parametrize("length", [1, 3, 50])
def test_sentences_of_the_passages_are_those_of_the_whole_text(
    text: str, length: int, frontend: Frontend
) -> None:
    found = passages(Arriving(), *pieces(text, [length]))

    read = [
        shift(sentence, each.start)
        for each in found
        for sentence in frontend.sentences(each.text, continued=each.continued)
    ]

    assert read == list(frontend.sentences(text))


def shift(sentence: Sentence, offset: int) -> Sentence:
    """The same sentence, further on in a text."""
    items = tuple(shift_item(item, offset) for item in sentence.items)
    notes = tuple(replace(note, span=note.span.shifted(offset)) for note in sentence.notes)
    return replace(sentence, span=sentence.span.shifted(offset), items=items, notes=notes)


def shift_item(item: SpokenItem, offset: int) -> SpokenItem:
    return replace(item, span=item.span.shifted(offset))


@pytest.mark.parametrize(
    ("arrived", "given_away"),
    [
        ("你好。", []),
        ("你好。他", ["你好。"]),
        ("你好。”", []),
        ("你好！！他", ["你好！！"]),
        ("第一行\n第", ["第一行\n"]),
        ("他说：“走吧。我", []),
        ("他说：“走吧。”", []),
        ("他说：“走吧。”，我", []),
        ("他说：“走吧。”我", ["他说：“走吧。”"]),
        ("（没有右边。好。", []),
        ("（没有右边。\n好", ["（没有右边。\n"]),
        ("圆周率是3.", []),
        ("圆周率是3.14", []),
        ("In the U.S. we", []),
        ("Hello there.", []),
        ("Hello there. 你", ["Hello there. "]),
        ("好" * 200, []),
        ("好" * 201, ["好" * 200]),
    ],
)
def test_a_passage_is_given_away_once_no_text_to_come_can_change_it(
    arrived: str, given_away: list[str]
) -> None:
    assert texts(Arriving().take(arrived)) == given_away


@pytest.mark.parametrize("arrived", ["你好。", "你好？！”", "行；", "他走了……", "第一行\n"])
def test_a_finished_sentence_settles(arrived: str) -> None:
    arriving = Arriving()
    assert arriving.take(arrived) == ()

    assert texts(arriving.settle()) == [arrived]


@pytest.mark.parametrize("arrived", ["你好", "你好，", "他说：“走吧。", "www.", "圆周率是3.", "", "好" * 200])
def test_what_looks_unfinished_does_not_settle(arrived: str) -> None:
    arriving = Arriving()
    arriving.take(arrived)

    assert arriving.settle() == ()


def test_flushed_text_ends_there_and_the_rest_goes_on() -> None:
    arriving = Arriving()
    arriving.take("你好")

    assert arriving.flush() == (Passage(0, "你好", continued=False),)
    assert arriving.take("世界。他") == (Passage(2, "世界。"),)


@pytest.mark.parametrize(
    ("arrived", "first"),
    [
        ("今天天气很好，我们", ["今天天气很好，"]),
        ("好的，我们今天", []),
        ("现在的时间是12：30", []),
        ("他说“今天天气很好，我们", []),
        ("他叫“小明”，今天", ["他叫“小明”，"]),
    ],
)
def test_an_eager_text_begins_with_its_first_clause(arrived: str, first: list[str]) -> None:
    assert texts(Arriving(eager=True).take(arrived)) == first


def test_only_the_first_passage_is_a_clause() -> None:
    arriving = Arriving(eager=True)

    assert texts(arriving.take("今天天气很好，我们去公园，好吗？好")) == [
        "今天天气很好，",
        "我们去公园，好吗？",
    ]


def direct() -> Arriving:
    return Arriving(lambda text: shorthand.depth(text, VOCABULARY))


def test_a_stretch_of_markup_stays_whole() -> None:
    arriving = direct()

    assert arriving.take("[开心]你好。他来了。") == ()
    assert texts(arriving.take("真好[/]。然后。我")) == ["[开心]你好。他来了。真好[/]。", "然后。"]


def test_markup_that_is_not_meant_holds_nothing_back() -> None:
    assert texts(direct().take("银行[yin2 hang2]。[停顿 500ms]他[注]走了。[")) == [
        "银行[yin2 hang2]。",
        "[停顿 500ms]他[注]走了。",
    ]


def test_a_stretch_that_is_never_closed_is_flushed() -> None:
    assert texts(passages(direct(), "[开心]你好。他来了。")) == ["[开心]你好。他来了。"]
