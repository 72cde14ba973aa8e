"""All sentences of a piece are one line of symbols."""

from __future__ import annotations

import pytest
from tests.unit.export.parallel_networks import SYMBOLS

from huisheng.text.frontend import Frontend
from huisheng.tuning.symbols import SymbolReader, SymbolSequence


@pytest.fixture(scope="module")
def frontend() -> Frontend:
    return Frontend(contextual=False)


def phones(line: SymbolSequence) -> list[str]:
    return [SYMBOLS.phones[phone] for phone in line.ids[:, 0]]


def test_sentences_follow_each_other_and_only_the_last_ends_the_line(frontend: Frontend) -> None:
    line = SymbolReader(frontend, SYMBOLS, 60).read("你好。走吧！")

    assert line is not None
    breaks = [phone for phone, spoken in zip(phones(line), line.spoken, strict=True) if not spoken]
    assert breaks[-1].startswith("#4")
    assert not any(phone.startswith("#4") for phone in breaks[:-1])


def test_breaks_are_told_from_sounds(frontend: Frontend) -> None:
    line = SymbolReader(frontend, SYMBOLS, 60).read("你好。")

    assert line is not None
    assert [phone.startswith("#") for phone in phones(line)] == (~line.spoken).tolist()


@pytest.mark.parametrize("text", ["", "……", "你好" * 40])
def test_a_text_of_nothing_or_too_much_is_no_line(frontend: Frontend, text: str) -> None:
    assert SymbolReader(frontend, SYMBOLS, 60).read(text) is None
