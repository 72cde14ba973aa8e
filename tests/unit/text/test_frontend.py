"""Sentences with their spans, marks, English words, melody and pauses."""

from __future__ import annotations

import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.text.documents import SHORTHAND, SSML, script

from huisheng.errors import InvalidText
from huisheng.text.frontend import LONGEST_SPOKEN, Frontend
from huisheng.types import Break, EnglishWord, Intonation, Mark, Sentence, Syllable

TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]), st.sampled_from("你好一不儿的了子12.,。，！？“”《》 \nab")
    ),
    max_size=80,
)

SENTENCES = st.lists(
    st.builds(
        str.__add__,
        st.text(st.sampled_from("你好中国人民银行长重得地着了的一不三只看0123%年月日WTO "), max_size=14),
        st.sampled_from("。！？；\n"),
    ),
    min_size=1,
    max_size=4,
).map("".join)
PLAIN_TEXTS = (
    "你好中国银行长重得地着了一不儿子只看好了吗二两第年月日点分百万亿零〇𠮷，。！？；：、…—“”《》（）"
)
OTHER_TEXTS = " \n\tabcXYZ0123456789.,:;!?+-*/=%#@&$€￥℃²½Ⅳ①㎡٣é😀👨‍👩‍👧\u200d\ufe0f\u202e[]<>{}'\"\\|~^_"


def only(frontend: Frontend, text: str) -> Sentence:
    (sentence,) = frontend.sentences(text)
    return sentence


@given(TEXTS)
def test_spans_of_sentences_cover_any_text_once_in_order(frontend: Frontend, text: str) -> None:
    spans = [sentence.span for sentence in frontend.sentences(text)]

    assert [start for start, _ in spans] == [0, *(end for _, end in spans)][: len(spans)]
    assert [end for _, end in spans][-1:] == ([len(text)] if text else [])


@given(st.one_of(SSML, SHORTHAND))
def test_spans_of_sentences_cover_any_marked_source_once_in_order(frontend: Frontend, source: str) -> None:
    marked = script(source)

    spans = [sentence.span for sentence in frontend.sentences(marked)]

    assert [start for start, _ in spans] == [0, *(end for _, end in spans)][: len(spans)]
    assert [end for _, end in spans][-1:] == ([len(source)] if marked.text else [])


@given(st.one_of(SSML, SHORTHAND))
def test_spans_of_items_in_a_marked_source_lie_in_it_and_never_go_back(
    frontend: Frontend, source: str
) -> None:
    sentences = frontend.sentences(script(source))

    spans = [item.span for sentence in sentences for item in sentence.items]
    assert all(0 <= span.start <= span.end <= len(source) for span in spans)
    assert all(left.start <= right.start for left, right in pairwise(spans))


@given(TEXTS)
def test_spans_of_items_lie_in_their_sentence_and_never_go_back(frontend: Frontend, text: str) -> None:
    for sentence in frontend.sentences(text):
        spans = [item.span for item in sentence.items]
        assert all(sentence.span.start <= span.start <= span.end <= sentence.span.end for span in spans)
        assert all(item.span.start < item.span.end for item in sentence.items if not isinstance(item, Mark))
        assert all(left.start <= right.start for left, right in pairwise(spans))


@given(st.text(st.sampled_from("你好中国人民儿女一不长行得地着了的子看，。"), max_size=60))
def test_every_han_character_is_covered_by_exactly_one_syllable(frontend: Frontend, text: str) -> None:
    covered = [
        place
        for sentence in frontend.sentences(text)
        for item in sentence.items
        if isinstance(item, Syllable)
        for place in range(*item.span)
    ]

    assert covered == [place for place, character in enumerate(text) if character.isalpha()]


@given(TEXTS)
def test_every_syllable_has_a_dictionary_tone_and_a_heard_tone(frontend: Frontend, text: str) -> None:
    for sentence in frontend.sentences(text):
        for item in sentence.items:
            if isinstance(item, Syllable):
                assert item.pinyin[-1] in "12345"
                assert item.pinyin[:-1] == item.surface[:-1]


def test_the_last_item_ends_the_sentence(frontend: Frontend) -> None:
    assert only(frontend, "你好").items[-1].after is Break.SENTENCE


def test_a_comma_is_a_mark_with_a_pause_between_phrases(frontend: Frontend) -> None:
    sentence = only(frontend, "你好，世界")

    (mark,) = (item for item in sentence.items if isinstance(item, Mark))
    assert (mark.text, mark.span, mark.after) == ("，", (2, 3), Break.PHRASE)
    assert 0.1 <= mark.pause <= 0.3
    assert sentence.items[1].after is Break.PHRASE


def test_the_number_of_an_item_is_set_apart_by_marks_that_are_not_written(frontend: Frontend) -> None:
    items = only(frontend, "①付款②交货").items

    assert "".join(item.text for item in items) == "一、付款，二、交货"
    assert [item.span for item in items if isinstance(item, Mark)] == [(1, 1), (3, 3), (4, 4)]


def test_an_emoji_between_clauses_is_a_short_pause_and_one_beside_a_mark_is_none(frontend: Frontend) -> None:
    (mark,) = (item for item in only(frontend, "真开心😀我们走").items if isinstance(item, Mark))

    assert (mark.text, mark.span) == ("，", (3, 4))
    assert only(frontend, "真开心😀，我们走").spoken == "真开心，我们走"


def test_a_line_that_says_nothing_has_no_pause(frontend: Frontend) -> None:
    silent, spoken = frontend.sentences("00:01:02,500 --> 00:01:05,000\n你好。")

    assert (silent.items, silent.pause) == ((), 0.0)
    assert spoken.pause > 0.0


def test_an_acronym_is_one_item_a_letter(frontend: Frontend) -> None:
    items = only(frontend, "看NBA").items

    assert [item.text for item in items if isinstance(item, EnglishWord)] == ["N", "B", "A"]


def test_syllables_of_a_number_share_its_span(frontend: Frontend) -> None:
    items = only(frontend, "共23人").items

    assert [(item.text, item.span) for item in items[1:4]] == [("二", (1, 3)), ("十", (1, 3)), ("三", (1, 3))]


def test_erhua_is_one_syllable_over_two_characters(frontend: Frontend) -> None:
    (item,) = only(frontend, "花儿").items

    assert isinstance(item, Syllable)
    assert (item.text, item.pinyin, item.span) == ("花儿", "huar1", (0, 2))


def test_what_will_be_said_keeps_english_words_apart(frontend: Frontend) -> None:
    assert only(frontend, "说hello world吧。").spoken == "说hello world吧。"


@pytest.mark.parametrize(
    ("text", "intonation"),
    [
        ("你好。", Intonation.STATEMENT),
        ("你好", Intonation.STATEMENT),
        ("你好！", Intonation.EXCLAMATION),
        ("你好？", Intonation.QUESTION),
        ("你好吗。", Intonation.QUESTION),
        ("你好……", Intonation.SUSPENSION),
        ("他说：“你好！”", Intonation.EXCLAMATION),
    ],
)
def test_the_last_mark_gives_the_melody(frontend: Frontend, text: str, intonation: Intonation) -> None:
    assert only(frontend, text).intonation is intonation


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "🙂", "\u200b"])
def test_a_text_without_anything_to_say_has_no_spoken_items(frontend: Frontend, text: str) -> None:
    items = [item for sentence in frontend.sentences(text) for item in sentence.items]

    assert [item for item in items if not isinstance(item, Mark)] == []


def test_a_character_without_a_reading_is_skipped(frontend: Frontend) -> None:
    items = only(frontend, "你\U00032000好").items

    assert [(item.text, item.span) for item in items] == [("你", (0, 1)), ("好", (2, 3))]


def test_a_rare_character_is_read(frontend: Frontend) -> None:
    (item,) = only(frontend, "𠮷").items

    assert isinstance(item, Syllable)
    assert item.pinyin == "ji2"


def test_a_lone_surrogate_is_refused_at_once(frontend: Frontend) -> None:
    with pytest.raises(InvalidText):
        frontend.sentences("你\ud800好")


def test_a_lone_surrogate_in_a_script_is_refused_at_once(frontend: Frontend) -> None:
    with pytest.raises(InvalidText):
        frontend.sentences(script("[停顿]你\ud800好"))


def some_text(chance: random.Random) -> str:
    """Up to 60 characters, mostly fewer: of text, of all that stands between, or of all of Unicode."""
    length = chance.randrange(chance.randrange(1, chance.randrange(2, 63)))
    alphabets = (PLAIN_TEXTS, OTHER_TEXTS, "")
    return "".join(chance.choice(chance.choice(alphabets) or any_character(chance)) for _ in range(length))


def any_character(chance: random.Random) -> str:
    return chr(chance.choice([*range(0x20, 0xD800, 977), 0xFFFF, sys.maxunicode]) ^ chance.randrange(0x400))


@pytest.mark.slow
def test_ten_thousand_random_texts_are_read(frontend: Frontend) -> None:
    chance = random.Random(20_261_120)

    for _ in range(10_000):
        text = some_text(chance)
        assert sum(sentence.span.end - sentence.span.start for sentence in frontend.sentences(text)) == len(
            text
        )


def readings(frontend: Frontend, text: str) -> list[list[str]]:
    """What the syllables of each sentence say."""
    return [
        [item.surface for item in sentence.items if isinstance(item, Syllable)]
        for sentence in frontend.sentences(text)
    ]


@pytest.mark.slow
@given(SENTENCES)
def test_what_follows_changes_no_sentence_but_the_last(frontend: Frontend, text: str) -> None:
    alone = readings(frontend, text)

    doubled = readings(frontend, text + text)

    assert doubled[: len(alone) - 1] == alone[:-1]


def test_eight_threads_at_once_read_what_one_alone_reads(frontend: Frontend) -> None:
    chance = random.Random(8)
    texts = [some_text(chance) for _ in range(40)]

    def read(_: int) -> list[list[Sentence]]:
        return [list(frontend.sentences(text)) for text in texts]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(read, range(8)))

    assert together == [read(0)] * 8


def test_sentences_are_made_only_when_asked_for(frontend: Frontend) -> None:
    endless = frontend.sentences("今天天气很好。" * 100_000)

    assert [sentence.span for sentence in islice(endless, 2)] == [(0, 7), (7, 14)]


@pytest.mark.slow
@pytest.mark.parametrize("character", "好一a1。，“ 儿")
def test_a_character_repeated_many_times_is_read_in_bounded_pieces(
    frontend: Frontend, character: str
) -> None:
    assert max(len(sentence.items) for sentence in frontend.sentences(character * 5_000)) <= 400


def test_threads_that_start_together_read_the_same(frontend: Frontend, dictionaries: Path) -> None:
    fresh = Frontend(dictionaries)
    expected = list(frontend.sentences("你好，世界。"))
    results: list[list[Sentence]] = []
    threads = [
        threading.Thread(target=lambda: results.append(list(fresh.sentences("你好，世界。"))))
        for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [expected] * 4


@pytest.mark.parametrize("text", ["½" * 200, "⩥" * 200, "℃好" * 100])
def test_a_unit_that_becomes_long_when_it_is_written_out_is_several_sentences(
    frontend: Frontend, text: str
) -> None:
    sentences = list(frontend.sentences(text))

    assert max(len(sentence.spoken) for sentence in sentences) <= 2 * LONGEST_SPOKEN
    assert [sentence.span.start for sentence in sentences] == [
        0,
        *(sentence.span.end for sentence in sentences[:-1]),
    ]
    assert sentences[-1].span.end == len(text)
    assert {sentence.pause for sentence in sentences[:-1]} <= {0.0}
