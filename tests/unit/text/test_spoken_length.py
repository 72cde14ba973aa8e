"""How long a text becomes when it is written out, without reading it."""

from __future__ import annotations

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.text.documents import SHORTHAND, script

from huisheng.text.frontend import MOST_SPOKEN, Frontend, spoken_length
from huisheng.text.markup.script import plain_script
from huisheng.text.normalization.normalizer import normalize

UNREACHABLE = sys.maxsize
CHARACTERS = st.characters(exclude_categories=["Cs", "Cn", "Co"])
SIGNS = st.text(
    st.one_of(CHARACTERS, st.sampled_from("0123456789.,:/-+%‰℃㎡½$￥⩥ᅑabW@ 年月日")), min_size=1, max_size=40
)


@pytest.mark.parametrize(
    ("text", "length"),
    [("今天天气真好。", 7), ("½" * 10, 40), ("100%", 4), ("2024年", 5), ("⩥", len("antirestriction"))],
)
def test_it_is_what_is_said_where_it_matters(text: str, length: int) -> None:
    assert spoken_length(plain_script(text), length - 1) == length


@given(SIGNS)
def test_the_bound_is_never_less_than_what_is_said(text: str) -> None:
    marked = plain_script(text)

    said = sum(max(len(token.spoken), 1) for token in normalize(text))

    assert spoken_length(marked, UNREACHABLE) >= said


def test_a_text_that_is_over_the_limit_is_not_read_to_its_end() -> None:
    assert spoken_length(plain_script("½" * 20_000), 1_000) < 2_000


def test_no_character_is_said_as_more_than_the_bound_allows() -> None:
    signs = (chr(code) for code in range(0x3200) if chr(code).isprintable())

    assert max(spoken_length(plain_script(sign), 0) for sign in signs) <= MOST_SPOKEN


@given(SHORTHAND)
@example("[停顿]行")
def test_nothing_more_is_said_than_was_told(frontend: Frontend, source: str) -> None:
    marked = script(source)
    said = sum(len(sentence.spoken) for sentence in frontend.sentences(marked))

    assert said <= spoken_length(marked, UNREACHABLE)
