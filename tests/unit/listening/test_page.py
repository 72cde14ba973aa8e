"""What stands in the file."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.unit.listening.choir import HOSTILE, MP3, NAMES, make_page, make_session, make_takes, synthesizer

from huisheng.errors import SetupError
from huisheng.labels.reading import read_label
from huisheng.listening.candidates import Choice
from huisheng.listening.page import Look, page, read_template
from huisheng.listening.shuffling import shuffle

TEXTS = ("春江。", "秋水。", "长天。")
VOICES = Choice(("lan", "mei"))
EMOTIONS = Choice(("he",), ("neutral", "happy:1.5"))


class Scripts(HTMLParser):
    """The elements of a page, and what its scripts hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data


def content(html: str) -> dict[str, Any]:
    return json.loads(Scripts(html).scripts[0])


def key(html: str) -> dict[str, Any]:
    return json.loads(base64.b64decode(content(html)["key"]))


def test_every_take_is_in_the_page_as_it_was_spoken_with_its_label() -> None:
    session = make_session(TEXTS, VOICES)
    takes = make_takes(session)

    rows = content(page(session, takes, Look(MP3)))["sentences"]

    prefix = f"data:{MP3};base64,"
    embedded = [base64.b64decode(take["audio"].removeprefix(prefix)) for row in rows for take in row["takes"]]
    assert embedded == [take.data for take in takes]
    assert all(map(read_label, embedded))


def test_where_names_are_hidden_takes_stand_as_the_seed_says_and_the_key_tells_how() -> None:
    session = make_session(TEXTS, VOICES)
    takes = make_takes(session)

    html = page(session, takes, Look(MP3, blind=True, seed=5))

    orders = shuffle(3, 2, seed=5)
    expected = [takes[2 * row + candidate].data for row, order in enumerate(orders) for candidate in order]
    shown = [take["audio"] for row in content(html)["sentences"] for take in row["takes"]]
    assert [base64.b64decode(audio.partition(",")[2]) for audio in shown] == expected
    assert key(html)["orders"] == [list(order) for order in orders]
    assert key(html)["seed"] == 5


def test_where_names_are_hidden_only_the_key_depends_on_the_voices() -> None:
    one, other = (make_page(TEXTS, choice, Look(MP3, blind=True)) for choice in (VOICES, EMOTIONS))

    around = [html.replace(Scripts(html).scripts[0], "") for html in (one, other)]
    assert around[0] == around[1]
    readable = content(one)
    assert isinstance(readable.pop("key"), str)
    assert len(readable.pop("id")) == 16
    shown = [
        {"text": row["text"], "takes": [set(take) for take in row["takes"]]}
        for row in readable.pop("sentences")
    ]
    assert shown == [{"text": text, "takes": [{"audio", "seconds"}] * 2} for text in TEXTS]
    assert readable == {"blind": True, "language": ""}


def test_the_emotion_is_shown_only_where_a_candidate_has_one() -> None:
    plain = content(make_page(TEXTS, VOICES, Look(MP3)))["key"]["candidates"]
    emotional = content(make_page(TEXTS, EMOTIONS, Look(MP3)))["key"]["candidates"]

    assert [each["manner"]["zh"] for each in plain] == ["", ""]
    assert [each["manner"] for each in emotional] == [
        {"zh": "中性", "en": "Neutral"},
        {"zh": "开心 1.5", "en": "Happy 1.5"},
    ]


def test_a_text_that_would_end_the_data_or_stand_in_for_a_part_stays_a_text() -> None:
    texts = (f"春{HOSTILE}", "秋{{script}}水{{style}}", "<!--<script>长天")

    html = make_page(texts, VOICES, Look(MP3))

    assert [row["text"] for row in content(html)["sentences"]] == list(texts)
    assert len(Scripts(html).scripts) == 2


def test_nothing_is_fetched_from_anywhere() -> None:
    html = make_page(TEXTS, VOICES, Look(MP3))

    sources = [
        value
        for _, attributes in Scripts(html).elements
        for name, value in attributes.items()
        if name in {"src", "href", "action"}
    ]
    assert all((value or "").startswith("data:") for value in sources)
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", html)


def test_the_page_says_in_chinese_that_its_sound_is_made_by_ai_before_any_script_runs() -> None:
    html = make_page(TEXTS, VOICES, Look(MP3))

    before, _, _ = html.partition("<script")
    assert "人工智能生成合成" in before.partition("<body>")[2]


def test_pages_made_twice_keep_their_votes_apart() -> None:
    assert (
        content(make_page(TEXTS, VOICES, Look(MP3)))["id"]
        != content(make_page(TEXTS, VOICES, Look(MP3)))["id"]
    )


def test_names_of_voices_are_data_too() -> None:
    names = (("a", HOSTILE, HOSTILE), NAMES[1])
    speaker = synthesizer(names)
    session = make_session(TEXTS, Choice(), speaker)

    html = page(session, make_takes(session, speaker), Look(MP3))

    assert content(html)["key"]["candidates"][0]["name"]["zh"] == HOSTILE
    assert HOSTILE not in html


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else() -> None:
    html = make_page(TEXTS, VOICES, Look(MP3))

    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    style, script = re.search(r"<style>(.*?)</style>", html, re.DOTALL), Scripts(html).scripts[1]
    hashes = [_hash(style[1] if style else ""), _hash(script)]
    assert policy == (
        f"default-src 'none'; style-src '{hashes[0]}'; script-src '{hashes[1]}'; "
        "media-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def test_a_page_that_is_not_built_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def files(_: str) -> Path:
        return tmp_path

    monkeypatch.setattr("huisheng.listening.page.resources.files", files)

    with pytest.raises(SetupError, match="make setup"):
        read_template()
