"""A complete answer as one value, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.runtime.cache.responses import CachedResponse, framed, unframed

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TAKES = st.builds(
    CachedResponse, st.dictionaries(st.text(), JSON, max_size=3), st.lists(st.binary(max_size=50)).map(tuple)
)


@given(TAKES)
def test_a_take_comes_back_in_its_pieces(take: CachedResponse) -> None:
    assert unframed(framed(take)) == take


@given(TAKES, st.data())
def test_a_part_of_a_take_is_none(take: CachedResponse, data: st.DataObject) -> None:
    value = framed(take)

    assert unframed(value[: data.draw(st.integers(0, len(value) - 1))]) is None


@given(st.binary(max_size=60))
def test_anything_else_is_none(value: bytes) -> None:
    assert unframed(b"HST1" + value) is None or value[4:].startswith(b"{")


@pytest.mark.parametrize(
    "table",
    [
        b"[]",
        b"{}",
        b'{"head":{},"sizes":[-1,2]}',
        b'{"head":[],"sizes":[1]}',
        b'{"head":{},"sizes":[1.5]}',
        b"[" * 2_000,
    ],
)
def test_a_table_of_another_form_is_none(table: bytes) -> None:
    assert unframed(b"HST1" + len(table).to_bytes(4, "little") + table + b"x") is None
