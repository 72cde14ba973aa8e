"""What signatures are over: the same bytes that the services' documents describe."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.server.payments.alipay import canonical, notification_message, raw_members
from huisheng.server.payments.wechat import answer_message, request_message

FIELDS = st.dictionaries(st.text("abcdefghijklmnop_", min_size=1), st.text(max_size=8))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def test_a_request_to_wechat_is_signed_over_five_lines() -> None:
    signed = request_message("GET", "/v3/certificates", "1554208460", "593BEC0C930BF1AFEB40B4A08C8FB242", b"")

    assert signed == b"GET\n/v3/certificates\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n"


@given(body=st.binary())
def test_a_body_from_wechat_is_signed_byte_by_byte(body: bytes) -> None:
    assert answer_message("1554208460", "nonce", body) == b"1554208460\nnonce\n" + body + b"\n"


@given(fields=FIELDS)
def test_fields_to_alipay_are_signed_in_one_order(fields: dict[str, str]) -> None:
    backwards = dict(reversed(fields.items()))

    assert canonical(backwards) == canonical(fields)
    assert canonical(fields).count(b"=") >= len(fields)


def test_fields_to_alipay_are_signed_unescaped() -> None:
    assert canonical({"b": "2&=", "a": "一", "c": ""}) == "a=一&b=2&=&c=".encode()


@given(fields=FIELDS)
def test_a_form_from_alipay_is_signed_without_its_signature(fields: dict[str, str]) -> None:
    assert notification_message({**fields, "sign": "x", "sign_type": "RSA2"}) == canonical(fields)


@given(
    content=st.dictionaries(st.text(max_size=4), JSON, min_size=1, max_size=4),
    indent=st.sampled_from([None, 0, 3]),
    ascii_only=st.booleans(),
)
def test_members_of_an_answer_are_cut_out_as_they_are_written(
    content: dict[str, Any], indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(content, indent=indent, ensure_ascii=ascii_only)

    members = raw_members(f" {text}\n")

    assert {name: json.loads(value) for name, value in members.items()} == content
    assert all(value in text for value in members.values())


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"a":1', '{"a" 1}', '{"a":1}x', '{"a":1,"a":2}', "{1:2}", '{"a":1,}', '"a"']
)
def test_anything_but_an_object_with_different_names_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        raw_members(text)
