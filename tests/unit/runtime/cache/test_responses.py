"""A complete answer as one value, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.runtime.cache.responses import CachedResponse, pack, unpack

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
RESPONSES = st.builds(
    CachedResponse, st.dictionaries(st.text(), JSON, max_size=3), st.lists(st.binary(max_size=50)).map(tuple)
)


@given(RESPONSES)
def test_a_response_comes_back_in_its_pieces(response: CachedResponse) -> None:
    assert unpack(pack(response)) == response


@given(RESPONSES, st.data())
def test_a_part_of_a_response_is_none(response: CachedResponse, data: st.DataObject) -> None:
    value = pack(response)

    assert unpack(value[: data.draw(st.integers(0, len(value) - 1))]) is None


@given(st.binary(max_size=60))
def test_anything_else_is_none(value: bytes) -> None:
    assert unpack(b"HST1" + value) is None or value[4:].startswith(b"{")


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
    assert unpack(b"HST1" + len(table).to_bytes(4, "little") + table + b"x") is None
