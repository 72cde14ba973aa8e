"""`huisheng read`: what will be said."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.cli.main import FAILED, main
from huisheng.runtime.reading import reading
from huisheng.text.frontend import Frontend
from huisheng.text.markup.script import unmarked
from huisheng.types import Syllable

Answers: TypeAlias = Callable[..., tuple[int, list[dict[str, Any]]]]
"""Lines of standard input, and options, to the exit status and the lines of the answer."""


@pytest.fixture(scope="module")
def frontend() -> Frontend:
    return Frontend()


class Input:
    """Standard input with these bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Answers:
    def answer(content: bytes, *options: str) -> tuple[int, list[dict[str, Any]]]:
        monkeypatch.setattr(sys, "stdin", Input(content))
        status = main(["read", "--jsonl", *options])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return answer


def test_a_text_is_shown_as_it_is_said_and_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "2024年，你好"]) == 0
    assert capsys.readouterr().out.splitlines() == ["二零二四年，你好", "er4 ling2 er4 si4 nian2 ni2 hao3"]


def test_a_line_of_json_is_answered_in_the_documented_shape(answers: Answers) -> None:
    status, (answer,) = answers('{"text": "你好，世界。"}\n'.encode())

    assert status == 0
    assert answer == {
        "text": "你好，世界。",
        "spoken": "你好，世界。",
        "syllables": [
            {"start": 0, "end": 1, "text": "你", "pinyin": "ni3", "surface": "ni2"},
            {"start": 1, "end": 2, "text": "好", "pinyin": "hao3", "surface": "hao3"},
            {"start": 3, "end": 4, "text": "世", "pinyin": "shi4", "surface": "shi4"},
            {"start": 4, "end": 5, "text": "界", "pinyin": "jie4", "surface": "jie4"},
        ],
        "breaks": [{"after": 1, "level": 3}, {"after": 4, "level": 4}],
        "emotion": "neutral",
        "emotion_strength": 0.0,
        "emotion_confidence": answer["emotion_confidence"],
    }


def test_all_breaks_lists_syllables_and_words_too(answers: Answers) -> None:
    _, (answer,) = answers('{"text": "你好，世界。"}'.encode(), "--all-breaks")

    assert [(entry["after"], entry["level"]) for entry in answer["breaks"]] == [
        (0, 1),
        (1, 3),
        (3, 1),
        (4, 4),
    ]


def test_of_several_marks_after_a_character_the_strongest_counts(frontend: Frontend) -> None:
    breaks = reading(frontend, unmarked("他说“你好。”，然后走了。"), all_breaks=False)["breaks"]

    assert {"after": 4, "level": 4} in breaks


def test_every_line_is_answered_by_one_line_in_order(answers: Answers) -> None:
    texts = ["一", "二\n三", "", "四\u2028五", "NBA"]
    content = "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()

    status, lines = answers(content)

    assert (status, [line["text"] for line in lines]) == (0, texts)


def test_a_text_of_nothing_has_nothing_to_be_said(answers: Answers) -> None:
    _, (answer,) = answers(b'{"text": ""}')

    assert (answer["spoken"], answer["syllables"], answer["breaks"]) == ("", [], [])
    assert (answer["emotion"], answer["emotion_strength"], answer["emotion_confidence"]) == (
        "neutral",
        0.0,
        1.0,
    )


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b'{"word": "a"}', b'{"text": 1}', b"\xff\xfe", b'{"text": "\\ud800"}', b"null"]
)
def test_a_line_that_cannot_be_read_is_answered_with_its_error_and_the_next_one_read(
    answers: Answers, line: bytes
) -> None:
    status, (wrong, right) = answers(line + b"\n" + '{"text": "好"}'.encode())

    assert status == FAILED
    assert set(wrong) == {"error", "english"}
    assert right["spoken"] == "好"


def test_no_lines_are_no_answers(answers: Answers) -> None:
    assert answers(b"") == (0, [])


def test_characters_that_share_a_token_share_its_place(frontend: Frontend) -> None:
    rows = reading(frontend, unmarked("50%"), all_breaks=False)["syllables"]

    assert {(row["start"], row["end"]) for row in rows} == {(0, 3)}


@given(st.text(st.sampled_from("你好一不儿2.%A，。！ \n"), max_size=40))
def test_a_reading_holds_every_syllable_and_sorted_breaks_inside_the_text(
    frontend: Frontend, text: str
) -> None:
    result = reading(frontend, unmarked(text), all_breaks=True)

    syllables = [
        item.surface
        for sentence in frontend.sentences(text)
        for item in sentence.items
        if isinstance(item, Syllable)
    ]
    places = [entry["after"] for entry in result["breaks"]]
    assert [row["surface"] for row in result["syllables"]] == syllables
    assert places == sorted(set(places))
    assert all(0 <= place < len(text) for place in places)
    assert {entry["level"] for entry in result["breaks"]} <= {1, 2, 3, 4}


@pytest.mark.parametrize("arguments", [["read"], ["read", ""], ["read", "-f", "missing.txt"]])
def test_no_text_is_an_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == FAILED
    assert capsys.readouterr().out == ""
