"""`huisheng read`: what will be said."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.cli.main import FAILED, main
from huisheng.runtime.reading import explanation, reading
from huisheng.text.frontend import Frontend
from huisheng.text.markup.script import plain_script
from huisheng.types import Syllable

Answers: TypeAlias = Callable[..., tuple[int, list[dict[str, Any]]]]
"""Lines of standard input, and options, to the exit status and the lines of the answer."""


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


def test_the_line_of_pinyin_keeps_english_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "我用Python写NBA"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "wo3 yong4 Python xie3 N B A"


def test_all_breaks_stand_in_the_line_of_pinyin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "--all-breaks", "你好，世界。"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "ni2 #1 hao3 #3 shi4 #1 jie4 #4"


def test_an_explanation_tells_english_words_where_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed_lines(capsys, "--explain", "看tea吧")

    assert ["1", "tea", "T", "IY1", "[英文", "English]"] in [line.split() for line in lines]


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


def test_the_strongest_of_several_marks_after_a_character_counts(frontend: Frontend) -> None:
    breaks = reading(frontend, plain_script("他说“你好。”，然后走了。"), all_breaks=False)["breaks"]

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
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"word": "a"}',
        b'{"text": 1}',
        b'{"text": "a", "markup": 1}',
        b'{"text": "a", "markup": "html"}',
        b'{"text": "\\ud800"}',
        b"\xff\xfe",
        '{"text": "好"}'.encode("utf-16"),
        b"[" * 100_000,
        b"1" * 10_000,
    ],
)
def test_a_line_that_cannot_be_read_is_answered_with_its_error_and_the_next_one_read(
    answers: Answers, line: bytes
) -> None:
    status, (wrong, right) = answers(line + b"\n" + '{"text": "好"}'.encode())

    assert status == FAILED
    assert set(wrong) == {"error", "english"}
    assert right["spoken"] == "好"


@pytest.mark.parametrize("beside", [["好"], ["-f", "text.txt"], ["--explain"], ["--json"]])
def test_lines_of_json_leave_no_room_for_another_text(
    capsys: pytest.CaptureFixture[str], beside: list[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["read", "--jsonl", *beside])

    assert left.value.code == 2
    assert "--jsonl 从标准输入读取" in capsys.readouterr().err


def test_no_lines_are_no_answers(answers: Answers) -> None:
    assert answers(b"") == (0, [])


def test_characters_that_share_a_token_share_its_place(frontend: Frontend) -> None:
    rows = reading(frontend, plain_script("50%"), all_breaks=False)["syllables"]

    assert {(row["start"], row["end"]) for row in rows} == {(0, 3)}


@given(st.text(st.sampled_from("你好一不儿2.%A，。！ \n"), max_size=40))
def test_a_reading_holds_every_syllable_and_sorted_breaks_inside_the_text(
    frontend: Frontend, text: str
) -> None:
    result = reading(frontend, plain_script(text), all_breaks=True)

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


# Why


def printed_lines(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> list[str]:
    """The lines that `read` prints."""
    assert main(["read", *map(str, arguments)]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A lexicon."""
    path = tmp_path / "words.txt"
    path.write_text("# 词典\n朝阳\tzhao1 yang2\nWHO = 世卫\n", encoding="utf-8")
    return path


def test_an_explanation_tells_each_reading_and_what_it_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    spoken, *lines, emotion = printed_lines(capsys, "--explain", "在502室行[hang2]")

    assert spoken == "在五零二室行"
    assert "    1  502 → 五零二  [" in lines[0]
    assert lines[-1].split() == ["5", "行", "hang2", "[标记", "markup]"]
    assert emotion.startswith("情感 emotion: ")


def test_an_explanation_tells_both_tones_where_one_changed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed_lines(capsys, "--explain", "你好")

    assert "你 ni3 → ni2" in lines[1]


def test_what_cannot_be_read_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "--explain", "你\U00032000好"]) == 0
    assert "\U00032000" in capsys.readouterr().err


def test_an_explanation_as_json_is_that_of_the_library(
    frontend: Frontend, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = json.loads("\n".join(printed_lines(capsys, "--json", "银行在502室。")))

    assert answer == explanation(frontend, plain_script("银行在502室。"))


def test_a_lexicon_is_applied(capsys: pytest.CaptureFixture[str], words: Path) -> None:
    assert printed_lines(capsys, "--lexicon", words, "WHO在朝阳")[0] == "世卫在朝阳"
    assert "用户词典 user lexicon" in printed_lines(capsys, "--explain", "--lexicon", words, "朝阳")[1]


def test_a_lexicon_is_applied_to_every_line(answers: Answers, words: Path) -> None:
    _, lines = answers('{"text": "WHO"}\n{"text": "朝阳"}'.encode(), "--lexicon", str(words))

    assert lines[0]["spoken"] == "世卫"
    assert [row["pinyin"] for row in lines[1]["syllables"]] == ["zhao1", "yang2"]


@pytest.mark.parametrize(
    ("markup", "is_text"), [("auto", False), ("ssml", False), ("shorthand", True), ("none", True)]
)
def test_a_text_is_marked_up_as_the_option_says(
    capsys: pytest.CaptureFixture[str], markup: str, is_text: bool
) -> None:
    spoken = printed_lines(capsys, "--markup", markup, "<speak>好</speak>")[0]

    assert (spoken == "好") is not is_text


def test_a_line_may_say_how_it_is_marked_up(answers: Answers) -> None:
    content = '{"text": "[重读]好[/]"}\n{"text": "[重读]好[/]", "markup": "none"}'.encode()

    _, (marked, plain) = answers(content)

    assert (marked["spoken"], "重读" in plain["spoken"]) == ("好", True)


def test_a_line_with_wrong_markup_is_answered_with_its_place(answers: Answers) -> None:
    status, (wrong, right) = answers('{"text": "<speak>好"}\n{"text": "好"}'.encode())

    assert (status, right["spoken"]) == (FAILED, "好")
    assert "第 1 行" in wrong["error"]


REFUSED: dict[str, tuple[list[str], str]] = {
    "ssml": (["<speak>好"], "第 1 行第 9 列"),
    "shorthand": (["--markup", "shorthand", "[开心]好"], "第 1 行第 1 列"),
    "jyutping": (['<speak><phoneme alphabet="jyutping" ph="hou2">好</phoneme></speak>'], "jyutping"),
    "no such lexicon": (["--lexicon", "missing.txt", "好"], "missing.txt"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, said = REFUSED[case]

    assert main(["read", *arguments]) == FAILED
    chinese, english = capsys.readouterr().err.splitlines()
    assert said in chinese
    assert english.startswith("error: ")


def test_a_wrong_line_of_a_lexicon_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("朝阳 zhao1", encoding="utf-8")

    assert main(["read", "--lexicon", str(tmp_path / "words.txt"), "朝阳"]) == FAILED
    assert "第 1 行" in capsys.readouterr().err
