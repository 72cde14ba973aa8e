"""Words in running text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text import segmentation
from huisheng.text.dictionary import open_dictionary
from huisheng.text.pronunciation import lexicon
from huisheng.text.segmentation import Segmenter


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
