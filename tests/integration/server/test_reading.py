"""Why a text is read so: `GET /api/read`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.integration.server.conftest import Serve

SYLLABLE = {"start", "end", "text", "pinyin", "surface", "source", "others", "confidence", "unsure"}


def read(client: httpx.Client, text: str, **fields: str) -> httpx.Response:
    return client.get("/api/read", params={"text": text, **fields})


def test_a_text_is_answered_with_what_will_be_said_and_why(silent: httpx.Client) -> None:
    answer = read(silent, "银行在502室，hello。").json()

    assert answer["text"] == "银行在502室，hello。"
    assert answer["spoken"] == "银行在五零二室，hello。"
    assert [set(row) for row in answer["syllables"]] == [SYLLABLE] * 7
    assert [(row["written"], row["spoken"]) for row in answer["tokens"]] == [
        ("502", "五零二"),
        ("hello", "hello"),
    ]
    assert [row["text"] for row in answer["words"]] == ["hello"]
    assert answer["breaks"][-1]["level"] == 4
    assert (answer["unread"], answer["conflicts"]) == ([], [])
    assert [(row["start"], row["end"]) for row in answer["sentences"]] == [(0, 14)]


def test_the_emotion_of_the_words_is_reported(silent: httpx.Client) -> None:
    answer = read(silent, "太好了，我考上了！").json()

    assert answer["emotion"] == "happy"
    assert 0.0 < answer["emotion_strength"] <= 2.0
    assert 0.3 < answer["emotion_confidence"] <= 1.0


def test_markup_is_understood(silent: httpx.Client) -> None:
    answer = read(silent, '<speak>行<phoneme ph="hang2">行</phoneme></speak>').json()

    last = answer["syllables"][-1]
    assert (last["pinyin"], last["source"], last["start"]) == ("hang2", "markup", 28)


def test_markup_is_text_where_none_is_meant(silent: httpx.Client) -> None:
    marked, plain = (read(silent, "好[停顿]", markup=markup).json()["spoken"] for markup in ("auto", "none"))

    assert "停顿" not in marked
    assert "停顿" in plain


def test_a_lexicon_is_applied(silent: httpx.Client) -> None:
    answer = read(silent, "朝阳", lexicon="朝阳 zhao1 yang2\n").json()

    assert [(row["pinyin"], row["source"]) for row in answer["syllables"]] == [
        ("zhao1", "user"),
        ("yang2", "user"),
    ]


@pytest.mark.parametrize(
    ("fields", "code", "parameter"),
    [
        ({}, "empty_text", "text"),
        ({"text": " \n"}, "empty_text", "text"),
        ({"text": "好", "markup": "html"}, "unknown_markup", "markup"),
        ({"text": "<speak>好"}, "invalid_markup", "text"),
        ({"text": "[开心]好", "markup": "shorthand"}, "invalid_markup", "text"),
        ({"text": "好", "lexicon": "好 hao3 hao3"}, "invalid_lexicon", "lexicon"),
    ],
)
def test_what_cannot_be_read_is_a_400_that_names_the_field(
    silent: httpx.Client, fields: dict[str, str], code: str, parameter: str
) -> None:
    answer = silent.get("/api/read", params=fields)

    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["parameter"]) == (code, parameter)


def test_wrong_ssml_is_named_with_its_place_in_both_languages(silent: httpx.Client) -> None:
    problem = read(silent, '<speak>\n好<break time="long"/></speak>').json()

    assert "第 2 行第 2 列" in problem["error"]
    assert problem["detail"].startswith("Line 2, column 2: ")


def test_a_lexicon_that_is_wrong_is_named_with_its_line(silent: httpx.Client) -> None:
    assert "第 2 行" in read(silent, "好", lexicon="# 词\n好 hao3 hao3").json()["error"]


def test_a_text_with_nothing_to_say_is_explained_all_the_same(silent: httpx.Client) -> None:
    answer = read(silent, "。……").json()

    assert (answer["syllables"], answer["emotion"]) == ([], "neutral")


def test_a_text_over_the_limit_is_refused_with_the_limit(serve: Serve) -> None:
    answer = read(serve(text_limit=20).client, "好" * 21)

    assert (answer.status_code, answer.json()["code"]) == (400, "text_too_long")
    assert "20" in answer.json()["error"]


@pytest.mark.parametrize("count", [1_000, 6_900])
def test_a_long_text_is_read(silent: httpx.Client, count: int) -> None:
    text = ("今天天气很好。" * count)[:count]

    assert read(silent, text).json()["text"] == text


def test_the_engine_need_not_be_loaded(serve: Serve) -> None:
    client = serve(lazy=True).client

    assert read(client, "好").status_code == 200
    assert client.get("/readyz").json() == {"status": "lazy"}


def test_a_text_too_long_for_an_address_is_read_from_a_body(silent: httpx.Client) -> None:
    text = ("今天天气很好。" * 3_000)[:20_000]

    answer = silent.post("/api/read", json={"text": text, "lexicon": {"天气": "tian1 qi5"}})

    assert answer.json()["text"] == text
    assert answer.json()["syllables"][3]["source"] == "user"


def test_a_body_over_the_limit_is_refused(silent: httpx.Client) -> None:
    answer = silent.post("/api/read", json={"text": "好" * 20_001})

    assert (answer.status_code, answer.json()["code"]) == (400, "text_too_long")
