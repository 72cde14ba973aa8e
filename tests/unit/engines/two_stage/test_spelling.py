"""What a byte model reads: the words as they are written, each byte with its item."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engines.sambert.tiny import model

from huisheng.engines.two_stage.spelling import spell_bytes
from huisheng.types import EnglishWord, Mark, Span, SpokenItem, Syllable
from huisheng.units import Seconds

SPAN = Span(0, 1)
NI = Syllable(SPAN, "你", "ni3", "ni3")
HELLO = EnglishWord(SPAN, "Hello", ("HH", "AH0", "L", "OW1"))
COMMA, STOP = Mark(SPAN, "，", Seconds(0.2)), Mark(SPAN, "。", Seconds(0.4))

ITEMS = st.lists(st.sampled_from([NI, HELLO, COMMA, STOP]), min_size=1, max_size=12).map(tuple)


def spell(*items: SpokenItem) -> str:
    _, ids = spell_bytes(items)
    return bytes(ids[:, 0].tolist()).decode("utf-8")


def test_a_text_is_read_as_it_is_written_with_a_stop_at_its_end() -> None:
    assert spell(NI, COMMA, HELLO) == "你，Hello."


def test_english_words_are_kept_apart() -> None:
    assert spell(HELLO, HELLO, NI, HELLO) == "Hello Hello你Hello."


@pytest.mark.parametrize("ending", ["!", ".", "?"])
def test_a_text_that_ends_in_a_stop_gets_no_other(ending: str) -> None:
    assert spell(NI, EnglishWord(SPAN, f"ok{ending}", ())) == f"你ok{ending}"


@given(items=ITEMS)
def test_ids_are_one_column_with_the_utf8_bytes_and_a_full_stop_where_none_ends_them(
    items: tuple[SpokenItem, ...],
) -> None:
    symbols, ids = spell_bytes(items)

    text = spell(*items).removesuffix(".").encode("utf-8")
    ended = text if text.endswith((b"!", b".", b"?")) else text + b"."
    assert ids.tolist() == [[byte] for byte in ended]
    assert ids.dtype == np.int64
    assert len(symbols) == len(ids)


@given(items=ITEMS)
def test_every_byte_belongs_to_an_item_in_their_order(items: tuple[SpokenItem, ...]) -> None:
    owners = [symbol.item for symbol in spell_bytes(items)[0]]

    assert owners == sorted(owners)
    assert set(owners) == set(range(len(items)))


def test_the_bytes_of_a_mark_are_no_sound() -> None:
    symbols, _ = spell_bytes((NI, COMMA, NI))

    assert [symbol.phone.startswith("#") for symbol in symbols] == [symbol.item == 1 for symbol in symbols]


def test_a_symbol_model_reads_phones_with_their_ids() -> None:
    symbols, ids = model().spell((NI, STOP))

    assert [symbol.phone for symbol in symbols] == ["n_c", "i_c", "#4"]
    assert ids.shape == (3, 4)


@given(items=ITEMS)
def test_bytes_take_no_more_room_than_was_reckoned(items: tuple[SpokenItem, ...]) -> None:
    made = model("bytes")

    assert len(spell_bytes(items)[0]) <= sum(made.weigh(item) for item in items)


@given(items=ITEMS)
def test_symbols_take_no_more_room_than_was_reckoned(items: tuple[SpokenItem, ...]) -> None:
    made = model()

    assert len(made.spell(items)[0]) <= sum(made.weigh(item) for item in items)
