"""The label itself: its JSON, its characters, the codes of producers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.errors import HuishengError, InvalidLabel
from huisheng.labels.aigc import (
    SELF_HOSTED,
    AigcLabel,
    check_producer,
    is_credit_code,
    is_provider_code,
    make_label,
    new_produce_id,
    parse,
)

CREDIT_CODE = "91350100M000100Y43"
PROVIDER_CODE = "0011" + CREDIT_CODE + "10000"
CODES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)


def test_json_has_the_keys_in_the_order_of_the_standard() -> None:
    text = AigcLabel("1", "A", "B").to_json()

    assert text == (
        '{"Label":"1","ContentProducer":"A","ProduceID":"B","ReservedCode1":"",'
        '"ContentPropagator":"","PropagateID":"","ReservedCode2":""}'
    )


def test_inner_quotes_are_escaped() -> None:
    label = AigcLabel("1", "A", "B", reserved_code1='{"Type":"1"}')

    assert json.loads(label.to_json())["ReservedCode1"] == '{"Type":"1"}'


@given(st.lists(CODES, min_size=6, max_size=6))
def test_a_written_label_is_read_back(codes: list[str]) -> None:
    label = AigcLabel("2", *codes)

    assert parse(label.to_json()) == label


@given(st.lists(CODES, min_size=6, max_size=6))
def test_json_is_plain_ascii_without_spaces(codes: list[str]) -> None:
    text = AigcLabel("1", *codes).to_json()

    assert all(0x21 <= ord(character) <= 0x7E for character in text)


@pytest.mark.parametrize("producer", ["绘声", "two words", "line\n", "tab\t", "del\x7f", "x" * 4_097])
def test_a_producer_with_other_characters_is_refused(producer: str) -> None:
    with pytest.raises(InvalidLabel, match="ContentProducer"):
        AigcLabel("1", producer, "id")


@pytest.mark.parametrize("value", ["", "0", "4", "01"])
def test_a_label_other_than_one_two_three_is_refused(value: str) -> None:
    with pytest.raises(InvalidLabel):
        AigcLabel(value, "A", "B")


@pytest.mark.parametrize(("producer", "number"), [("", "B"), ("A", "")])
def test_a_label_without_producer_or_number_is_refused(producer: str, number: str) -> None:
    with pytest.raises(InvalidLabel):
        AigcLabel("1", producer, number)


def test_a_wrapped_label_is_read() -> None:
    label = make_label()

    assert parse('{"AIGC":' + label.to_json() + "}") == label


def test_optional_keys_may_be_missing_and_unknown_ones_are_ignored() -> None:
    text = '{"Label":"1","ContentProducer":"A","ProduceID":"B","Extra":[1]}'

    assert parse(text) == AigcLabel("1", "A", "B")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "[]",
        "null",
        "{}",
        '{"AIGC":1}',
        '{"Label":1,"ContentProducer":"A","ProduceID":"B"}',
        '{"Label":"1","Label":"1","ContentProducer":"A","ProduceID":"B"}',
        "[" * 60_000,
        '{"Label":' + "1" * 60_000 + "}",
        '{"Label":"1","ContentProducer":"A","ProduceID":"B"}' + " " * 70_000,
    ],
)
def test_damaged_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidLabel):
        parse(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(InvalidLabel):
        parse(text)


def test_a_new_label_says_generated_and_names_the_producer() -> None:
    label = make_label(PROVIDER_CODE)

    assert (label.label, label.content_producer) == ("1", PROVIDER_CODE)


def test_every_label_has_a_number_of_its_own() -> None:
    assert len({new_produce_id() for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize("code", [CREDIT_CODE, "91110000600037341L"])
def test_a_right_credit_code_is_accepted(code: str) -> None:
    assert is_credit_code(code)


@pytest.mark.parametrize("place", range(18))
def test_one_changed_character_makes_a_credit_code_wrong(place: int) -> None:
    other = "1" if CREDIT_CODE[place] != "1" else "2"

    assert not is_credit_code(CREDIT_CODE[:place] + other + CREDIT_CODE[place + 1 :])


@pytest.mark.parametrize("code", ["", CREDIT_CODE[:-1], CREDIT_CODE + "0", "9135010IM000100Y43", "一" * 18])
def test_other_lengths_and_letters_are_no_credit_code(code: str) -> None:
    assert not is_credit_code(code)


@pytest.mark.parametrize("code", [PROVIDER_CODE, "0021" + "1" * 18 + "00000"])
def test_a_right_provider_code_is_accepted(code: str) -> None:
    assert is_provider_code(code)


@pytest.mark.parametrize(
    "code",
    [
        PROVIDER_CODE[:-1],
        PROVIDER_CODE + "0",
        "10" + PROVIDER_CODE[2:],
        "0011" + "1" * 18 + "00000",
        SELF_HOSTED,
    ],
)
def test_a_wrong_provider_code_is_not_accepted(code: str) -> None:
    assert not is_provider_code(code)


@pytest.mark.parametrize("code", [PROVIDER_CODE, SELF_HOSTED, "example.com", "x" * 27])
def test_a_code_or_a_name_may_be_the_producer(code: str) -> None:
    check_producer(code)


@pytest.mark.parametrize("code", ["", "0011" + "1" * 18 + "00000", "某公司", "a b"])
def test_a_mistyped_code_or_another_script_is_refused_in_chinese(code: str) -> None:
    with pytest.raises(HuishengError) as refusal:
        check_producer(code)

    assert refusal.value.message.endswith("。")
