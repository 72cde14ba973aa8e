"""The cases of every rule, through the whole normalizer: interference between rules shows here.

A line is `written => spoken`; a backslash and n stand for a line end; blanks are not compared, since they
only keep Latin words, letters and groups of digits apart.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from huisheng.text.normalization.normalizer import normalize
from huisheng.text.normalization.token import TokenKind

CASES = Path(__file__).parent / "cases"


def cases() -> list[tuple[str, str]]:
    lines = [line for file in sorted(CASES.glob("*.txt")) for line in file.read_text("utf-8").splitlines()]
    pairs = (line.split(" =>") for line in lines if line)
    return [(written.replace("\\n", "\n"), spoken.strip()) for written, spoken in pairs]


def say(text: str) -> str:
    return "".join(token.spoken for token in normalize(text)).replace(" ", "")


@pytest.mark.parametrize(("written", "spoken"), cases())
def test_written_text_is_said_as_its_case_demands(written: str, spoken: str) -> None:
    assert say(written) == spoken


@pytest.mark.parametrize(("written", "_"), cases())
def test_no_digit_is_left_in_what_is_said(written: str, _: str) -> None:
    assert not any(character.isdigit() for character in say(written))


@pytest.mark.parametrize(("written", "_"), cases())
def test_what_is_said_is_han_latin_or_a_mark(written: str, _: str) -> None:
    for token in normalize(written):
        if token.kind is not TokenKind.MARK:
            assert all(c.isalpha() or c in " '" for c in token.spoken), token


@pytest.mark.parametrize("rest", ["，谢谢", "。", "", "\n好"])
@pytest.mark.parametrize(
    ("written", "spoken"),
    [("3-5天", "三到五天"), ("14:30", "十四点三十分"), ("50%", "百分之五十"), ("¥12.5", "十二点五元")],
)
def test_what_stands_around_does_not_change_a_plain_form(written: str, spoken: str, rest: str) -> None:
    assert say(f"他说{written}{rest}").startswith(f"他说{spoken}")
