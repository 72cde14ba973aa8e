"""Texts before they are spoken, and what is noted of those that are refused."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from huisheng.errors import SetupError
from huisheng.runtime.request import request_id
from huisheng.server.guard.client import Client
from huisheng.server.guard.content_filter import ContentFilter
from huisheng.server.guard.errors import TextRefused
from huisheng.server.guard.settings import GuardSettings

TEXT = "第一行坏词\n第二行"
CLIENT = Client("192.0.2.1", "01234567")


@pytest.fixture(autouse=True)
def current_request() -> Iterator[None]:
    token = request_id.set("request-1")
    yield
    request_id.reset(token)


def content_filter(folder: Path, **chosen: object) -> ContentFilter:
    words = folder / "words.txt"
    words.write_text("坏词\n", encoding="utf-8")
    return ContentFilter(
        GuardSettings.model_validate({"words": words, "audit": folder / "audit.jsonl", **chosen})
    )


def refuse(checked: ContentFilter, text: str = TEXT) -> TextRefused:
    with pytest.raises(TextRefused) as refusal:
        checked.check(text, lambda: text, CLIENT)
    return refusal.value


def audit(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_refusal_does_not_repeat_the_word(tmp_path: Path) -> None:
    error = refuse(content_filter(tmp_path))

    assert "坏词" not in error.message + error.english


def test_what_is_spoken_counts_and_not_what_is_written(tmp_path: Path) -> None:
    checked = content_filter(tmp_path)

    checked.check("坏词", lambda: "好词", CLIENT)
    with pytest.raises(TextRefused):
        checked.check("好词", lambda: "坏词", CLIENT)


def test_a_refusal_leaves_a_line_with_client_and_time_without_the_text(tmp_path: Path) -> None:
    refuse(content_filter(tmp_path))
    (line,) = audit(tmp_path)

    assert line.pop("time").endswith("+00:00")
    assert line == {
        "request_id": "request-1",
        "key_id": "01234567",
        "address": "192.0.2.1",
        "code": "text_refused",
        "text_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
    }


def test_a_text_that_is_let_pass_leaves_no_line(tmp_path: Path) -> None:
    content_filter(tmp_path).check("好话", lambda: "好话", CLIENT)

    assert audit(tmp_path) == []


def test_only_the_owner_can_read_the_audit_log(tmp_path: Path) -> None:
    refuse(content_filter(tmp_path))

    assert stat.S_IMODE((tmp_path / "audit.jsonl").stat().st_mode) == 0o600


def test_a_text_that_is_no_unicode_can_be_noted(tmp_path: Path) -> None:
    refuse(content_filter(tmp_path), "坏词\ud800")

    assert len(audit(tmp_path)) == 1


def test_text_and_word_are_noted_where_texts_are_logged(tmp_path: Path) -> None:
    refuse(content_filter(tmp_path, log_text=True))

    assert [(line["text"], line["word"]) for line in audit(tmp_path)] == [(TEXT, "坏词")]


def test_an_audit_log_that_cannot_be_written_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="HUISHENG_AUDIT"):
        content_filter(tmp_path, audit=tmp_path / "absent" / "audit.jsonl")


def test_a_text_is_refused_although_the_audit_log_is_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    checked = content_filter(tmp_path)
    (tmp_path / "audit.jsonl").unlink()
    (tmp_path / "audit.jsonl").mkdir()

    refuse(checked)

    assert "audit log not written" in caplog.text


def test_texts_are_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    refuse(content_filter(tmp_path))

    assert caplog.text == ""


def test_texts_are_logged_in_one_line_where_that_is_switched_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "huisheng.access")

    ContentFilter(GuardSettings(log_text=True)).check("甲\n\x9b\ud800乙", str, CLIENT)

    assert caplog.messages == [r"text '甲\n\x9b\ud800乙' request-1"]


def test_without_a_filter_a_text_is_not_read(tmp_path: Path) -> None:
    def never() -> str:
        pytest.fail("read")

    ContentFilter(GuardSettings()).check("文字", never, CLIENT)
