"""Words in running text, and the phrases of a sentence with their spans and marks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text import segmentation
from huisheng.text.dictionary import open_dictionary
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.text.pronunciation import lexicon
from huisheng.text.segmentation import BY_DIGIT, ENGLISH, Phrase, Segmenter, phrases
from huisheng.types import Span


@pytest.fixture(scope="module")
def segmenter(dictionaries: Path) -> Segmenter:
    return Segmenter(open_dictionary(segmentation.source(lexicon.own_words()), dictionaries))


@pytest.mark.parametrize(
    "words",
    [
        "他们 是 知识分子",
        "研究 生命 起源",
        "南京市 长江大桥",
        "结婚 的 和 尚未 结婚 的",
        "我 爱 北京 天安门",
        "扫码 点 外卖",
        "王建国 同志",
        "张若昀 来 了",
        "欧阳锋 和 李寻欢",
        "一会儿 就 来",
    ],
)
def test_a_sentence_falls_into_these_words(segmenter: Segmenter, words: str) -> None:
    assert [word.text for word in segmenter.segment(words.replace(" ", ""))] == words.split(" ")


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=30))
def test_words_cover_any_run_once_in_order(segmenter: Segmenter, text: str) -> None:
    assert "".join(word.text for word in segmenter.segment(text)) == text


@pytest.mark.parametrize(("word", "tag"), [("北京", "ns"), ("跑", "v"), ("高兴", "b"), ("没有的词儿", None)])
def test_the_dictionary_knows_parts_of_speech(segmenter: Segmenter, word: str, tag: str | None) -> None:
    assert segmenter.tag(word) == tag


def test_an_unknown_person_is_one_word(segmenter: Segmenter) -> None:
    assert segmenter.segment("陈梓涵")[0] == ("陈梓涵", "nr", False)


@pytest.mark.slow
def test_reading_a_sentence_runs_no_code_of_the_packages_that_give_the_data(dictionaries: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from huisheng.text.frontend import Frontend\n"
        f"list(Frontend(Path({str(dictionaries)!r})).sentences('你好 hello'))\n"
        "print(sorted({'jieba', 'pypinyin', 'misaki'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


# Phrases


def token(start: int, written: str, spoken: str, kind: TokenKind) -> Token:
    return Token(Span(start, start + len(written)), written, spoken, kind)


def only(segmenter: Segmenter, *tokens: Token) -> Phrase:
    (phrase,) = phrases(tokens, segmenter)
    return phrase


def test_a_mark_ends_a_phrase(segmenter: Segmenter) -> None:
    tokens = (token(0, "你好", "你好", TokenKind.TEXT), token(2, ",", "，", TokenKind.MARK))

    first, last = phrases(tokens, segmenter)

    assert (first.mark, last.words, last.mark) == (tokens[1], (), None)


def test_each_character_of_plain_text_has_its_own_span(segmenter: Segmenter) -> None:
    assert only(segmenter, token(5, "你好", "你好", TokenKind.TEXT)).spans == ((5, 6), (6, 7))


def test_every_character_of_a_number_has_the_span_of_the_token(segmenter: Segmenter) -> None:
    assert only(segmenter, token(3, "23", "二十三", TokenKind.NUMBER)).spans == ((3, 5),) * 3


def test_text_that_only_a_silent_tag_divides_is_one_word(segmenter: Segmenter) -> None:
    tokens = (
        token(0, "朋", "朋", TokenKind.TEXT),
        token(1, "<b>", "", TokenKind.SILENT),
        token(4, "友", "友", TokenKind.TEXT),
    )

    phrase = only(segmenter, *tokens)

    assert [word.text for word in phrase.words] == ["朋友"]
    assert phrase.spans == ((0, 1), (4, 5))


def test_a_blank_divides_words(segmenter: Segmenter) -> None:
    tokens = (
        token(0, "朋", "朋", TokenKind.TEXT),
        token(1, " ", "", TokenKind.SILENT),
        token(2, "友", "友", TokenKind.TEXT),
    )

    assert [word.text for word in only(segmenter, *tokens).words] == ["朋", "友"]


def test_letters_with_blanks_between_them_are_words_of_their_own(segmenter: Segmenter) -> None:
    phrase = only(segmenter, token(0, "NBA", "N B A", TokenKind.LATIN))

    assert [(word.text, word.tag) for word in phrase.words] == [(letter, ENGLISH) for letter in "NBA"]


@pytest.mark.parametrize("kind", [TokenKind.DATE, TokenKind.ORDINAL, TokenKind.DIGITS])
def test_dates_ordinals_and_digits_are_read_by_digit(segmenter: Segmenter, kind: TokenKind) -> None:
    assert only(segmenter, token(0, "1", "一", kind)).words[0].tag == BY_DIGIT


def test_the_parts_of_a_date_come_apart_after_year_and_month(segmenter: Segmenter) -> None:
    phrase = only(segmenter, token(0, "2024/3/5", "二零二四年三月五日", TokenKind.DATE))

    loose = [word.text[-1] for word in phrase.words if not word.glued]
    assert loose == ["年", "月", "日"]


def test_a_quantity_stays_together(segmenter: Segmenter) -> None:
    phrase = only(segmenter, token(0, "5kg", "五公斤", TokenKind.UNIT))

    assert [word.glued for word in phrase.words] == [True, False]
