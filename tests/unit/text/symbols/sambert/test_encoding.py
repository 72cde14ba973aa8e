"""Ids are those of the reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.text.symbols.sambert.reference import PINYIN, REFERENCE, spell, syllable, word

from huisheng.errors import UnpronounceableSymbol
from huisheng.text.symbols.sambert import encode, parse_line
from huisheng.types import Span


def test_a_line_is_encoded_as_by_the_reference_without_its_end() -> None:
    sample = REFERENCE["sample"]
    reference = np.array(sample["ids"][:4]).T[:-1]

    ids = encode(parse_line(sample["line"]).symbols, PINYIN)

    np.testing.assert_array_equal(ids, reference)
    assert ids.dtype == np.int64


def test_emotions_have_the_ids_of_the_reference() -> None:
    sample = REFERENCE["sample"]

    ids = [PINYIN.emotion(category) for category in parse_line(sample["line"]).emotions]

    assert ids == sample["ids"][4][:-1]


def test_no_symbols_are_no_rows_of_four() -> None:
    assert encode((), PINYIN).shape == (0, 4)


def test_a_value_that_the_inventory_lacks_is_named_with_its_place() -> None:
    symbols = spell(*word("ni2"), syllable("hao3", span=Span(7, 8)))

    with pytest.raises(UnpronounceableSymbol) as refused:
        encode(symbols, replace(PINYIN, phones=tuple(set(PINYIN.phones) - {"ao_c"})))

    assert (refused.value.symbol, refused.value.span) == ("ao_c", Span(7, 8))
